#include "datapath/engine.hpp"

#include <algorithm>
#include <deque>

#include "datapath/worker_commands.hpp"

namespace poise::datapath {
namespace {

constexpr std::size_t commands_waiting_max =
    65536;  // per worker, besides the ring: a worker that takes none is ended by the watchdog

}  // namespace

struct Engine::Impl {
  explicit Impl(Parts& parts)
      : hash_key(parts.hash_key), ports(parts.ports), steering(std::make_shared<Steering>(parts.workers.size())) {}

  struct Rings {
    SpscRing<Punt> punts{limits::punt_ring};
    SpscRing<Inject> injects{limits::punt_ring};
    SpscRing<Reply> replies{limits::ring};
    SpscRing<Command> commands{limits::ring};
    std::deque<Command> waiting;  // commands that did not fit yet
  };

  // Whether any worker's flow names this real. Exact for removed reals, which get no new flows: `closed` is read first,
  // so that a flow that ends meanwhile still counts.
  bool has_flows(RealIndex real) const {
    std::uint64_t created = 0, closed = 0;
    for (const auto& worker : workers) {
      closed += worker->counters.reals[real.value].flows_closed.read();
      created += worker->counters.reals[real.value].flows_created.read();
    }
    return created != closed;
  }
  void make_workers(Parts& parts);
  std::unique_ptr<const Tables> compiled() {
    return compile(config, ports, steering, hash_key, rows, servers, &tables->current(), revision);
  }

