#pragma once
#include <optional>
#include <string>

#include "config/types/result.hpp"

namespace poise::datapath::dpdk {

// The full address ("0000:03:00.0") when a device string names a PCI device ("03:00.0", "0000:03:00.0,option=1"), else
// nothing.
std::optional<std::string> pci_address(const std::string& device);

// Whether DPDK may take the device: it exists, and no kernel driver that DPDK would have to push aside holds it. `root`
// has /sys below it
// ("" on a real machine). The path of the error is left empty.
Result<void> check_pci_device(const std::string& root, const std::string& address);

}  // namespace poise::datapath::dpdk
