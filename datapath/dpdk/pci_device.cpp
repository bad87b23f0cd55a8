#include "datapath/dpdk/pci_device.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <string_view>

namespace poise::datapath::dpdk {
namespace {

// Drivers that hand a device to DPDK; the mlx ones share it between kernel and DPDK.
constexpr std::array<std::string_view, 5> usable_drivers{"vfio-pci", "uio_pci_generic", "igb_uio", "mlx4_core",
                                                         "mlx5_core"};

}  // namespace

std::optional<std::string> pci_address(const std::string& device) {
  const std::string name = device.substr(0, device.find(','));
  unsigned domain = 0, bus = 0, slot = 0, function = 0;
  int used = 0;
  const bool long_form = std::sscanf(name.c_str(), "%4x:%2x:%2x.%1x%n", &domain, &bus, &slot, &function, &used) == 4;
  if (!long_form) {
    domain = 0;
    if (std::sscanf(name.c_str(), "%2x:%2x.%1x%n", &bus, &slot, &function, &used) != 3) return std::nullopt;
  }
  if (std::size_t(used) != name.size()) return std::nullopt;
  char text[16];
  std::snprintf(text, sizeof text, "%04x:%02x:%02x.%x", domain & 0xffff, bus & 0xff, slot & 0xff, function & 0xf);
  return text;
}

Result<void> check_pci_device(const std::string& root, const std::string& address) {
  const std::filesystem::path folder = root + "/sys/bus/pci/devices/" + address;
  std::error_code error;
  if (!std::filesystem::exists(folder, error))
    return fail("", "the machine has no PCI device " + address, "`poise doctor` lists the NICs with their addresses");
  const std::string driver = std::filesystem::read_symlink(folder / "driver", error).filename().string();
  if (std::find(usable_drivers.begin(), usable_drivers.end(), driver) != usable_drivers.end()) return {};
  return fail("",
              driver.empty() ? "no driver is bound to " + address : address + " belongs to the kernel driver " + driver,
              "type: dpdk-devbind.py --bind=vfio-pci " + address + " (the kernel then loses this interface)");
}

}  // namespace poise::datapath::dpdk
