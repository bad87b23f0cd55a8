#include "control/core.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/schema.hpp"
#include "control/host_paths.hpp"
#include "control/log.hpp"

namespace poise::control {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto watch_period = 100ms;

std::string describe(const config::Change& change) {
  switch (change.kind) {
    case config::Change::Kind::add:
      return "+ " + change.path + " " + change.after;
    case config::Change::Kind::remove:
      return "- " + change.path;
    case config::Change::Kind::update:
      break;
  }
  return "~ " + change.path + " " + change.before + " -> " + change.after;
}

config::Config without_new_flows(config::Config config) {
  for (auto& [name, service] : config.services) service.enabled = false;
  return config;
}

}  // namespace

Core::Core(Machine& machine, Startup startup, Instant now)
    : machine_(machine),
      version_(std::move(startup.version)),
      damaged_(std::move(startup.damaged)),
      clock_(std::move(startup.clock)),
      since_1970_(std::move(startup.since_1970)),
      started_(now),
      now_(now),
      transactions_(startup.config, startup.revision, std::move(startup.storage),
                    [this](const config::Config& config, std::uint64_t revision) { on_applied(config, revision); }),
      neighbors_(startup.config.neighbors),
      heartbeats_(machine.engine(), heartbeat_hooks()),
      group_memberships_([this](PortIndex port, const FrameBytes& frame) { machine_.engine().inject(port, frame); }),
      runner_(startup.runner),
      checks_(check_hooks()),
      notifier_(notifier_hooks()),
      virtual_routers_(machine.engine(), vrrp_hooks()),
      host_paths_(std::make_unique<HostPaths>(machine.engine())),
      links_(machine.engine().tables().ports.size()) {
  virtual_routers_.set_wall_clock(now, since_1970_());
  progress_.resize(machine.engine().workers());
  for (Progress& progress : progress_) progress.seen = now;
  for (std::uint16_t port = 0; port < links_.size(); ++port)
    virtual_routers_.on_link(now, PortIndex{port}, machine.link_up(PortIndex{port}));
  on_applied(startup.config, startup.revision);
}

Core::~Core() = default;

void Core::on_applied(const config::Config& config, std::uint64_t revision) {
  datapath::Engine& engine = machine_.engine();
  engine.apply(draining_all_ ? without_new_flows(config) : config, revision);
  log::configure(config.logging);
  neighbors_.set_settings(config.neighbors);
  carry_out(neighbors_.set_links(now_, links_of(engine.tables())));
  heartbeats_.apply(now_, config);
  group_memberships_.apply(now_, config.vrrp, engine.tables());
  checks_.apply(now_, config.vrrp);
  notifier_.apply(config);
  accept_virtual_macs();
  virtual_routers_.apply(now_, config);
  for (const Error& error : host_paths_->apply(engine.tables())) log::error("host_path", to_string(error));
  // Drains begin when the configuration says so, and end with it.
  std::map<std::pair<std::string, std::string>, Drain> drains;
  for (const auto& [pool_name, pool] : config.pools)
    for (const auto& [server_name, server] : pool.servers) {
      ServerIndex index = engine.server_index(pool_name, server_name);
      if (index.value == ~0u) continue;
      datapath::ServerState& state = engine.servers()[index];
      if (server.state != config::ServerState::drain) {
        state.reset_flows = false;
        continue;
      }
      const auto key = std::pair(pool_name, server_name);
      const auto known = drains_.find(key);
      Drain drain = known != drains_.end() ? known->second : Drain{now_, never, state.connections.load(), false};
      drain.deadline =
          server.drain_deadline_ms ? drain.since + std::chrono::milliseconds(*server.drain_deadline_ms) : never;
      drains.emplace(key, drain);
    }
  drains_ = std::move(drains);
}

nlohmann::json Core::document() const { return config::to_json_brief(transactions_.running()); }

Transactions::Outcome Core::commit(const json& document, Transactions::Request request) {
  Results<config::Config> config = config::from_json(document);
  if (!config) return tl::unexpected(Transactions::Refusal{Transactions::Refusal::invalid, config.error()});
  request.config = std::move(*config);
  request.time = clock_();
  return announced(request, transactions_.commit(now_, request));
}

