#include "datapath/dpdk/lcores.hpp"

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <sys/prctl.h>
#include <time.h>

#include <algorithm>

namespace poise::datapath::dpdk {
namespace {

constexpr int empty_rounds_before_sleep = 64;
constexpr long shortest_sleep_ns = 50'000, longest_sleep_ns = 200'000;

struct Assignment {
  Worker* worker = nullptr;
  config::Polling polling = config::Polling::adaptive;
};
Assignment assignments[RTE_MAX_LCORE];  // by lcore: written before launch, read by that lcore

__extension__ using Wide = unsigned __int128;

int run_worker(void* argument) {
  const Assignment& mine = *static_cast<Assignment*>(argument);
  Worker& worker = *mine.worker;
  prctl(PR_SET_TIMERSLACK, 1);
  int empty = 0;
  long sleep_ns = shortest_sleep_ns;
  while (!worker.stopping) {
    if (run_once(worker, tsc_now()) != 0) {
      empty = 0;
      sleep_ns = shortest_sleep_ns;
    } else if (mine.polling == config::Polling::adaptive && ++empty > empty_rounds_before_sleep) {
      const timespec pause{0, sleep_ns};
      nanosleep(&pause, nullptr);
      sleep_ns = std::min(sleep_ns + shortest_sleep_ns / 2, longest_sleep_ns);
    }
  }
  worker.snapshots.leave(worker.id);
  worker.observations.leave(worker.id);
  return 0;
}

}  // namespace

Instant tsc_now() {
  // 2^32 * ns per cycle, so that a multiplication and a shift do: 10 ns resolution, no division.
  static const std::uint64_t scale = std::uint64_t((1e9 / double(rte_get_tsc_hz())) * 4294967296.0);
  return Instant(Duration(std::int64_t(Wide(rte_rdtsc()) * scale >> 32)));
}

bool launch_workers(Engine& engine, config::Polling polling) {
  tsc_now();
  for (std::size_t i = 0; i < engine.workers(); ++i) {
    const auto lcore = unsigned(i + 1);
    assignments[lcore] = {&engine.worker(i), polling};
    if (rte_eal_remote_launch(run_worker, &assignments[lcore], lcore) != 0) return false;
  }
  return true;
}

void join_workers() { rte_eal_mp_wait_lcore(); }

}  // namespace poise::datapath::dpdk
