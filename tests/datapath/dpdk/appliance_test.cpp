#include "datapath/dpdk/appliance.hpp"

#include <gtest/gtest.h>

#include <array>

#include "datapath/dpdk/eal.hpp"

namespace poise::datapath::dpdk {
namespace {

config::Config small_config() {
  config::Config config;
  config.node.control_core = allowed_cores().front();
  config.node.worker_cores = {allowed_cores().front(), allowed_cores().back()};
  config.memory.flows = 4096;
  config.interfaces["lan"].device = "net_ring_lan";
  config.interfaces["lan"].addresses = {*parse_prefix("198.51.100.1/24")};
  config.interfaces["wan"].device = "net_null0,no-rx=1";
  return config;
}

// The EAL starts once a process: each start has a process of its own.
class ApplianceTest : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};
using ApplianceDeathTest = ApplianceTest;

constexpr std::array<std::uint8_t, 42> arp_request{
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,   0,  0,   0, 0, 9, 8, 6, 0, 1, 8,   0,  6,   4, 0, 1,  // who has ...
    2,    0,    0,    0,    0,    9,    198, 51, 100, 9, 0, 0, 0, 0, 0, 0, 198, 51, 100, 1};  // ... 198.51.100.1, tell
                                                                                              // .9

#define FAIL_UNLESS(condition) \
  do {                         \
    if (!(condition)) {        \
      std::perror(#condition); \
      std::exit(1);            \
    }                          \
  } while (false)

void run_and_answer() {
  const config::Config config = small_config();
  auto started = Appliance::start(config);
  if (!started) {
    std::perror(to_string(started.error().front()).c_str());
    std::exit(1);
  }
  Appliance& appliance = **started;
  FAIL_UNLESS(appliance.ports() == 2 && appliance.port_name(PortIndex{0}) == "lan" &&
              appliance.port_name(PortIndex{1}) == "wan");
  FAIL_UNLESS(appliance.engine().workers() == 2 && appliance.link_up(PortIndex{0}));
  FAIL_UNLESS(appliance.worker_core(1) == config.node.worker_cores[1]);
  // The looped port brings the request back to a worker, which answers it.
  FAIL_UNLESS(appliance.engine().inject(PortIndex{0}, arp_request));
  const Instant deadline = Appliance::now() + std::chrono::seconds(10);
  auto answered = [&] {
    return appliance.engine().counters(0).arp_replies.read() + appliance.engine().counters(1).arp_replies.read() != 0;
  };
  while (!answered()) FAIL_UNLESS(Appliance::now() < deadline);
  FAIL_UNLESS(appliance.stop() && appliance.stop());
  started->reset();
  std::exit(0);
}

TEST_F(ApplianceDeathTest, runs_its_workers_from_start_to_stop) {
  EXPECT_EXIT(run_and_answer(), ::testing::ExitedWithCode(0), "");
}

void start_with_bad_devices() {
  config::Config config = small_config();
  config.interfaces["dmz"].device = "net_nonsense0";
  config.interfaces["wan"].device = "net_pcap0,rx_pcap=/nonexistent/file";
  const auto started = Appliance::start(config);
  std::exit(started ? 99 : int(started.error().size()));
}

TEST_F(ApplianceDeathTest, names_every_device_that_cannot_be_opened) {
  EXPECT_EXIT(start_with_bad_devices(), ::testing::ExitedWithCode(2), "");
}

TEST_F(ApplianceTest, refuses_more_flows_than_the_machine_has_memory_for_before_it_takes_any) {
  config::Config config = small_config();
  config.memory.flows = 1ull << 31;
  const auto started = Appliance::start(config);
  ASSERT_FALSE(started);
  ASSERT_EQ(started.error().size(), 1u);
  EXPECT_EQ(started.error()[0].path, "memory.flows");
}

TEST_F(ApplianceTest, refuses_a_core_that_does_not_exist) {
  config::Config config = small_config();
  config.node.worker_cores = {1000};
  const auto started = Appliance::start(config);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error()[0].path, "node.worker_cores");
}

}  // namespace
}  // namespace poise::datapath::dpdk
