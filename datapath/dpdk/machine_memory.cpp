#include "datapath/dpdk/machine_memory.hpp"

#include <algorithm>
#include <fstream>
#include <optional>

namespace poise::datapath::dpdk {
namespace {

std::optional<std::uint64_t> number_in(const std::string& path) {
  std::uint64_t number = 0;
  std::ifstream file(path);
  if (file >> number) return number;
  return std::nullopt;  // missing, or "max"
}

}  // namespace

MachineMemory read_machine_memory(const std::string& root) {
  MachineMemory memory;
  std::ifstream file(root + "/proc/meminfo");
  std::string key, rest;
  for (std::uint64_t kibibytes = 0; file >> key >> kibibytes; std::getline(file, rest))
    if (key == "MemAvailable:") memory.available_bytes = kibibytes * 1024;

  const std::string group = root + "/sys/fs/cgroup/";  // of the container: its own group is the root it sees
  if (const auto most = number_in(group + "memory.max")) {
    const std::uint64_t used = number_in(group + "memory.current").value_or(0);
    memory.available_bytes = std::min(memory.available_bytes, *most > used ? *most - used : 0);
  }
  const std::string pages = root + "/sys/kernel/mm/hugepages/hugepages-2048kB/";
  const std::uint64_t free = number_in(pages + "free_hugepages").value_or(0),
                      promised = number_in(pages + "resv_hugepages").value_or(0);
  memory.free_huge_bytes = (free > promised ? free - promised : 0) << 21;
  return memory;
}

}  // namespace poise::datapath::dpdk