Transactions::Outcome Core::rollback(std::optional<std::uint64_t> revision, Transactions::Request request) {
  request.time = clock_();
  return announced(request, transactions_.rollback(now_, revision, request));
}

// What was committed is logged line by line and told as an event.
Transactions::Outcome Core::announced(const Transactions::Request& request, Transactions::Outcome outcome) {
  if (!outcome || request.dry_run || outcome->changes.empty()) return outcome;
  const std::string revision = std::to_string(outcome->revision);
  log::info("commit", "revision " + revision + " is running", {{"author", request.author}});
  for (const config::Change& change : outcome->changes) log::info("commit", describe(change));
  emit("commit", {{"revision", outcome->revision}, {"author", request.author}, {"changes", outcome->changes.size()}});
  return outcome;
}

std::size_t Core::tick(Instant now) {
  now_ = now;
  datapath::Engine& engine = machine_.engine();
  std::size_t handled = engine.poll_punts([this](WorkerId, const datapath::Punt& punt) { on_punt(punt); });
  handled += engine.poll_replies([this](WorkerId worker, const datapath::Reply& reply) { on_reply(worker, reply); });
  handled += host_paths_->poll();
  if (runner_ != nullptr) handled += runner_->poll();
  heartbeats_.on_deadline(now);  // after what was received: an advert that waits keeps its master alive
  virtual_routers_.on_deadline(now);
  group_memberships_.on_deadline(now);
  checks_.on_deadline(now);
  notifier_.on_deadline(now);
  if (now >= neighbors_.deadline()) carry_out(neighbors_.on_deadline(now));
  if (now >= transactions_.deadline()) {
    if (const auto reverted = transactions_.on_deadline(now, clock_())) {
      log::warning("commit", "not confirmed in time: back to what was before",
                   {{"revision", std::to_string(reverted->revision)}});
      emit("commit", {{"revision", reverted->revision}, {"author", "poised"}, {"changes", reverted->changes.size()}});
    }
  }
  engine.maintain();
  if (now >= next_watch_) {
    next_watch_ = now + watch_period;
    watch_workers();
    watch_links();
    virtual_routers_.refresh_trackers(now);
    virtual_routers_.look_for_split_brains(now);
    watch_drains();
  }
  if (now >= next_second_) {
    next_second_ = now + 1s;
    virtual_routers_.set_wall_clock(now, since_1970_());  // somebody may set it
    if (runner_ != nullptr && !runner_->is_alive() && !std::exchange(runner_is_gone_, true))
      log::error("runner", "the process that runs scripts and notify commands has ended: restart poised");
    every_second();
  }
  return handled;
}

void Core::on_punt(const datapath::Punt& punt) {
  const std::span<const std::uint8_t> bytes(punt.bytes.data(), punt.length);
  switch (punt.kind) {
    case datapath::Punt::arp:
      host_paths_->answer_to_host(punt.port, bytes);
      return carry_out(neighbors_.on_arp(now_, punt.interface, bytes));
    case datapath::Punt::nd:
      host_paths_->answer_to_host(punt.port, bytes);
      return carry_out(neighbors_.on_nd(now_, punt.interface, bytes));
    case datapath::Punt::vrrp:
      return virtual_routers_.on_packet(now_, punt.interface, bytes);
    case datapath::Punt::group_query:
      if (machine_.engine().tables().interfaces[punt.interface.value].host_path) host_paths_->to_host(punt.port, bytes);
      return group_memberships_.on_query(now_, punt.interface, bytes);
    case datapath::Punt::bfd:
      return heartbeats_.on_packet(now_, punt.interface, bytes);
    case datapath::Punt::neighbor_miss:
      return carry_out(neighbors_.on_miss(now_, punt.interface, punt.address));
    case datapath::Punt::host:
      return host_paths_->to_host(punt.port, bytes);
    case datapath::Punt::capture:
    case datapath::Punt::trace:
      return on_observed(punt);
  }
}

