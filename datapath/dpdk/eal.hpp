#pragma once
#include <string>
#include <vector>

#include "config/model.hpp"
#include "config/types/result.hpp"
#include "datapath/sizing.hpp"

namespace poise::datapath::dpdk {

// The cores that workers run on: node.worker_cores, or core 1 (0 on a machine with one core).
std::vector<std::uint16_t> worker_cores(const config::Config& config);

// Every device of the configuration: interfaces' own and members of bonds.
struct DeviceUse {
  std::string path;    // "interfaces.wan.device"
  std::string device;  // as configured
};
std::vector<DeviceUse> devices_of(const config::Config& config);

// Command line for rte_eal_init. Pure. `--no-pci` unless a device is a PCI address: then only those devices are
// touched.
std::vector<std::string> eal_arguments(const config::Config& config, const Sizes& sizes, const std::string& prefix);

// What would make the EAL fail or hurt somebody: cores that do not exist or are not ours, PCI devices that a kernel
// driver holds. `root` has /sys below it ("" on a real machine), `allowed_cores` are those of this process.
Errors check_machine(const config::Config& config, const std::string& root,
                     const std::vector<std::uint16_t>& allowed_cores);
std::vector<std::uint16_t> allowed_cores();

// Starts the EAL, once a process. The calling thread becomes the control lcore (0) on its core, with real-time signals
// blocked; lcore i + 1 is worker i's. Also calibrates the workers' clock.
Results<void> start_eal(const config::Config& config, const Sizes& sizes);

}  // namespace poise::datapath::dpdk
