#include "tests/sim/vrrp_sim.hpp"

#include <algorithm>
#include <iostream>

namespace poise::sim {

using vrrp::Routers;

VrrpSim::VrrpSim(const Settings& settings, std::uint64_t seed)
    : settings_(settings),
      random_(seed),
      nodes_(settings.nodes),
      cut_(settings.nodes * settings.nodes),
      overlapping_(settings.routers) {
  std::uniform_real_distribution<double> rate(1 - settings.clock_error, 1 + settings.clock_error);
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    nodes_[node].rate = rate(random_);
    restart(node);
  }
}

Instant VrrpSim::clock(std::size_t node) const {
  return Instant(std::chrono::hours(1)) + Duration(std::int64_t(double(now_.count()) * nodes_[node].rate));
}

Duration VrrpSim::longest_down_interval() const {
  const std::uint8_t lowest = priority(settings_.nodes - 1);
  const Duration exact = 3 * settings_.interval + vrrp::skew_time(settings_.version, lowest, settings_.interval);
  return exact + exact / 20;
}

void VrrpSim::schedule(Duration at, std::function<void()> happen) {
  events_.push({std::max(at, now_), ++order_, std::move(happen)});
}

std::vector<vrrp::RouterSettings> VrrpSim::configuration(std::size_t node) const {
  std::vector<vrrp::RouterSettings> made;
  for (std::size_t router = 0; router < settings_.routers; ++router) {
    vrrp::RouterSettings settings;
    settings.name = "router" + std::to_string(router);
    settings.interface = InterfaceIndex{std::uint16_t(router)};
    settings.vrid = vrrp::VirtualRouterId{std::uint8_t(router + 1)};
    settings.machine.version = settings_.version;
    settings.machine.interval = settings_.interval;
    settings.machine.priority = priority(node);
    settings.machine.preempt = settings_.preempt;
    settings.machine.grouped = settings_.grouped;
    settings.machine.address = IpAddr::v4(0xc0000201 + std::uint32_t(node));
    settings.addresses = {IpAddr::v4(0xc0000264)};
    if (settings_.v6) {
      settings.machine.address = *parse_ip("fe80::1");
      settings.machine.address.octets[15] = std::uint8_t(node + 1);
      settings.addresses = {*parse_ip("fe80::100")};
    }
    if (settings_.grouped) settings.group = "all";
    made.push_back(settings);
  }
  return made;
}

void VrrpSim::restart(std::size_t node) {
  crash(node);
  Node& fresh = nodes_[node];
  fresh.control = std::make_unique<Routers>();
  carry_out(node, fresh.control->configure(clock(node), configuration(node)));
  schedule(now_, [this, node, life = fresh.life] { tick(node, life); });
}

void VrrpSim::crash(std::size_t node) {
  Node& gone = nodes_[node];
  gone.control.reset();
  gone.held.assign(settings_.routers, false);
  gone.until.assign(settings_.routers, Instant::min());
  gone.waiting.clear();
  gone.hangs = gone.stopping = false;
  ++gone.life;
}

void VrrpSim::hang(std::size_t node) { nodes_[node].hangs = nodes_[node].control != nullptr; }

void VrrpSim::wake(std::size_t node) {
  Node& sleeper = nodes_[node];
  if (!std::exchange(sleeper.hangs, false)) return;
  const std::vector<Packet> waiting = std::exchange(sleeper.waiting, {});
  for (const Packet& packet : waiting) receive(node, packet);  // before any timer fires
  tick(node, ++sleeper.life);
}

void VrrpSim::stop(std::size_t node) {
  if (!runs(node)) return;
  nodes_[node].stopping = true;
  carry_out(node, nodes_[node].control->stop(clock(node)));
}

void VrrpSim::heal() {
  loss = duplication = 0;
  std::fill(cut_.begin(), cut_.end(), false);
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    wake(node);
    if (nodes_[node].control == nullptr || nodes_[node].stopping) restart(node);
  }
}

// As the daemon's loop: what is due, then the deadlines of what is held.
void VrrpSim::tick(std::size_t node, std::uint64_t life) {
  Node& self = nodes_[node];
  if (self.life != life || self.control == nullptr || self.hangs) return;
  carry_out(node, self.control->on_deadline(clock(node)));
  extend(node);
  const Instant due = self.control->deadline();
  const Duration at_most = settings_.interval / 16;
  const Duration until_due =
      due == never ? at_most : Duration(std::int64_t(double((due - clock(node)).count()) / self.rate) + 1);
  schedule(now_ + std::clamp(until_due, Duration(1), at_most), [this, node, life] { tick(node, life); });
}

