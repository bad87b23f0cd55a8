#pragma once
#include <string>

#include "datapath/sizing.hpp"

namespace poise::datapath::dpdk {

// What memory this process may take: MemAvailable, less when its control group says so, and free 2 MiB pages that
// nobody has reserved. `root` has /proc and /sys below it ("" on a real machine).
MachineMemory read_machine_memory(const std::string& root);

}  // namespace poise::datapath::dpdk
