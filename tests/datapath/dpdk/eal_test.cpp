#include "datapath/dpdk/eal.hpp"

#include <pthread.h>
#include <rte_lcore.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>

#include "tests/datapath/dpdk/environment.hpp"

namespace poise::datapath::dpdk {
namespace {

config::Config config_with(const std::vector<std::string>& devices) {
  config::Config config;
  config.node.worker_cores = {2, 3};
  for (const std::string& device : devices)
    config.interfaces["if" + std::to_string(config.interfaces.size())].device = device;
  return config;
}

bool contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

TEST(EalArguments, no_pci_device_is_touched_unless_one_is_configured) {
  const auto arguments = eal_arguments(config_with({"net_tap0,iface=a", "net_tap1,iface=b"}), Sizes{}, "x");
  EXPECT_TRUE(contains(arguments, "--no-pci"));
  EXPECT_TRUE(contains(arguments, "--iova-mode=va"));
  EXPECT_FALSE(contains(arguments, "-a"));
}

TEST(EalArguments, configured_pci_devices_alone_are_allowed_members_of_bonds_too) {
  config::Config config = config_with({"0000:03:00.0", "net_tap0"});
  config.interfaces["bond"].bond = config::Bond{config::BondMode::lacp, {"0000:04:00.0", "0000:04:00.1"}};
  const auto arguments = eal_arguments(config, Sizes{}, "x");
  EXPECT_FALSE(contains(arguments, "--no-pci"));
  EXPECT_EQ(std::count(arguments.begin(), arguments.end(), "-a"), 3);
  for (const char* device : {"0000:03:00.0", "0000:04:00.0", "0000:04:00.1"})
    EXPECT_TRUE(contains(arguments, device)) << device;
}

TEST(EalArguments, each_worker_has_an_lcore_on_its_core_and_control_the_first) {
  config::Config config = config_with({});
  EXPECT_TRUE(contains(eal_arguments(config, Sizes{}, "x"), "--lcores=0@0,1@2,2@3"));
  config.node.worker_cores = {0};
  EXPECT_TRUE(contains(eal_arguments(config, Sizes{}, "x"), "--lcores=0@0,1@0"));
}

TEST(EalArguments, memory_is_fixed_at_the_start_on_huge_or_ordinary_pages) {
  Sizes sizes;
  sizes.eal_megabytes = 96;
  const auto ordinary = eal_arguments(config_with({}), sizes, "x");
  EXPECT_TRUE(contains(ordinary, "--no-huge"));
  EXPECT_TRUE(contains(ordinary, "96"));
  sizes.huge_pages = true;
  const auto huge = eal_arguments(config_with({}), sizes, "x");
  EXPECT_TRUE(contains(huge, "--in-memory"));
  EXPECT_TRUE(contains(huge, "--socket-limit=96"));
  EXPECT_FALSE(contains(huge, "--no-huge"));
}

TEST(CheckMachine, a_core_that_is_not_ours_is_refused_with_the_ones_to_choose_from) {
  const Errors errors = check_machine(config_with({}), "", {0, 2});
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].path, "node.worker_cores");
  EXPECT_NE(errors[0].problem.find("core 3"), std::string::npos);
  EXPECT_NE(errors[0].fix.find("0, 2"), std::string::npos);
}

TEST(CheckMachine, every_unusable_pci_device_is_named_with_its_place) {
  const TemporaryFolder root;
  root.write("sys/bus/pci/devices/0000:00:03.0/vendor", "0x1af4\n");
  root.link("sys/bus/pci/devices/0000:00:03.0/driver", "../drivers/virtio-pci");
  config::Config config = config_with({"0000:00:03.0"});
  config.interfaces["wan"].bond = config::Bond{config::BondMode::balance, {"net_tap0", "0000:09:00.0"}};
  const Errors errors = check_machine(config, root.path(), {0, 2, 3});
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_EQ(errors[0].path, "interfaces.if0.device");
  EXPECT_EQ(errors[1].path, "interfaces.wan.bond.devices[1]");
}

TEST(WorkerCores, default_to_one_core_of_this_machine) {
  const auto cores = worker_cores(config::Config{});
  ASSERT_EQ(cores.size(), 1u);
  EXPECT_TRUE(std::ranges::count(allowed_cores(), cores[0]) == 1 || cores[0] == 1);
}

using StartedEal = DpdkTest;

TEST_F(StartedEal, runs_control_on_the_calling_thread_and_a_worker_lcore_each) {
  EXPECT_EQ(rte_lcore_id(), 0u);
  EXPECT_EQ(rte_lcore_count(), 3u);
  cpu_set_t mine;
  ASSERT_EQ(sched_getaffinity(0, sizeof mine, &mine), 0);
  EXPECT_EQ(CPU_COUNT(&mine), 1);
}

TEST_F(StartedEal, blocks_real_time_signals) {
  sigset_t blocked;
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, nullptr, &blocked), 0);
  EXPECT_EQ(sigismember(&blocked, SIGRTMIN), 1);
  EXPECT_EQ(sigismember(&blocked, SIGRTMAX), 1);
  EXPECT_EQ(sigismember(&blocked, SIGTERM), 0);
}

TEST_F(StartedEal, refuses_a_second_start_in_words) {
  config::Config config;
  config.node.control_core = allowed_cores().front();
  config.node.worker_cores = {allowed_cores().front()};
  const auto again = start_eal(config, Sizes{});
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().front().problem, "");
}

}  // namespace
}  // namespace poise::datapath::dpdk
