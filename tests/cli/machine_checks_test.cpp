#include <gtest/gtest.h>

#include "control/cli/machine_facts.hpp"

namespace poise::control::cli {
namespace {

MachineFacts good() {
  MachineFacts facts;
  facts.processor_flags = {"avx",   "avx2",   "bmi1",   "bmi2", "f16c",      "fma",          "abm",
                           "movbe", "sse4_2", "popcnt", "aes",  "pclmulqdq", "constant_tsc", "nonstop_tsc"};
  facts.cores = {0, 1, 2, 3};
  facts.isolated = {1, 2, 3};
  facts.governor = "performance";
  facts.huge_pages = {{2048, 1024, 1024}};
  facts.huge_page_mount = "/dev/hugepages";
  facts.iommu = facts.vfio = facts.tap_device = true;
  facts.nics = {{"0000:03:00.0", "vfio-pci", "", 0}};
  return facts;
}

// The first check of a status, as "what | fix".
std::string first(const MachineFacts& facts, const std::string& status) {
  for (const Check& check : judge(facts))
    if (check.status == status) return check.what + " | " + check.fix;
  return "";
}

TEST(MachineChecks, a_machine_that_is_set_up_has_nothing_to_warn_of) {
  EXPECT_EQ(first(good(), "warn"), "");
  EXPECT_EQ(first(good(), "bad"), "");
}

TEST(MachineChecks, each_lack_is_told_with_what_to_type) {
  struct Row {
    const char* status;
    void (*spoil)(MachineFacts&);
    const char *what, *fix;
  };
  for (const Row& row : {
           Row{"bad", [](MachineFacts& facts) { std::erase(facts.processor_flags, "aes"); }, "lacks aes",
               "virtual machine"},
           Row{"warn", [](MachineFacts& facts) { std::erase(facts.processor_flags, "nonstop_tsc"); }, "cycle counter",
               ""},
           Row{"warn", [](MachineFacts& facts) { facts.isolated.clear(); }, "none isolated",
               "isolcpus=1-3 nohz_full=1-3"},
           Row{"warn", [](MachineFacts& facts) { facts.cores = {0}; }, "1 core:", "a core per worker"},
           Row{"warn", [](MachineFacts& facts) { facts.cores.clear(); }, "0 core", ""},
           Row{"warn", [](MachineFacts& facts) { facts.governor = "powersave"; }, "\"powersave\"", "echo performance"},
           Row{"warn",
               [](MachineFacts& facts) {
                 facts.huge_pages = {{2048, 0, 0}};
               },
               "no huge pages", "nr_hugepages"},
           Row{"warn",
               [](MachineFacts& facts) {
                 facts.huge_pages = {{2048, 10, 10}};
               },
               "small flow table", "nr_hugepages"},
           Row{"warn", [](MachineFacts& facts) { facts.huge_page_mount.clear(); }, "no hugetlbfs",
               "mount -t hugetlbfs"},
           Row{"warn", [](MachineFacts& facts) { facts.iommu = false; }, "no IOMMU", "intel_iommu=on"},
           Row{"warn", [](MachineFacts& facts) { facts.vfio = false; }, "vfio-pci is not loaded", "modprobe vfio-pci"},
           Row{"warn", [](MachineFacts& facts) { facts.nics.clear(); }, "no PCI network cards", "net_tap0"},
           Row{"warn",
               [](MachineFacts& facts) {
                 facts.nics = {{"0000:03:00.0", "ixgbe", "eth7", 0}};
               },
               "network card 0000:03:00.0 belongs to the kernel (ixgbe, eth7)",
               "dpdk-devbind.py --bind=vfio-pci 0000:03:00.0"},
           Row{"warn", [](MachineFacts& facts) { facts.tap_device = false; }, "/dev/net/tun", "modprobe tun"},
       }) {
    MachineFacts facts = good();
    row.spoil(facts);
    const std::string found = first(facts, row.status);
    EXPECT_NE(found.find(row.what), std::string::npos) << row.what << ": " << found;
    EXPECT_NE(found.find(row.fix), std::string::npos) << row.fix << ": " << found;
  }
}

TEST(MachineChecks, a_second_card_may_stay_with_the_kernel) {
  MachineFacts facts = good();
  facts.nics.push_back({"0000:04:00.0", "e1000e", "eth0", -1});
  EXPECT_EQ(first(facts, "warn"), "");
}

TEST(MachineChecks, huge_pages_that_a_running_poised_holds_are_no_lack) {
  MachineFacts facts = good();
  facts.huge_pages = {{2048, 1024, 3}};
  EXPECT_EQ(first(facts, "warn"), "");
}

}  // namespace
}  // namespace poise::control::cli
