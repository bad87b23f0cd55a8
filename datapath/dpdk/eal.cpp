#include "datapath/dpdk/eal.hpp"

#include <rte_eal.h>
#include <rte_errno.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "datapath/dpdk/eal_log.hpp"
#include "datapath/dpdk/pci_device.hpp"
#include "datapath/dpdk/tsc_clock.hpp"

namespace poise::datapath::dpdk {
namespace {

std::string lcores_argument(const config::Config& config) {
  std::string text = "--lcores=0@" + std::to_string(config.node.control_core);
  unsigned lcore = 1;
  for (const std::uint16_t core : worker_cores(config))
    text += "," + std::to_string(lcore++) + "@" + std::to_string(core);
  return text;
}

std::string list(const std::vector<std::uint16_t>& cores) {
  std::string text;
  for (const std::uint16_t core : cores) text += (text.empty() ? "" : ", ") + std::to_string(core);
  return text;
}

// net_tap has itself signalled by each packet, on whatever thread does not block it: none shall be interrupted.
void block_real_time_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

std::vector<std::uint16_t> worker_cores(const config::Config& config) {
  if (!config.node.worker_cores.empty()) return config.node.worker_cores;
  return {std::uint16_t(std::thread::hardware_concurrency() > 1 ? 1 : 0)};
}

std::vector<DeviceUse> devices_of(const config::Config& config) {
  std::vector<DeviceUse> devices;
  for (const auto& [name, interface] : config.interfaces) {
    if (!interface.bond) {
      devices.push_back({"interfaces." + name + ".device", interface.device});
      continue;
    }
    for (std::size_t member = 0; member < interface.bond->devices.size(); ++member)
      devices.push_back(
          {"interfaces." + name + ".bond.devices[" + std::to_string(member) + "]", interface.bond->devices[member]});
  }
  return devices;
}

std::vector<std::string> eal_arguments(const config::Config& config, const Sizes& sizes, const std::string& prefix) {
  std::vector<std::string> arguments{"poised",         lcores_argument(config),
                                     "--main-lcore=0", "--file-prefix=" + prefix,
                                     "--no-telemetry", "--log-level=warning"};
  bool any_pci = false;
  for (const DeviceUse& use : devices_of(config)) {
    if (!pci_address(use.device)) continue;
    any_pci = true;
    arguments.insert(arguments.end(), {"-a", use.device});
  }
  if (!any_pci) arguments.insert(arguments.end(), {"--no-pci", "--iova-mode=va"});
  const std::string size = std::to_string(sizes.eal_megabytes);
  if (sizes.huge_pages)
    arguments.insert(arguments.end(), {"--in-memory", "-m", size, "--socket-limit=" + size});
  else
    arguments.insert(arguments.end(), {"--no-huge", "--no-shconf", "-m", size});
  return arguments;
}

std::vector<std::uint16_t> allowed_cores() {
  std::vector<std::uint16_t> cores;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cores;
  for (std::uint16_t core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &set)) cores.push_back(core);
  return cores;
}

Errors check_machine(const config::Config& config, const std::string& root, const std::vector<std::uint16_t>& allowed) {
  Errors errors;
  auto check_core = [&](const std::string& path, std::uint16_t core) {
    if (std::find(allowed.begin(), allowed.end(), core) != allowed.end()) return;
    errors.push_back({path, "core " + std::to_string(core) + " does not exist or is not allowed to this process",
                      "the cores to choose from are " + list(allowed)});
  };
  check_core("node.control_core", config.node.control_core);
  for (const std::uint16_t core : worker_cores(config)) check_core("node.worker_cores", core);
  for (const DeviceUse& use : devices_of(config)) {
    const auto address = pci_address(use.device);
    if (!address) continue;
    if (auto usable = check_pci_device(root, *address); !usable)
      errors.push_back({use.path, usable.error().problem, usable.error().fix});
  }
  return errors;
}

Results<void> start_eal(const config::Config& config, const Sizes& sizes) {
  if (Errors errors = check_machine(config, "", allowed_cores()); !errors.empty())
    return tl::unexpected(std::move(errors));
  std::vector<std::string> arguments = eal_arguments(config, sizes, "poise-" + std::to_string(getpid()));
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  block_real_time_signals();
  take_complaints();
  calibrate_clock();
  const int result = rte_eal_init(int(pointers.size()), pointers.data());
  calibrate_clock();
  if (result >= 0) return {};
  const std::string complaints = take_complaints();
  return tl::unexpected(
      Errors{{"memory.huge_pages",
              "DPDK's environment did not start: " + (complaints.empty() ? rte_strerror(rte_errno) : complaints),
              "`poise doctor` looks at huge pages, cores and devices; memory.huge_pages never needs the least"}});
}

}  // namespace poise::datapath::dpdk