void Core::carry_out(const NeighborActions& actions) {
  datapath::Engine& engine = machine_.engine();
  for (const NeighborAction& action : actions) {
    if (const auto* frame = std::get_if<SendFrame>(&action)) {
      engine.inject(frame->port, frame->frame);
    } else if (const auto* resolved = std::get_if<datapath::SetNeighbor>(&action)) {
      engine.send_all(*resolved);
    } else if (const auto* erased = std::get_if<datapath::EraseNeighbor>(&action)) {
      engine.send_all(*erased);
    } else if (const auto* question = std::get_if<datapath::AskNeighborUse>(&action)) {
      engine.send_all(*question);
    } else if (const auto* conflict = std::get_if<AddressConflict>(&action)) {
      log::error("address_conflict", to_string(conflict->address) + " is also used by " + to_string(conflict->other));
      emit("address_conflict", {{"address", to_string(conflict->address)}, {"mac", to_string(conflict->other)}});
    }
  }
}

void Core::watch_workers() {
  const datapath::Engine& engine = machine_.engine();
  const auto patience = std::chrono::milliseconds(transactions_.running().node.worker_stall_ms);
  is_lagging_ = false;
  for (std::size_t i = 0; i < progress_.size(); ++i) {
    const std::uint64_t loops = engine.counters(i).loops.read();
    if (loops != progress_[i].loops) progress_[i] = {loops, now_};
    is_lagging_ |= now_ - progress_[i].seen >= 2 * watch_period;
    if (now_ - progress_[i].seen < patience || stalled_worker_ >= 0) continue;
    stalled_worker_ = int(i);
    log::error("worker_stalled",
               "worker " + std::to_string(i) + " makes no progress; poised ends rather than half-working");
    emit("worker", {{"worker", i}, {"state", "stalled"}});
  }
}

void Core::watch_links() {
  const datapath::Tables& tables = machine_.engine().tables();
  for (std::uint16_t port = 0; port < links_.size(); ++port) {
    const bool up = machine_.link_up(PortIndex{port});
    if (up == links_[port]) continue;
    links_[port] = up;
    log::info("link", tables.ports[port].name + (up ? " is up" : " is down"));
    virtual_routers_.on_link(now_, PortIndex{port}, up);
    if (up) group_memberships_.on_link_up(now_, PortIndex{port});
    emit("link", {{"interface", tables.ports[port].name}, {"up", up}});
  }
}

void Core::watch_drains() {
  datapath::Engine& engine = machine_.engine();
  for (auto& [name, drain] : drains_) {
    const ServerIndex index = engine.server_index(name.first, name.second);
    if (index.value == ~0u || drain.over) continue;
    datapath::ServerState& state = engine.servers()[index];
    const std::uint32_t left = state.connections.load();
    const std::string server = name.first + "/" + name.second;
    if (left == 0) {
      drain.over = true;
      log::info("server", server + " is drained");
      emit("server", {{"pool", name.first}, {"server", name.second}, {"state", "drained"}});
    } else if (now_ >= drain.deadline && !state.reset_flows.load()) {
      state.reset_flows = true;
      log::warning("server", server + ": drain deadline passed, connections are reset",
                   {{"connections", std::to_string(left)}});
      emit("server",
           {{"pool", name.first}, {"server", name.second}, {"state", "drain_deadline"}, {"connections", left}});
    }
  }
}

const Core::Drain* Core::drain_of(const std::string& pool, const std::string& server) const {
  const auto found = drains_.find({pool, server});
  return found == drains_.end() ? nullptr : &found->second;
}

void Core::drain_all() {
  draining_all_ = true;  // what is committed meanwhile does not open the services again
  // Not a revision: the stop is not the operator's wish for the next start.
  machine_.engine().apply(without_new_flows(transactions_.running()), transactions_.revision());
}

std::uint64_t Core::connections() const {
  std::uint64_t connections = 0;
  datapath::Engine& engine = machine_.engine();
  for (const auto& [pool_name, pool] : transactions_.running().pools)
    for (const auto& [server_name, server] : pool.servers)
      if (const ServerIndex index = engine.server_index(pool_name, server_name); index.value != ~0u)
        connections += engine.servers()[index].connections.load();
  return connections;
}

}  // namespace poise::control
