#pragma once
#include <string>
#include <vector>

#include "config/model.hpp"
#include "config/types/result.hpp"
#include "datapath/sizing.hpp"

namespace poise::datapath::dpdk {

// The cores that workers run on: node.worker_cores, or core 1 (0 on a machine with one core).
std::vector<std::uint16_t> worker_cores(const config::Config& config);

// Command line for rte_eal_init. Pure. `--no-pci` unless a device is a PCI address: then only those devices are allowed.
std::vector<std::string> eal_arguments(const config::Config& config, const Sizes& sizes, const std::string& prefix);

// MemAvailable and free huge pages of this machine.
MachineMemory read_machine_memory();

// Starts the EAL, once a process. The calling thread becomes the control lcore (0); lcore i + 1 is worker i's.
Result<void> start_eal(const config::Config& config, const Sizes& sizes);

bool is_pci_address(const std::string& device);

}  // namespace poise::datapath::dpdk
