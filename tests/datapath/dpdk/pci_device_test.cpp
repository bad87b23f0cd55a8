#include "datapath/dpdk/pci_device.hpp"

#include <gtest/gtest.h>

#include "tests/datapath/dpdk/environment.hpp"

namespace poise::datapath::dpdk {
namespace {

TEST(PciDevice, an_address_is_told_from_the_name_of_a_virtual_device) {
  struct Row {
    const char* device;
    const char* address;  // null: not PCI
  };
  for (const Row& row :
       {Row{"0000:03:00.0", "0000:03:00.0"}, Row{"03:00.1", "0000:03:00.1"},
        Row{"0001:af:1f.7,option=1", "0001:af:1f.7"}, Row{"net_tap0,iface=dt0", nullptr}, Row{"net_null0", nullptr},
        Row{"", nullptr}, Row{"0000:03:00.0x", nullptr}, Row{"03:00", nullptr}}) {
    const auto found = pci_address(row.device);
    EXPECT_EQ(found.value_or(""), row.address == nullptr ? "" : row.address) << row.device;
  }
}

TEST(PciDevice, a_device_that_the_kernel_uses_is_refused_with_what_to_type) {
  const TemporaryFolder root;
  root.write("sys/bus/pci/devices/0000:00:03.0/vendor", "0x1af4\n");
  root.link("sys/bus/pci/devices/0000:00:03.0/driver", "../../../bus/pci/drivers/virtio-pci");
  const auto usable = check_pci_device(root.path(), "0000:00:03.0");
  ASSERT_FALSE(usable);
  EXPECT_NE(usable.error().problem.find("virtio-pci"), std::string::npos);
  EXPECT_NE(usable.error().fix.find("--bind=vfio-pci 0000:00:03.0"), std::string::npos);
}

TEST(PciDevice, a_device_handed_to_vfio_or_shared_with_the_kernel_is_taken) {
  const TemporaryFolder root;
  for (const std::string driver : {"vfio-pci", "mlx5_core"}) {
    root.link("sys/bus/pci/devices/0000:00:0" + std::to_string(driver.size() % 10) + ".0/driver",
              "../drivers/" + driver);
    EXPECT_TRUE(check_pci_device(root.path(), "0000:00:0" + std::to_string(driver.size() % 10) + ".0")) << driver;
  }
}

TEST(PciDevice, a_missing_or_driverless_device_is_refused) {
  const TemporaryFolder root;
  root.write("sys/bus/pci/devices/0000:00:04.0/vendor", "0x8086\n");
  EXPECT_NE(check_pci_device(root.path(), "0000:00:09.0").error().problem.find("no PCI device"), std::string::npos);
  EXPECT_NE(check_pci_device(root.path(), "0000:00:04.0").error().problem.find("no driver"), std::string::npos);
}

}  // namespace
}  // namespace poise::datapath::dpdk
