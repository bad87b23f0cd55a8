#include "datapath/dpdk/machine_memory.hpp"

#include <gtest/gtest.h>

#include "tests/datapath/dpdk/environment.hpp"

namespace poise::datapath::dpdk {
namespace {

constexpr char meminfo[] =
    "MemTotal:       24000000 kB\nMemFree:         1000000 kB\nMemAvailable:    8000000 kB\nHugePages_Total:       0\n";

TEST(MachineMemory, is_what_the_kernel_says_is_available) {
  const TemporaryFolder root;
  root.write("proc/meminfo", meminfo);
  const MachineMemory memory = read_machine_memory(root.path());
  EXPECT_EQ(memory.available_bytes, 8000000ull * 1024);
  EXPECT_EQ(memory.free_huge_bytes, 0u);
}

TEST(MachineMemory, is_at_most_what_is_left_of_the_container_s) {
  const TemporaryFolder root;
  root.write("proc/meminfo", meminfo);
  root.write("sys/fs/cgroup/memory.max", "1073741824\n");
  root.write("sys/fs/cgroup/memory.current", "73741824\n");
  EXPECT_EQ(read_machine_memory(root.path()).available_bytes, 1000000000u);
  root.write("sys/fs/cgroup/memory.max", "max\n");
  EXPECT_EQ(read_machine_memory(root.path()).available_bytes, 8000000ull * 1024);
}

TEST(MachineMemory, counts_free_huge_pages_that_nobody_has_reserved) {
  const TemporaryFolder root;
  root.write("proc/meminfo", meminfo);
  root.write("sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "100\n");
  root.write("sys/kernel/mm/hugepages/hugepages-2048kB/resv_hugepages", "30\n");
  EXPECT_EQ(read_machine_memory(root.path()).free_huge_bytes, 70ull << 21);
}

TEST(MachineMemory, of_this_machine_is_not_nothing) { EXPECT_GT(read_machine_memory("").available_bytes, 1u << 20); }

}  // namespace
}  // namespace poise::datapath::dpdk
