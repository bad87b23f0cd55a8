#include "datapath/dpdk/lcores.hpp"

#include <rte_launch.h>

#include <atomic>

#include "datapath/dpdk/tsc_clock.hpp"
#include "tests/datapath/dpdk/environment.hpp"
#include "tests/datapath/dpdk/kernel_end.hpp"

namespace poise::datapath::dpdk {
namespace {

// A queue on which a worker can be held fast.
class SlowQueue : public PortQueue {
 public:
  std::size_t receive(std::span<Packet>) override {
    entered.store(true);
    while (held.load()) {
    }
    return 0;
  }
  std::size_t transmit(std::span<const Frame>) override { return 0; }
  std::atomic<bool> held{false}, entered{false};
};

class WorkerThreadsTest : public DpdkTest {
 protected:
  std::unique_ptr<Engine> make_engine(const std::vector<std::vector<PortQueue*>>& queues) {
    config::Config config;
    Engine::Parts parts;
    for (std::size_t port = 0; port < queues[0].size(); ++port) {
      config.interfaces["p" + std::to_string(port)].device = "any";
      parts.ports.push_back({"p" + std::to_string(port), MacAddr{{2, 0, 0, 0, 0, std::uint8_t(port)}}, false});
    }
    for (const auto& mine : queues) parts.workers.push_back({&pool(), mine, {1024, 1024}});
    return std::make_unique<Engine>(std::move(parts), config);
  }
  template <class Condition>
  static bool soon(Condition condition) {
    const Instant deadline = tsc_now() + std::chrono::seconds(10);
    while (!condition())
      if (tsc_now() > deadline) return false;
    return true;
  }
  static std::uint64_t loops(Engine& engine, std::size_t worker) { return engine.counters(worker).loops.read(); }
  std::uint64_t loops_in(Engine& engine, Duration time) {
    const std::uint64_t before = loops(engine, 0);
    const Instant end = tsc_now() + time;
    soon([&] { return tsc_now() >= end; });
    return loops(engine, 0) - before;
  }
};

TEST_F(WorkerThreadsTest, every_worker_runs_on_its_lcore_until_stopped) {
  const auto port = open("net_null0,no-rx=1", 2);
  ASSERT_NE(port, nullptr);
  const auto engine = make_engine({{port->queue(0)}, {port->queue(1)}});
  for (const auto polling : {config::Polling::adaptive, config::Polling::busy}) {
    const std::uint64_t before[] = {loops(*engine, 0), loops(*engine, 1)};
    engine->worker(0).stopping = engine->worker(1).stopping = false;
    auto threads = WorkerThreads::launch(*engine, {}, polling);
    ASSERT_TRUE(threads) << to_string(threads.error());
    EXPECT_TRUE(soon([&] { return loops(*engine, 0) > before[0] + 200 && loops(*engine, 1) > before[1] + 200; }));
    EXPECT_EQ(rte_eal_get_lcore_state(1), RUNNING);
    EXPECT_TRUE((*threads)->stop());
    EXPECT_TRUE((*threads)->stop()) << "twice is once";
    EXPECT_EQ(rte_eal_get_lcore_state(1), WAIT);
    EXPECT_EQ(rte_eal_get_lcore_state(2), WAIT);
  }
}

TEST_F(WorkerThreadsTest, an_idle_adaptive_worker_rests) {
  const auto port = open("net_null0,no-rx=1");
  ASSERT_NE(port, nullptr);
  const auto engine = make_engine({{port->queue(0)}});
  const std::vector<std::unique_ptr<DevicePort>> none;
  auto threads = WorkerThreads::launch(*engine, none, config::Polling::adaptive);
  ASSERT_TRUE(threads);
  ASSERT_TRUE(soon([&] { return loops(*engine, 0) > 64; }));
  EXPECT_LT(loops_in(*engine, std::chrono::milliseconds(100)), 500u) << "1 ms each";
  EXPECT_TRUE((*threads)->stop());
}

TEST_F(WorkerThreadsTest, a_resting_worker_polls_a_port_that_cannot_tell_and_takes_what_control_sends) {
  std::vector<std::unique_ptr<DevicePort>> ports;
  ports.push_back(open("net_ring_loop"));
  ASSERT_NE(ports[0], nullptr);
  const auto engine = make_engine({{ports[0]->queue(0)}});
  auto threads = WorkerThreads::launch(*engine, ports, config::Polling::adaptive);
  ASSERT_TRUE(threads);
  const auto received = [&] { return engine->counters(0).ports[0].received.packets.read(); };
  for (std::uint64_t round = 1; round <= 20; ++round) {
    const std::uint64_t idle_from = loops(*engine, 0);
    ASSERT_TRUE(soon([&] { return loops(*engine, 0) > idle_from + 80; }));
    ASSERT_TRUE(engine->inject(PortIndex{0}, test_frame(test_type)));
    ASSERT_TRUE(soon([&] { return received() == round; }));
  }
  EXPECT_TRUE((*threads)->stop());
}

TEST_F(WorkerThreadsTest, a_packet_ends_the_rest_of_a_worker) {
  if (!taps_can_be_made()) GTEST_SKIP() << "taps need root";
  std::vector<std::unique_ptr<DevicePort>> ports;
  ports.push_back(open("net_tap_t0,iface=poise-t0"));
  ASSERT_NE(ports[0], nullptr);
  const auto engine = make_engine({{ports[0]->queue(0)}});
  auto threads = WorkerThreads::launch(*engine, ports, config::Polling::adaptive);
  ASSERT_TRUE(threads);
  KernelEnd kernel("poise-t0");
  const auto received = [&] { return engine->counters(0).ports[0].received.packets.read(); };
  for (int round = 0; round < 20; ++round) {
    const std::uint64_t before = received();
    ASSERT_TRUE(kernel.send(test_frame(test_type)));
    ASSERT_TRUE(soon([&] { return received() > before; }));
  }
  EXPECT_TRUE((*threads)->stop());
}

TEST_F(WorkerThreadsTest, a_worker_that_hangs_is_reported_by_stop) {
  SlowQueue queue;
  const auto engine = make_engine({{&queue}});
  queue.held.store(true);
  auto threads = WorkerThreads::launch(*engine, {}, config::Polling::busy);
  ASSERT_TRUE(threads);
  ASSERT_TRUE(soon([&] { return queue.entered.load(); }));
  EXPECT_FALSE((*threads)->stop(std::chrono::milliseconds(20)));
  queue.held.store(false);
  EXPECT_TRUE((*threads)->stop());
}

}  // namespace
}  // namespace poise::datapath::dpdk
