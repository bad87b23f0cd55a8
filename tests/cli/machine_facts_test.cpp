#include "control/cli/machine_facts.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace poise::control::cli {
namespace {

namespace fs = std::filesystem;

// A machine on paper: files under a folder as /proc and /sys have them.
class Paper {
 public:
  Paper() { fs::create_directories(root); }
  ~Paper() { fs::remove_all(root); }
  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
  }
  fs::path root = fs::path(testing::TempDir()) / "poise_machine_facts_test";
};

TEST(MachineFacts, a_machine_is_read_from_proc_and_sys) {
  const Paper paper;
  paper.write("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu avx2 aes\n\nflags\t\t: other\n");
  paper.write("proc/mounts", "proc /proc proc rw 0 0\nnone /dev/hugepages hugetlbfs rw 0 0\n");
  paper.write("sys/devices/system/cpu/online", "0-3\n");
  paper.write("sys/devices/system/cpu/isolated", "1-2\n");
  paper.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
  paper.write("sys/devices/system/node/node0/cpulist", "0-1\n");
  paper.write("sys/devices/system/node/node1/cpulist", "2-3\n");
  paper.write("sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "512\n");
  paper.write("sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "100\n");
  paper.write("sys/class/iommu/dmar0/name", "");
  paper.write("sys/bus/pci/drivers/vfio-pci/bind", "");
  paper.write("dev/net/tun", "");
  paper.write("sys/bus/pci/devices/0000:03:00.0/class", "0x020000\n");
  paper.write("sys/bus/pci/devices/0000:03:00.0/numa_node", "1\n");
  paper.write("sys/bus/pci/devices/0000:03:00.0/net/eth7/mtu", "1500\n");
  paper.write("sys/bus/pci/devices/0000:04:00.0/class", "0x020000\n");
  paper.write("sys/bus/pci/devices/0000:04:00.0/virtio3/net/eth8/mtu", "1500\n");
  paper.write("sys/bus/pci/devices/0000:00:1f.0/class", "0x060100\n");
  fs::create_symlink("../../../../bus/pci/drivers/ixgbe", paper.root / "sys/bus/pci/devices/0000:03:00.0/driver");

  const MachineFacts facts = read_machine_facts(paper.root);
  EXPECT_EQ(facts.processor_flags, (std::vector<std::string>{"fpu", "avx2", "aes"}));
  EXPECT_EQ(facts.cores.size(), 4u);
  EXPECT_EQ(facts.isolated, (std::vector<std::uint16_t>{1, 2}));
  EXPECT_EQ(facts.governor, "powersave");
  EXPECT_EQ(facts.numa_nodes, 2u);
  ASSERT_EQ(facts.huge_pages.size(), 1u);
  EXPECT_EQ(facts.huge_pages[0].page_kilobytes, 2048u);
  EXPECT_EQ(facts.huge_pages[0].total, 512u);
  EXPECT_EQ(facts.huge_pages[0].free, 100u);
  EXPECT_EQ(facts.huge_page_mount, "/dev/hugepages");
  EXPECT_TRUE(facts.iommu && facts.vfio && facts.tap_device);
  ASSERT_EQ(facts.nics.size(), 2u);
  EXPECT_EQ(facts.nics[0].address, "0000:03:00.0");
  EXPECT_EQ(facts.nics[0].driver, "ixgbe");
  EXPECT_EQ(facts.nics[0].interface, "eth7");
  EXPECT_EQ(facts.nics[0].numa_node, 1);
  EXPECT_EQ(facts.nics[1].driver, "");
  EXPECT_EQ(facts.nics[1].interface, "eth8");
  EXPECT_EQ(facts.nics[1].numa_node, -1);
}

TEST(MachineFacts, a_machine_that_tells_nothing_has_no_facts) {
  const MachineFacts facts = read_machine_facts("/nonexistent");
  EXPECT_TRUE(facts.processor_flags.empty() && facts.cores.empty() && facts.nics.empty() && facts.huge_pages.empty());
  EXPECT_FALSE(facts.iommu || facts.vfio || facts.tap_device);
  EXPECT_EQ(facts.numa_nodes, 1u);
}

TEST(MachineFacts, core_lists_are_read_and_written_as_the_kernel_does) {
  EXPECT_EQ(parse_core_list("0-2,5\n"), (std::vector<std::uint16_t>{0, 1, 2, 5}));
  EXPECT_EQ(parse_core_list(""), std::vector<std::uint16_t>{});
  EXPECT_EQ(parse_core_list("x,3,4-y"), std::vector<std::uint16_t>{3});
  EXPECT_EQ(core_list({0, 1, 2, 5}), "0-2,5");
  EXPECT_EQ(core_list({}), "");
}

}  // namespace
}  // namespace poise::control::cli