void VrrpSim::extend(std::size_t node) {
  Node& self = nodes_[node];
  for (std::size_t router = 0; router < settings_.routers; ++router)
    self.until[router] = self.control->instance(router).hold_until(clock(node));
}

void VrrpSim::tell(std::size_t node, std::size_t router, const vrrp::Action& action) const {
  std::ostream& out = std::cerr << now_ / std::chrono::microseconds(1) << " us node " << node << " router " << router
                                << ": ";
  if (std::holds_alternative<vrrp::Hold>(action)) out << "hold\n";
  if (std::holds_alternative<vrrp::Release>(action)) out << "release\n";
  if (std::holds_alternative<vrrp::Announce>(action)) out << "announce\n";
  if (const auto* advert = std::get_if<vrrp::SendAdvert>(&action)) out << "advert " << int(advert->priority) << '\n';
  if (const auto* changed = std::get_if<vrrp::Changed>(&action))
    out << name_of(changed->from) << " > " << name_of(changed->to) << ", " << name_of(changed->reason) << '\n';
}

void VrrpSim::carry_out(std::size_t node, const Routers::Outputs& outputs) {
  Node& self = nodes_[node];
  for (const auto& [router, action] : outputs) {
    if (trace) tell(node, router, action);
    if (std::holds_alternative<vrrp::Hold>(action)) self.held[router] = true;
    if (std::holds_alternative<vrrp::Release>(action)) self.held[router] = false;
    if (const auto* advert = std::get_if<vrrp::SendAdvert>(&action))
      for (const vrrp::Bytes& packet : self.control->packets(clock(node), router, advert->priority))
        send(node, router, packet);
  }
  extend(node);
  if (!settings_.grouped) return;
  std::size_t firm = 0;
  for (std::size_t router = 0; router < settings_.routers; ++router) {
    const vrrp::Instance& instance = self.control->instance(router);
    firm += instance.state() == vrrp::State::master && !instance.is_leaving() ? 1 : 0;
  }
  split_ = split_ || (firm != 0 && firm != settings_.routers);
}

void VrrpSim::send(std::size_t node, std::size_t router, const vrrp::Bytes& bytes) {
  std::uniform_real_distribution<double> chance(0, 1);
  std::uniform_int_distribution<std::int64_t> delay(10'000, settings_.delay_max.count());
  for (std::size_t to = 0; to < nodes_.size(); ++to) {
    if (to == node || cut_[node * settings_.nodes + to]) continue;
    for (int copies = chance(random_) < duplication ? 2 : 1; copies > 0; --copies) {
      if (chance(random_) < loss) continue;
      schedule(now_ + Duration(delay(random_)), [this, to, packet = Packet{router, bytes}] { receive(to, packet); });
    }
  }
}

void VrrpSim::receive(std::size_t node, const Packet& packet) {
  Node& self = nodes_[node];
  if (self.control == nullptr) return;
  if (self.hangs) return self.waiting.push_back(packet);
  const auto interface = InterfaceIndex{std::uint16_t(packet.router)};
  carry_out(node, self.control->on_packet(clock(node), interface, packet.bytes).outputs);
}

std::vector<std::size_t> VrrpSim::masters(std::size_t router) const {
  std::vector<std::size_t> found;
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    if (!runs(node)) continue;
    const vrrp::Instance& instance = nodes_[node].control->instance(router);
    if (instance.state() == vrrp::State::master && !instance.is_leaving()) found.push_back(node);
  }
  return found;
}

bool VrrpSim::holds(std::size_t node, std::size_t router) const {
  return nodes_[node].held[router] && clock(node) < nodes_[node].until[router];
}

std::size_t VrrpSim::holders(std::size_t router) const {
  std::size_t count = 0;
  for (std::size_t node = 0; node < nodes_.size(); ++node) count += holds(node, router) ? 1 : 0;
  return count;
}

// Between two events nothing changes but that deadlines pass; a look at the start of the time between is on the safe
// side.
void VrrpSim::watch(Duration until) {
  for (std::size_t router = 0; router < settings_.routers; ++router) {
    if (holders(router) < 2) {
      overlapping_[router] = Duration::zero();
      continue;
    }
    overlapping_[router] += until - now_;
    overlap_ = std::max(overlap_, overlapping_[router]);
  }
}

void VrrpSim::run_for(Duration time) {
  const Duration end = now_ + time;
  while (!events_.empty() && events_.top().at <= end) {
    const Event event = events_.top();
    events_.pop();
    watch(event.at);
    now_ = event.at;
    event.happen();
  }
  watch(end);
  now_ = end;
}

}  // namespace poise::sim
