#include "tests/bench/read_bench.hpp"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>
#include <thread>
#include <vector>

#include "tests/bench/bench_appliance.hpp"
#include "tests/bench/measure.hpp"

namespace poise::bench {
namespace {

using namespace datapath;
using Clock = std::chrono::steady_clock;

constexpr std::size_t packets_per_round = 32768;

double run_round(BenchAppliance& appliance, std::mt19937& random) {
  appliance.queue_requests(packets_per_round, random);
  const auto before = Clock::now();
  appliance.run(std::chrono::microseconds(1));
  const std::chrono::duration<double, std::nano> took = Clock::now() - before;
  ensure(appliance.lan.sent.size() == packets_per_round);
  appliance.recycle();
  return took.count() / double(packets_per_round);
}

// Away from the packets: the EAL has bound the main thread to its core, and a new thread inherits that.
void take_another_core(int other_than) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (core != other_than) CPU_SET(core, &cores);
  sched_setaffinity(0, sizeof cores, &cores);
}

// The other thread: asks for the next page as soon as the last has come, while `wanted`.
class Reader {
 public:
  explicit Reader(Engine& engine)
      : engine_(engine), thread_([this, core = sched_getcpu()] {
          take_another_core(core);
          run();
        }) {}
  ~Reader() {
    ends_ = true;
    thread_.join();
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  void want(bool wanted) { wanted_ = wanted; }
  std::uint64_t rows() const { return rows_; }

 private:
  void run() {
    while (!ends_) {
      if (!asked_ && wanted_) asked_ = engine_.send(WorkerId{0}, ReadFlows{1, cursor_, 64});
      engine_.poll_replies([this](WorkerId, const Reply& reply) {
        if (std::holds_alternative<FlowRow>(reply)) ++rows_;
        if (const auto* end = std::get_if<FlowsEnd>(&reply)) {
          cursor_ = end->cursor;
          asked_ = false;
        }
      });
    }
  }
  Engine& engine_;
  std::atomic<bool> ends_{false}, wanted_{false};
  std::atomic<std::uint64_t> rows_{0};
  std::uint64_t cursor_ = 0;
  bool asked_ = false;
  std::thread thread_;
};

}  // namespace

ReadCost read_cost(std::uint32_t flows, int rounds) {
  BenchAppliance appliance({config::Mode::nat, false, flows, {}, {}});
  appliance.establish_flows();
  std::mt19937 random(1);
  std::vector<double> steady, reading;
  double seconds = 0;
  Reader reader(*appliance.engine);
  for (int round = 0; round < 2 * rounds; ++round) {
    const bool reads = round % 2 != 0;
    reader.want(reads);
    const double ns = run_round(appliance, random);
    (reads ? reading : steady).push_back(ns);
    if (reads) seconds += ns * double(packets_per_round) / 1e9;
  }
  return {median(steady), median(reading), double(reader.rows()) / seconds};
}

}  // namespace poise::bench
