#include <algorithm>
#include <array>
#include <string_view>

#include "control/cli/machine_facts.hpp"
#include "control/cli/text.hpp"

namespace poise::control::cli {
namespace {

using Checks = std::vector<Check>;

// x86-64-v3 as /proc/cpuinfo names its parts (abm: lzcnt), and what the datapath's hashes use.
constexpr std::array<std::string_view, 12> needed_flags = {"avx", "avx2",  "bmi1",   "bmi2",   "f16c", "fma",
                                                           "abm", "movbe", "sse4_2", "popcnt", "aes",  "pclmulqdq"};
// Drivers whose devices DPDK shares with the kernel or takes over.
constexpr std::array<std::string_view, 3> taken_drivers = {"vfio-pci", "uio_pci_generic", "igb_uio"};
constexpr std::array<std::string_view, 3> shared_drivers = {"mlx4_core", "mlx5_core", "mana"};
constexpr std::uint64_t huge_kilobytes_wanted = 512 * 1024;

bool has(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

Check processor(const MachineFacts& facts) {
  std::string missing;
  for (const std::string_view flag : needed_flags)
    if (!has(facts.processor_flags, flag)) missing += (missing.empty() ? "" : " ") + std::string(flag);
  if (facts.processor_flags.empty())
    return {"warn", "the processor does not tell what it can", "look at /proc/cpuinfo"};
  if (!missing.empty())
    return {"bad", "the processor lacks " + missing, "in a virtual machine: give it the processor model of its host"};
  return {"ok", "the processor has all that the datapath uses", ""};
}

Check clock(const MachineFacts& facts) {
  if (has(facts.processor_flags, "constant_tsc") && has(facts.processor_flags, "nonstop_tsc"))
    return {"ok", "the cycle counter runs at one speed and never stops", ""};
  return {"warn", "the cycle counter may change its speed or stop: cycles per stage are estimates", ""};
}

Check cores(const MachineFacts& facts) {
  const std::string number = std::to_string(facts.cores.size());
  if (facts.cores.size() < 2)
    return {"warn", number + " core: workers share it with control and everything else",
            "give the machine a core per worker and one more"};
  if (!facts.isolated.empty())
    return {"ok", number + " cores, of which " + core_list(facts.isolated) + " are isolated for workers", ""};
  const std::string workers = core_list({facts.cores.begin() + 1, facts.cores.end()});
  return {"warn", number + " cores, none isolated: the kernel may run other work on a worker's core",
          "add to the kernel's command line: isolcpus=" + workers + " nohz_full=" + workers + " rcu_nocbs=" + workers};
}

Check governor(const MachineFacts& facts) {
  if (facts.governor.empty() || facts.governor == "performance")
    return {"ok", "the processor's frequency is not scaled down", ""};
  return {"warn", "the frequency governor is \"" + facts.governor + "\": a core may run slowly when a burst comes",
          "for f in /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor; do echo performance >$f; done"};
}

Check huge_pages(const MachineFacts& facts) {
  std::uint64_t free = 0, total = 0;
  for (const MachineFacts::HugePages& pages : facts.huge_pages) {
    free += pages.free * pages.page_kilobytes;
    total += pages.total * pages.page_kilobytes;
  }
  if (total == 0)
    return {"warn", "there are no huge pages: every packet costs more address translation",
            "echo 512 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"};
  const std::string amounts =
      human_bytes(double(free) * 1024) + " of " + human_bytes(double(total) * 1024) + " in huge pages free";
  if (facts.huge_page_mount.empty())
    return {"warn", amounts + ", but no hugetlbfs is mounted", "mount -t hugetlbfs none /dev/hugepages"};
  if (free < huge_kilobytes_wanted && free < total) return {"ok", amounts + " (a running poised holds the others)", ""};
  if (free < huge_kilobytes_wanted)
    return {"warn", amounts + ": room for a small flow table only",
            "echo 512 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"};
  return {"ok", amounts, ""};
}

Check iommu(const MachineFacts& facts) {
  if (facts.iommu) return {"ok", "an IOMMU is on: vfio-pci works", ""};
  return {"warn", "no IOMMU: vfio-pci takes network cards only in its unsafe mode",
          "add intel_iommu=on iommu=pt (AMD: iommu=pt) to the kernel's command line; in a virtual machine: "
          "modprobe vfio enable_unsafe_noiommu_mode=1"};
}

template <std::size_t N>
bool one_of(const std::string& driver, const std::array<std::string_view, N>& drivers) {
  return std::find(drivers.begin(), drivers.end(), driver) != drivers.end();
}

void nics(const MachineFacts& facts, Checks& checks) {
  if (facts.nics.empty()) {
    checks.push_back(
        {"warn", "there are no PCI network cards", "devices such as net_tap0,iface=dt0 serve for tests and demos"});
    return;
  }
  const bool usable = std::any_of(facts.nics.begin(), facts.nics.end(), [](const MachineFacts::Nic& nic) {
    return one_of(nic.driver, taken_drivers) || one_of(nic.driver, shared_drivers);
  });
  for (const MachineFacts::Nic& nic : facts.nics) {
    std::string what = "network card " + nic.address;
    if (facts.numa_nodes > 1 && nic.numa_node >= 0) what += " on NUMA node " + std::to_string(nic.numa_node);
    if (one_of(nic.driver, taken_drivers)) {
      checks.push_back({"ok", what + " is bound to " + nic.driver + ": poised can drive it", ""});
    } else if (one_of(nic.driver, shared_drivers)) {
      checks.push_back({"ok", what + " (" + nic.driver + ") serves poised and the kernel at once", ""});
    } else {
      const std::string driver = nic.driver.empty() ? "is bound to no driver"
                                                    : "belongs to the kernel (" + nic.driver +
                                                          (nic.interface.empty() ? "" : ", " + nic.interface) + ")";
      checks.push_back(
          {usable ? "ok" : "warn", what + " " + driver,
           "to give it to poised (never the one you are logged in through): dpdk-devbind.py --bind=vfio-pci " +
               nic.address});
    }
  }
  if (!facts.vfio) checks.push_back({"warn", "the driver vfio-pci is not loaded", "modprobe vfio-pci"});
}

void numa(const MachineFacts& facts, Checks& checks) {
  if (facts.numa_nodes < 2) return;
  checks.push_back(
      {"ok",
       std::to_string(facts.numa_nodes) + " NUMA nodes: choose node.worker_cores on the node of the network cards",
       "lscpu | grep NUMA"});
}

}  // namespace

std::vector<Check> judge(const MachineFacts& facts) {
  Checks checks = {processor(facts), clock(facts), cores(facts), governor(facts), huge_pages(facts), iommu(facts)};
  numa(facts, checks);
  nics(facts, checks);
  if (!facts.tap_device)
    checks.push_back({"warn", "there is no /dev/net/tun: host_path and net_tap devices do not work", "modprobe tun"});
  return checks;
}

}  // namespace poise::control::cli