  HashKey hash_key;
  std::vector<PortFacts> ports;
  std::shared_ptr<const Steering> steering;
  ServerStates servers;
  Holds holds;
  RowRegistry rows;
  config::Config config;
  std::uint64_t revision = 0;
  std::unique_ptr<Snapshots<Tables>> tables;
  std::unique_ptr<Snapshots<Observation>> observations;
  std::vector<std::unique_ptr<Rings>> rings;
  std::vector<std::unique_ptr<SpscRing<HandOff>>> hand_offs;  // [from * workers + to]
  std::vector<std::unique_ptr<Worker>> workers;
};

void Engine::Impl::make_workers(Parts& parts) {
  const std::size_t count = parts.workers.size();
  for (std::size_t i = 0; i < count * count; ++i)
    hand_offs.push_back(i / count == i % count ? nullptr : std::make_unique<SpscRing<HandOff>>(limits::ring));
  for (std::size_t i = 0; i < count; ++i) {
    rings.push_back(std::make_unique<Rings>());
    Worker::Parts worker;
    worker.id = WorkerId{std::uint16_t(i)};
    worker.flows = parts.workers[i].flows;
    worker.hash_key = hash_key;
    worker.pool = parts.workers[i].pool;
    worker.ports = parts.workers[i].ports;
    worker.links = {&rings[i]->punts, &rings[i]->replies, &rings[i]->injects, &rings[i]->commands, {}, {}};
    for (std::size_t other = 0; other < count; ++other) {
      worker.links.outgoing.push_back(hand_offs[i * count + other].get());
      worker.links.incoming.push_back(hand_offs[other * count + i].get());
    }
    worker.snapshots = tables.get();
    worker.observations = observations.get();
    worker.servers = &servers;
    worker.holds = &holds;
    worker.seed = parts.seed + i * 0x9e3779b97f4a7c15ull;
    workers.push_back(std::make_unique<Worker>(std::move(worker)));
  }
}

Engine::Engine(Parts parts, const config::Config& first) : impl_(std::make_unique<Impl>(parts)) {
  Impl& impl = *impl_;
  ensure(!parts.workers.empty() && parts.workers.size() <= limits::workers);
  impl.config = first;
  impl.tables = std::make_unique<Snapshots<Tables>>(
      parts.workers.size(),
      compile(first, impl.ports, impl.steering, impl.hash_key, impl.rows, impl.servers, nullptr, 0));
  impl.observations = std::make_unique<Snapshots<Observation>>(parts.workers.size(), nullptr);
  impl.make_workers(parts);
}

Engine::~Engine() {
  for (const auto& worker : impl_->workers) give_back_frames(*worker);
}

void Engine::apply(const config::Config& config, std::uint64_t revision) { publish(prepare(config, revision)); }

std::unique_ptr<const Tables> Engine::prepare(const config::Config& config, std::uint64_t revision) {
  Impl& impl = *impl_;
  impl.config = config;
  impl.revision = revision;
  return impl.compiled();
}

void Engine::publish(std::unique_ptr<const Tables> tables) { impl_->tables->publish(std::move(tables)); }

bool Engine::settled() const { return impl_->tables->settled(); }
const Tables& Engine::tables() const { return impl_->tables->current(); }
ServerStates& Engine::servers() { return impl_->servers; }
Holds& Engine::holds() { return impl_->holds; }
ServerIndex Engine::server_index(const std::string& pool, const std::string& server) const {
  return impl_->rows.find_server(pool, server);
}
std::size_t Engine::workers() const { return impl_->workers.size(); }
Worker& Engine::worker(std::size_t index) { return *impl_->workers[index]; }
const WorkerCounters& Engine::counters(std::size_t index) const { return impl_->workers[index]->counters; }

std::size_t Engine::poll_punts(const std::function<void(WorkerId, const Punt&)>& handler, std::size_t most) {
  std::size_t handled = 0;
  for (std::size_t i = 0; i < impl_->workers.size(); ++i) {
    SpscRing<Punt>& ring = impl_->rings[i]->punts;
    for (std::size_t taken = 0; taken < most; ++taken, ++handled) {
      const Punt* punt = ring.front();
      if (punt == nullptr) break;
      handler(WorkerId{std::uint16_t(i)}, *punt);
      ring.release();
    }
  }
  return handled;
}

std::size_t Engine::poll_replies(const std::function<void(WorkerId, const Reply&)>& handler, std::size_t most) {
  std::size_t handled = 0;
  for (std::size_t i = 0; i < impl_->workers.size(); ++i) {
    SpscRing<Reply>& ring = impl_->rings[i]->replies;
    for (std::size_t taken = 0; taken < most; ++taken, ++handled) {
      const Reply* reply = ring.front();
      if (reply == nullptr) break;
      handler(WorkerId{std::uint16_t(i)}, *reply);
      ring.release();
    }
  }
  return handled;
}

bool Engine::inject(PortIndex port, std::span<const std::uint8_t> frame) {
  if (frame.size() > limits::punt_bytes) return false;
  // The first worker that has the port sends it.
  for (std::size_t i = 0; i < impl_->workers.size(); ++i) {
    if (impl_->workers[i]->ports[port.value] == nullptr) continue;
    Inject* item = impl_->rings[i]->injects.slot();
    if (item == nullptr) return false;
    item->port = port;
    item->length = std::uint16_t(frame.size());
    std::copy(frame.begin(), frame.end(), item->bytes.begin());
    impl_->rings[i]->injects.commit();
    return true;
  }
  return false;
}

bool Engine::send(WorkerId worker, const Command& command) {
  Impl::Rings& rings = *impl_->rings[worker.value];
  return rings.waiting.empty() && rings.commands.push(command);
}

void Engine::send_all(const Command& command) {
  for (std::size_t i = 0; i < impl_->workers.size(); ++i) {
    if (send(WorkerId{std::uint16_t(i)}, command)) continue;
    std::deque<Command>& waiting = impl_->rings[i]->waiting;
    if (waiting.size() < commands_waiting_max) waiting.push_back(command);
  }
}

void Engine::observe(std::shared_ptr<const Observation> observation) {
  impl_->observations->publish(observation == nullptr ? nullptr : std::make_unique<const Observation>(*observation));
}

void Engine::maintain() {
  retry_commands();
  if (auto tables = tidy()) publish(std::move(tables));
}

void Engine::retry_commands() {
  Impl& impl = *impl_;
  for (auto& rings : impl.rings)
    while (!rings->waiting.empty() && rings->commands.push(rings->waiting.front())) rings->waiting.pop_front();
  impl.observations->reclaim();
}

bool Engine::is_tidy() const { return !impl_->tables->has_retired() && !impl_->rows.has_removed(); }

std::unique_ptr<const Tables> Engine::tidy() {
  Impl& impl = *impl_;
  if (impl.tables->reclaim() != 0 || !impl.tables->settled()) return nullptr;
  if (!impl.rows.recycle(impl.servers, [&](RealIndex real) { return impl.has_flows(real); })) return nullptr;
  return impl.compiled();
}

}  // namespace poise::datapath
