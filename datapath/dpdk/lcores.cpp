#include "datapath/dpdk/lcores.hpp"

#include <poll.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_pause.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "datapath/dpdk/tsc_clock.hpp"

namespace poise::datapath::dpdk {
namespace {

constexpr int empty_rounds_before_rest = 64;
constexpr long shortest_rest_ns = 50'000, longest_rest_ns = 200'000, watched_rest_ns = 1'000'000;

unsigned lcore_of(std::size_t worker) { return unsigned(worker + 1); }

void rest_blindly(long ns) {
  const timespec pause{0, ns};
  nanosleep(&pause, nullptr);
}

}  // namespace

// Lane - a worker's thread: what it waits for, and whom it may have to wake. Written before launch, then its thread's
// but for `asleep`.
struct alignas(64) WorkerThreads::Lane {
  Lane(Worker& mine, config::Polling how) : worker(mine), polling(how), wake(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  ~Lane() { close(wake); }
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  void loop();
  void rest();
  void wake_others();
  bool others_have_something() const;

  Worker& worker;
  const config::Polling polling;
  const int wake;               // readable: another worker has something for this one
  std::vector<pollfd> watched;  // `wake` and the ports' receive events
  bool all_ports_tell = true;
  std::vector<Lane*> lanes;                // of all workers
  std::vector<const DeviceQueue*> shared;  // own queues that transmit through worker 0
  long rest_ns = shortest_rest_ns;
  alignas(64) std::atomic<bool> asleep{false};  // a wake-up that this flag misses is made up for by the end of the rest
};

void WorkerThreads::Lane::loop() {
  int empty = 0;
  while (!worker.stopping) {
    if (run_once(worker, tsc_now()) != 0) {
      empty = 0;
      rest_ns = shortest_rest_ns;
      if (polling == config::Polling::adaptive) wake_others();
    } else if (polling == config::Polling::busy || ++empty < empty_rounds_before_rest) {
      rte_pause();
    } else {
      rest();
    }
  }
}

bool WorkerThreads::Lane::others_have_something() const {
  return std::any_of(worker.links.incoming.begin(), worker.links.incoming.end(),
                     [](const SpscRing<HandOff>* ring) { return ring != nullptr && ring->size() != 0; });
}

void WorkerThreads::Lane::rest() {
  const Duration due = deadline_of(worker) - tsc_now();
  if (due <= Duration::zero()) return;
  asleep.store(true);
  if (!others_have_something()) {
    const timespec most{0, std::min<long>(all_ports_tell ? watched_rest_ns : rest_ns, due.count())};
    const int ready = ppoll(watched.data(), watched.size(), &most, nullptr);
    rest_ns = std::min(rest_ns + shortest_rest_ns / 2, longest_rest_ns);
    // An event that stays without ever giving a packet (its device is gone) must not keep the worker spinning.
    const bool broken = ready > 0 && std::any_of(watched.begin(), watched.end(),
                                                 [](const pollfd& each) { return (each.revents & ~POLLIN) != 0; });
    if (broken) rest_blindly(longest_rest_ns);
    std::uint64_t count = 0;
    if (ready > 0 && watched.front().revents != 0 && read(wake, &count, sizeof count) < 0) count = 0;
  }
  asleep.store(false);
}

void WorkerThreads::Lane::wake_others() {
  for (std::size_t other = 0; other < lanes.size(); ++other) {
    if (!lanes[other]->asleep.load()) continue;
    const SpscRing<HandOff>* ring = worker.links.outgoing[other];
    const bool sends_for_us = other == 0 && std::any_of(shared.begin(), shared.end(),
                                                        [](const DeviceQueue* queue) { return queue->frames_wait(); });
    if (!sends_for_us && (ring == nullptr || ring->size() == 0)) continue;
    const std::uint64_t one = 1;
    if (write(lanes[other]->wake, &one, sizeof one) < 0) continue;  // full: it is awake by now
  }
}

WorkerThreads::WorkerThreads(Engine& engine, config::Polling polling) : engine_(engine), polling_(polling) {}

void WorkerThreads::watch(std::span<const std::unique_ptr<DevicePort>> ports) {
  for (std::size_t i = 0; i < engine_.workers(); ++i)
    lanes_.push_back(std::make_unique<Lane>(engine_.worker(i), polling_));
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    Lane& lane = *lanes_[i];
    lane.watched.push_back({lane.wake, POLLIN, 0});
    for (const auto& each : lanes_) lane.lanes.push_back(each.get());
    for (const auto& port : ports) {
      const int event = port->receive_event(i);
      if (event >= 0) lane.watched.push_back({event, POLLIN, 0});
      lane.all_ports_tell = lane.all_ports_tell && event >= 0;
      if (port->queue(i)->transmits_through_another()) lane.shared.push_back(port->queue(i));
    }
  }
}

int WorkerThreads::run(void* lane) noexcept {
  Lane& mine = *static_cast<Lane*>(lane);
  prctl(PR_SET_TIMERSLACK, 1);
  mine.loop();
  mine.worker.snapshots.leave(mine.worker.id);
  mine.worker.observations.leave(mine.worker.id);
  return 0;
}

Result<std::unique_ptr<WorkerThreads>> WorkerThreads::launch(Engine& engine,
                                                             std::span<const std::unique_ptr<DevicePort>> ports,
                                                             config::Polling polling) {
  std::unique_ptr<WorkerThreads> threads(new WorkerThreads(engine, polling));
  threads->watch(ports);
  threads->running_ = true;
  for (std::size_t i = 0; i < engine.workers(); ++i)
    if (rte_eal_remote_launch(run, threads->lanes_[i].get(), lcore_of(i)) != 0)
      return fail("node.worker_cores", "worker " + std::to_string(i) + " could not be started on its core",
                  "check that the core is allowed to this process");
  return threads;
}

bool WorkerThreads::stop(Duration patience) {
  if (!running_) return true;
  engine_.send_all(Stop{});
  const Instant deadline = tsc_now() + patience;
  auto runs = [](std::size_t worker) { return rte_eal_get_lcore_state(lcore_of(worker)) == RUNNING; };
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    for (; runs(i); rest_blindly(shortest_rest_ns)) {
      if (tsc_now() > deadline) return false;
      engine_.maintain();  // a Stop that did not fit into the ring
    }
    rte_eal_wait_lcore(lcore_of(i));
  }
  running_ = false;
  return true;
}

WorkerThreads::~WorkerThreads() { ensure(stop()); }

}  // namespace poise::datapath::dpdk
