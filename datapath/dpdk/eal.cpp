#include "datapath/dpdk/eal.hpp"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <thread>

namespace poise::datapath::dpdk {
namespace {

std::string lcores_argument(const config::Config& config) {
  std::string text = "--lcores=0@" + std::to_string(config.node.control_core);
  unsigned lcore = 1;
  for (const std::uint16_t core : worker_cores(config)) text += "," + std::to_string(lcore++) + "@" + std::to_string(core);
  return text;
}

std::vector<std::string> pci_devices(const config::Config& config) {
  std::vector<std::string> devices;
  auto take = [&](const std::string& device) {
    if (is_pci_address(device)) devices.push_back(device);
  };
  for (const auto& [name, interface] : config.interfaces) {
    take(interface.device);
    if (interface.bond) std::for_each(interface.bond->devices.begin(), interface.bond->devices.end(), take);
  }
  return devices;
}

std::uint64_t number_in_file(const char* path) {
  std::uint64_t number = 0;
  std::ifstream(path) >> number;
  return number;
}

// EAL writes its complaints to stderr; what it says last is the best reason to give.
class CapturedStderr {
 public:
  CapturedStderr() : saved_(dup(2)), file_(std::tmpfile()) {
    if (file_ != nullptr) dup2(fileno(file_), 2);
  }
  ~CapturedStderr() {
    if (file_ != nullptr) {
      dup2(saved_, 2);
      std::fclose(file_);
    }
    close(saved_);
  }
  std::string last_line() const {
    if (file_ == nullptr) return "";
    std::rewind(file_);
    char line[512];
    std::string last;
    while (std::fgets(line, sizeof line, file_) != nullptr) {
      last = line;
      if (last.find("annot") != std::string::npos || last.find("rror") != std::string::npos) break;
    }
    while (!last.empty() && last.back() == '\n') last.pop_back();
    return last;
  }

 private:
  int saved_;
  std::FILE* file_;
};

}  // namespace

bool is_pci_address(const std::string& device) {
  unsigned domain, bus, slot, function;
  int used = 0;
  return std::sscanf(device.c_str(), "%4x:%2x:%2x.%1x%n", &domain, &bus, &slot, &function, &used) == 4 && used >= 7;
}

std::vector<std::uint16_t> worker_cores(const config::Config& config) {
  if (!config.node.worker_cores.empty()) return config.node.worker_cores;
  return {std::uint16_t(std::thread::hardware_concurrency() > 1 ? 1 : 0)};
}

std::vector<std::string> eal_arguments(const config::Config& config, const Sizes& sizes, const std::string& prefix) {
  std::vector<std::string> arguments{"poised", lcores_argument(config), "--file-prefix=" + prefix, "--no-telemetry", "--log-level=warning"};
  const std::vector<std::string> devices = pci_devices(config);
  if (devices.empty()) {
    arguments.insert(arguments.end(), {"--no-pci", "--iova-mode=va"});
  } else {
    for (const std::string& device : devices) arguments.insert(arguments.end(), {"-a", device});
  }
  const std::string size = std::to_string(sizes.eal_megabytes);
  if (sizes.huge_pages)
    arguments.insert(arguments.end(), {"--in-memory", "-m", size, "--socket-limit=" + size});
  else
    arguments.insert(arguments.end(), {"--no-huge", "--no-shconf", "-m", size});
  return arguments;
}

MachineMemory read_machine_memory() {
  MachineMemory memory;
  std::ifstream file("/proc/meminfo");
  std::string key, unit;
  for (std::uint64_t value; file >> key >> value; std::getline(file, unit))
    if (key == "MemAvailable:") memory.available_bytes = value * 1024;
  memory.free_huge_bytes = number_in_file("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages") << 21;
  return memory;
}

Result<void> start_eal(const config::Config& config, const Sizes& sizes) {
  std::vector<std::string> arguments = eal_arguments(config, sizes, "poise-" + std::to_string(getpid()));
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  std::string reason;
  int result = 0;
  {
    CapturedStderr captured;
    result = rte_eal_init(int(pointers.size()), pointers.data());
    if (result < 0) reason = captured.last_line();
  }
  if (result >= 0) return {};
  const std::string cause = reason.empty() ? rte_strerror(rte_errno) : reason;
  return fail("node", "DPDK's environment did not start: " + cause,
              "check node.worker_cores and node.control_core against the machine's cores, and memory.huge_pages; `poise doctor` looks closer");
}

}  // namespace poise::datapath::dpdk
