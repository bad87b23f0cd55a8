#include "control/cli/machine_links.hpp"

#include <gtest/gtest.h>

namespace poise::control::cli {
namespace {

namespace fs = std::filesystem;

struct Folder {
  Folder() : path(testing::TempDir() + "poise_machine_links_test") { fs::remove_all(path); }
  ~Folder() { fs::remove_all(path); }
  void link(const std::string& name, const fs::path& device) const {
    fs::create_directories(path / device);
    fs::create_directories(path / "sys/class/net" / name);
    fs::create_directory_symlink(path / device, path / "sys/class/net" / name / "device");
  }
  fs::path path;
};

TEST(MachineLinks, an_interface_has_the_pci_device_that_it_is_below) {
  const Folder folder;
  folder.link("eth0", "sys/devices/pci0000:00/0000:03:00.0");
  folder.link("eth1", "sys/devices/pci0000:00/0000:04:00.1/virtio3");
  folder.link("usb0", "sys/devices/usb1/1-1");
  fs::create_directories(folder.path / "sys/class/net/lo");
  const MachineLinks links = read_machine_links(folder.path);
  EXPECT_EQ(links.devices, (std::map<std::string, std::string>{{"eth0", "0000:03:00.0"}, {"eth1", "0000:04:00.1"}}));
}

TEST(MachineLinks, loopback_addresses_are_left_out_and_prefixes_fit_their_family) {
  for (const auto& [name, addresses] : read_machine_links("/nonexistent").addresses)
    for (const IpPrefix& prefix : addresses) {
      EXPECT_FALSE(prefix.address.is_loopback()) << name;
      EXPECT_LE(prefix.length, prefix.address.is_v4() ? 32 : 128) << name;
    }
  EXPECT_TRUE(read_machine_links("/nonexistent").devices.empty());
}

TEST(MachineLinks, a_program_is_found_in_the_first_folder_that_has_it) {
  EXPECT_EQ(find_program("sh", {"/nonexistent", "/bin"}), "/bin/sh");
  EXPECT_EQ(find_program("no_such_program_anywhere", {"/bin"}), std::nullopt);
}

}  // namespace
}  // namespace poise::control::cli
