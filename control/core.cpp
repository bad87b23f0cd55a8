#include "control/core.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/ethernet_frame.hpp"
#include "control/host_paths.hpp"
#include "control/log.hpp"

namespace poise::control {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto watch_period = 100ms;

}  // namespace

Core::Core(Machine& machine, Startup startup, Instant now)
    : machine_(machine),
      version_(std::move(startup.version)),
      damaged_(std::move(startup.damaged)),
      clock_(std::move(startup.clock)),
      since_1970_(std::move(startup.since_1970)),
      started_(now),
      now_(now),
      last_tick_(now),
      shown_now_(now),
      transactions_(startup.config, startup.revision, std::move(startup.storage),
                    [this](const config::Config& config, std::uint64_t revision, const std::function<void()>& take) {
                      make_run(config, revision, take);
                    }),
      neighbors_(startup.config.neighbors),
      heartbeats_(machine.engine(), heartbeat_hooks()),
      group_memberships_([this](PortIndex port, const FrameBytes& frame) { machine_.engine().inject(port, frame); }),
      runner_(startup.runner),
      proxies_(startup.proxies),
      checks_(check_hooks()),
      notifier_(notifier_hooks()),
      probe_connections_(connection_hooks(), now),
      prober_(prober_hooks()),
      health_(health_hooks()),
      virtual_routers_(machine.engine(), vrrp_hooks()),
      host_paths_(std::make_unique<HostPaths>(machine.engine())),
      links_(machine.engine().tables().ports.size()) {
  prober_.set_connector([this](const health::ConnectionTarget& target, health::ConnectionEvents events) {
    return probe_connections_.connect(target, std::move(events));
  });
  take_on_proxies();
  virtual_routers_.set_wall_clock(now, since_1970_());
  progress_.resize(machine.engine().workers());
  for (Progress& progress : progress_) progress.seen = now;
  for (std::uint16_t port = 0; port < links_.size(); ++port)
    virtual_routers_.on_link(now, PortIndex{port}, machine.link_up(PortIndex{port}));
  make_run(startup.config, startup.revision, [] {});
}

Core::~Core() {
  if (proxies_ == nullptr) return;
  proxies_->set_connector(nullptr);  // its connections are ours
  proxies_->set_listener([](const auto&) {});
}

std::size_t Core::tick(Instant now) {
  last_tick_ = std::exchange(now_, now);
  shown_now_ = now;
  datapath::Engine& engine = machine_.engine();
  std::size_t handled = engine.poll_punts([this](WorkerId, const datapath::Punt& punt) { on_punt(punt); });
  handled += engine.poll_replies([this](WorkerId worker, const datapath::Reply& reply) { on_reply(worker, reply); });
  handled += host_paths_->poll();
  if (runner_ != nullptr) handled += runner_->poll();
  if (proxies_ != nullptr) handled += proxies_->poll(now);
  heartbeats_.on_deadline(now);  // after what was received: an advert that waits keeps its master alive
  virtual_routers_.on_deadline(now);
  group_memberships_.on_deadline(now);
  checks_.on_deadline(now);
  notifier_.on_deadline(now);
  probe_connections_.on_deadline(now);
  prober_.on_deadline(now);
  health_.on_deadline(now);
  if (now >= neighbors_.deadline()) carry_out(neighbors_.on_deadline(now));
  engine.retry_commands();
  const bool is_watching = now >= next_watch_;
  if (is_watching) {
    next_watch_ = now + watch_period;
    watch_workers();
    watch_links();
    virtual_routers_.refresh_trackers(now);
    virtual_routers_.look_for_split_brains(now);
    if (!is_busy()) watch_drains();
  }
  if (now >= next_second_) {
    next_second_ = now + 1s;
    virtual_routers_.set_wall_clock(now, since_1970_());  // somebody may set it
    if (runner_ != nullptr && !runner_->is_alive() && !std::exchange(runner_is_gone_, true))
      log::error("runner", "the process that runs scripts and notify commands has ended: restart poised");
    if (proxies_ != nullptr && proxies_->has_failed_listeners())
      for (const Error& error : proxies_->retry()) log::debug("proxy", to_string(error));
    every_second();
  }
  if (is_busy()) return handled;
  if (now >= transactions_.deadline()) aside([this] { revert_unconfirmed(); });
  if (is_watching && !engine.is_tidy()) aside([this] { tidy(); });
  return handled;
}

// When the worker had it: timers of the protocols run from there, not from when control looked.
Instant Core::arrival_of(const datapath::Punt& punt) const {
  return std::clamp(Instant(std::chrono::nanoseconds(punt.time_ns)), last_tick_, now_);
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
      return virtual_routers_.on_packet(arrival_of(punt), punt.interface, bytes);
    case datapath::Punt::group_query:
      if (machine_.engine().tables().interfaces[punt.interface.value].host_path) host_paths_->to_host(punt.port, bytes);
      return group_memberships_.on_query(now_, punt.interface, bytes);
    case datapath::Punt::bfd:
      return heartbeats_.on_packet(arrival_of(punt), punt.interface, bytes);
    case datapath::Punt::probe:
      return on_probe_answer(punt, bytes);
    case datapath::Punt::neighbor_miss:
      return carry_out(neighbors_.on_miss(now_, punt.interface, punt.address));
    case datapath::Punt::host:
      return host_paths_->to_host(punt.port, bytes);
    case datapath::Punt::capture:
    case datapath::Punt::trace:
      return on_observed(punt);
  }
}

// What is no answer is the host's, where it has a way here.
void Core::on_probe_answer(const datapath::Punt& punt, std::span<const std::uint8_t> frame) {
  const bool has_host = machine_.engine().tables().interfaces[punt.interface.value].host_path;
  const std::span<const std::uint8_t> packet = packet_of(frame);
  if (prober_.on_packet(now_, packet) || probe_connections_.on_packet(now_, packet, !has_host)) return;
  if (has_host) host_paths_->to_host(punt.port, frame);
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

std::uint64_t Core::connections() const {
  std::uint64_t connections = proxies_ == nullptr ? 0 : proxies_->clients();
  datapath::Engine& engine = machine_.engine();
  for (const auto& [pool_name, pool] : transactions_.running().pools)
    for (const auto& [server_name, server] : pool.servers)
      if (const ServerIndex index = engine.server_index(pool_name, server_name); index.value != ~0u)
        connections += engine.servers()[index].connections.load();
  return connections;
}

}  // namespace poise::control
