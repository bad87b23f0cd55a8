#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>

#include "tests/sim/tcp_sim.hpp"

// Stacks on virtual time. A failing seed says how to see it again; POISE_TCP_SEEDS=100000, or =5000:6000, runs others
// than the first thousand.
namespace poise::sim {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISE_IS_SLOW
#endif
#endif
#ifdef POISE_IS_SLOW
constexpr std::uint64_t usual_seeds = 200;
#else
constexpr std::uint64_t usual_seeds = 1000;
#endif

struct Seeds {
  std::uint64_t first = 0, end = usual_seeds;
};
Seeds wanted_seeds() {
  if (const char* one = std::getenv("POISE_SEED")) {
    const std::uint64_t seed = std::strtoull(one, nullptr, 10);
    return {seed, seed + 1};
  }
  const char* range = std::getenv("POISE_TCP_SEEDS");
  if (range == nullptr) return {};
  const char* colon = std::strchr(range, ':');
  if (colon == nullptr) return {0, std::strtoull(range, nullptr, 10)};
  return {std::strtoull(range, nullptr, 10), std::strtoull(colon + 1, nullptr, 10)};
}

std::string replay(std::uint64_t seed) {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  return "replay (POISE_TRACE=1 tells every packet): POISE_SEED=" + std::to_string(seed) +
         " build/tests/l7/l7_test --gtest_filter=" + test->test_suite_name() + "." + test->name() + "\n";
}

// An invariant that does not hold ends the process: then too it must be known which seed that was.
char last_words[300];
void say_last_words(int) {
  const ssize_t written = write(STDERR_FILENO, last_words, std::strlen(last_words));
  std::signal(SIGABRT, SIG_DFL);
  if (written >= 0) std::abort();
}
class LastWords {
 public:
  LastWords() : before_(std::signal(SIGABRT, say_last_words)) {}
  ~LastWords() { std::signal(SIGABRT, before_); }
  LastWords(const LastWords&) = delete;
  LastWords& operator=(const LastWords&) = delete;
  void set(const std::string& words) { last_words[words.copy(last_words, sizeof last_words - 1)] = 0; }

 private:
  void (*before_)(int);
};

TEST(TcpSimulation, everything_arrives_as_it_was_sent_and_nothing_is_left_whatever_the_links_do) {
  LastWords last;
  const Seeds seeds = wanted_seeds();
  std::size_t connections = 0, completed = 0;
  for (std::uint64_t seed = seeds.first; seed < seeds.end; ++seed) {
    last.set(replay(seed));
    TcpSim sim(seed);
    sim.trace = std::getenv("POISE_TRACE") != nullptr;
    const std::string wrong = sim.run();
    EXPECT_EQ(wrong, "") << replay(seed);
    if (sim.trace) std::cerr << sim.description();
    connections += sim.connections();
    completed += sim.completed();
  }
  // Some are aborted, and some go through links that are dead for minutes.
  if (connections > 500) {
    EXPECT_GT(completed * 100, connections * 85);
  }
}

}  // namespace
}  // namespace poise::sim
