#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace poise::control::cli {

// MachineFacts - what /proc and /sys tell about this machine, as far as forwarding depends on it. Plain data: reading
// it never fails, what cannot be read is empty.
struct MachineFacts {
  struct HugePages {
    std::uint64_t page_kilobytes = 0, total = 0, free = 0;
  };
  struct Nic {
    std::string address;    // "0000:03:00.0"
    std::string driver;     // "" when none is bound
    std::string interface;  // its kernel name; "" when the kernel does not drive it
    int numa_node = -1;     // -1: the machine does not say
  };
  std::vector<std::string> processor_flags;
  std::vector<std::uint16_t> cores;     // online
  std::vector<std::uint16_t> isolated;  // kept free of other work by the kernel's command line
  std::size_t numa_nodes = 1;
  std::string governor;  // of core 0; "" when the frequency is not ours to choose
  std::vector<HugePages> huge_pages;
  std::string huge_page_mount;  // where a hugetlbfs is mounted; "" nowhere
  bool iommu = false;
  bool vfio = false;        // the kernel has vfio-pci loaded
  bool tap_device = false;  // /dev/net/tun is there
  std::vector<Nic> nics;
};
// `root` is "/" but in tests.
MachineFacts read_machine_facts(const std::filesystem::path& root);

// Check - one line of `poise doctor`.
struct Check {
  std::string status;  // "ok", "warn": it forwards, but slower or not everywhere; "bad": it does not run
  std::string what;    // a sentence
  std::string fix;     // what to type; "" when nothing is to be done
};
std::vector<Check> judge(const MachineFacts& facts);

// "0-2,5" as the kernel writes lists of cores; what is not understood is left out.
std::vector<std::uint16_t> parse_core_list(const std::string& text);
std::string core_list(const std::vector<std::uint16_t>& cores);

}  // namespace poise::control::cli
