#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "tests/sim/vrrp_sim.hpp"

// Whole pairs and clusters on virtual time. A failing seed says how to see it again.
namespace poise::sim {
namespace {

using namespace std::chrono_literals;

// The seeds to run: all of them, or the one of POISE_SEED.
std::vector<std::uint64_t> seeds(std::uint64_t count) {
  if (const char* wanted = std::getenv("POISE_SEED")) return {std::strtoull(wanted, nullptr, 10)};
  std::vector<std::uint64_t> all;
  for (std::uint64_t seed = 0; seed < count; ++seed) all.push_back(seed);
  return all;
}
std::string replay(std::uint64_t seed) {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  return "replay (POISE_TRACE=1 tells every decision): POISE_SEED=" + std::to_string(seed) +
         " build/tests/vrrp/vrrp_test --gtest_filter=" + test->test_suite_name() + "." + test->name();
}

VrrpSim::Settings drawn(std::uint64_t seed) {
  std::mt19937_64 random(seed * 7919 + 1);
  VrrpSim::Settings settings;
  settings.nodes = 2 + random() % 4;
  settings.grouped = random() % 3 == 0;
  settings.routers = settings.grouped ? 2 + random() % 2 : 1;
  settings.preempt = random() % 4 != 0;
  settings.v6 = random() % 3 == 0;
  if (!settings.v6 && random() % 4 == 0) {
    settings.version = vrrp::Version::v2;
    settings.interval = 1s;
  } else if (random() % 3 == 0) {
    settings.interval = 10ms;
    settings.delay_max = 500us;
  }
  return settings;
}

// One master of every router; a hand-over that is under way may end first.
testing::AssertionResult one_master_each(VrrpSim& sim, const VrrpSim::Settings& settings) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    bool one = true;
    for (std::size_t router = 0; router < settings.routers; ++router) one = one && sim.masters(router).size() == 1;
    if (one) return testing::AssertionSuccess();
    sim.run_for(2 * settings.delay_max);
  }
  auto failure = testing::AssertionFailure();
  for (std::size_t router = 0; router < settings.routers; ++router)
    failure << "router " << router << " has " << sim.masters(router).size() << " masters; ";
  return failure;
}

void disturb(VrrpSim& sim, const VrrpSim::Settings& settings, bool wire) {
  const std::size_t node = sim.random()() % settings.nodes, other = sim.random()() % settings.nodes;
  const std::size_t fault = sim.random()() % (wire ? 8 : 5);
  constexpr const char* names[] = {"crash", "restart", "hang", "wake", "stop", "cut", "loss", "duplication"};
  if (sim.trace) std::cerr << sim.now() / 1us << " us -- " << names[fault] << ", node " << node << '\n';
  switch (fault) {
    case 0:
      return sim.crash(node);
    case 1:
      return sim.restart(node);
    case 2:
      return sim.hang(node);
    case 3:
      return sim.wake(node);
    case 4:
      return sim.stop(node);
    case 5:
      return sim.cut(node, other, sim.random()() % 2 == 0);
    case 6:
      sim.loss = double(sim.random()() % 50) / 100;
      return;
    default:
      sim.duplication = double(sim.random()() % 30) / 100;
  }
}

TEST(Simulation, one_master_within_three_intervals_and_the_skew_of_everything_healing) {
  for (const std::uint64_t seed : seeds(1000)) {
    const VrrpSim::Settings settings = drawn(seed);
    VrrpSim sim(settings, seed);
    sim.trace = std::getenv("POISE_TRACE") != nullptr;
    for (int round = 0; round < 3; ++round) {
      for (int faults = 0; faults < 12; ++faults) {
        disturb(sim, settings, true);
        sim.run_for(settings.interval * (sim.random()() % 400) / 100);
      }
      sim.heal();
      sim.run_for(sim.longest_down_interval() + settings.interval + 2 * settings.delay_max);
      ASSERT_TRUE(one_master_each(sim, settings)) << replay(seed);
      if (!settings.preempt) continue;
      sim.run_for(2 * sim.longest_down_interval());
      ASSERT_EQ(sim.masters(0), std::vector<std::size_t>{0}) << "the highest priority; " << replay(seed);
    }
    ASSERT_FALSE(sim.has_split()) << replay(seed);
  }
}

// Whatever happens to nodes, on a sound wire two datapaths hold one address at once no longer than it takes to hear one
// another. Only one double fault is left to the deadline of what is held: a master that hangs in the moment in which a
// better one preempts it.
TEST(Simulation, two_datapaths_never_hold_an_address_longer_than_they_take_to_hear_one_another) {
  for (const std::uint64_t seed : seeds(1000)) {
    const VrrpSim::Settings settings = drawn(seed);
    VrrpSim sim(settings, seed);
    sim.trace = std::getenv("POISE_TRACE") != nullptr;
    sim.run_for(2 * sim.longest_down_interval());
    sim.take_overlap();
    for (int faults = 0; faults < 40; ++faults) {
      disturb(sim, settings, false);
      sim.run_for(settings.interval * (sim.random()() % 500) / 100);
      const Duration short_time = 2 * settings.delay_max + settings.interval / 4;
      const Duration allowed = settings.preempt ? 3 * settings.interval : short_time;
      ASSERT_LE(sim.take_overlap() / 1us, allowed / 1us) << replay(seed);
    }
  }
}

TEST(Simulation, a_hung_master_falls_silent_before_another_one_speaks_and_listens_when_it_wakes) {
  for (const std::uint64_t seed : seeds(1000)) {
    const VrrpSim::Settings settings = drawn(seed);
    VrrpSim sim(settings, seed);
    sim.trace = std::getenv("POISE_TRACE") != nullptr;
    sim.run_for(3 * sim.longest_down_interval());
    sim.take_overlap();
    const std::size_t master = sim.masters(0).at(0);
    sim.hang(master);
    sim.run_for(sim.longest_down_interval() * (50 + sim.random()() % 300) / 100);
    ASSERT_LE(sim.take_overlap(), 2 * settings.delay_max) << "hung; " << replay(seed);
    sim.wake(master);
    sim.run_for(settings.interval);
    ASSERT_LE(sim.take_overlap(), 2 * settings.delay_max) << "awake; " << replay(seed);
  }
}

TEST(Simulation, a_graceful_stop_leaves_no_moment_without_a_holder) {
  for (const std::uint64_t seed : seeds(200)) {
    VrrpSim::Settings settings = drawn(seed);
    VrrpSim sim(settings, seed);
    sim.trace = std::getenv("POISE_TRACE") != nullptr;
    sim.run_for(3 * sim.longest_down_interval());
    sim.stop(sim.masters(0).at(0));
    for (Duration passed{}; passed < sim.longest_down_interval(); passed += settings.delay_max / 4) {
      for (std::size_t router = 0; router < settings.routers; ++router)
        ASSERT_GE(sim.holders(router), 1u) << "after " << passed / 1us << " us; " << replay(seed);
      sim.run_for(settings.delay_max / 4);
    }
  }
}

}  // namespace
}  // namespace poise::sim
