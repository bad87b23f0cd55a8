#include "control/virtual_routers.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "config/types/limits.hpp"
#include "control/ethernet_frame.hpp"
#include "datapath/wire/ethernet.hpp"
#include "vrrp/packet.hpp"

namespace poise::control {
namespace {

namespace wire = datapath::wire;

constexpr std::size_t history_max = 64;
constexpr std::size_t announcements_max = 65536;                       // what is more comes again by itself
constexpr std::size_t announcements_per_tick = limits::punt_ring / 2;  // the other half of the ring is for adverts

}  // namespace

void VirtualRouters::find_holds() {
  const datapath::Tables& tables = engine_.tables();
  rows_.resize(routers_.rows());
  const auto& all = tables.virtual_routers;
  std::unordered_map<std::string_view, std::size_t> by_name;
  for (std::size_t hold = 0; hold < all.size(); ++hold) by_name.emplace(all[hold].name, hold);
  for (std::size_t router = 0; router < rows_.size(); ++router) {
    Row& row = rows_[router];
    const bool was_gone = std::exchange(row.gone, routers_.is_gone(router));
    if (was_gone && !row.gone) row = Row{};  // another one's from now on
    const auto found = routers_.is_gone(router) ? by_name.end() : by_name.find(routers_.settings(router).name);
    const HoldIndex before = row.hold;
    row.hold = found == by_name.end() ? datapath::Holds::none : HoldIndex{std::uint16_t(found->second)};
    // Its row may become another router's, which holds nothing yet.
    if (before != datapath::Holds::none && row.hold == datapath::Holds::none)
      engine_.holds()[before].set(Instant::min(), Instant::min());
    if (found != by_name.end()) row.mac = all[found->second].mac;
  }
}

void VirtualRouters::apply(Instant now, const config::Config& config) {
  const datapath::Tables& tables = engine_.tables();
  announcements_.clear();  // of rows that may be others' from now on; they come again
  links_ = links_of(tables);
  links_down_.resize(tables.ports.size());
  const vrrp::Routers::Outputs outputs = routers_.configure(now, routers_of(config, tables));
  find_holds();
  carry_out(now, outputs);
  for (std::size_t router = 0; router < rows_.size(); ++router)
    rows_[router].tracks = hooks_.tracks(routers_.settings(router).name);
  refresh(now);
  for (std::size_t router = 0; router < routers_.rows(); ++router)  // groups may have other members
    if (!routers_.is_gone(router)) carry_out(now, routers_.set_fault(now, router, routers_.has_fault(router)));
}

void VirtualRouters::refresh(Instant now) {
  for (std::size_t router = 0; router < routers_.rows(); ++router) refresh(now, router);
}

void VirtualRouters::refresh_trackers(Instant now) {
  for (std::size_t router = 0; router < rows_.size(); ++router)
    if (rows_[router].tracks) refresh(now, router);
}

// Its own link is always tracked, without a weight.
void VirtualRouters::refresh(Instant now, std::size_t router) {
  if (routers_.is_gone(router)) return;
  const vrrp::RouterSettings& settings = routers_.settings(router);
  const vrrp::Effect effect = hooks_.effect(settings.name, settings.machine.priority);
  const PortIndex port = engine_.tables().interfaces[settings.interface.value].port;
  if (effect.priority != routers_.instance(router).priority())
    carry_out(now, routers_.set_priority(now, router, effect.priority));
  const bool fault = effect.fault || links_down_[port.value];
  if (fault != routers_.has_fault(router)) carry_out(now, routers_.set_fault(now, router, fault));
}

void VirtualRouters::on_link(Instant now, PortIndex port, bool up) {
  if (links_down_.size() <= port.value) links_down_.resize(port.value + 1u);
  links_down_[port.value] = !up;
  refresh(now);
}

void VirtualRouters::look_for_split_brains(Instant now) {
  for (std::size_t router = 0; router < rows_.size(); ++router) {
    Row& row = rows_[router];
    const vrrp::Instance& instance = routers_.instance(router);
    const Duration interval = instance.settings().interval;
    std::string found;
    IpAddr other;
    if (const auto rival = instance.rival();
        rival && rival->last - rival->first >= 2 * interval && now - rival->last <= 3 * interval) {
      found = "heard";
      other = rival->address;
    } else if (row.held && row.replaced && now - row.entered >= 3 * interval && hooks_.lives(*row.replaced)) {
      found = "suspected";
      other = *row.replaced;
    }
    if (found == row.split_brain) continue;
    row.split_brains += row.split_brain.empty() ? 1 : 0;
    row.split_brain = found;
    hooks_.split(routers_.settings(router), found, other);
  }
}

void VirtualRouters::on_packet(Instant now, InterfaceIndex interface, std::span<const std::uint8_t> frame) {
  const std::span<const std::uint8_t> packet = packet_of(frame);
  if (packet.empty()) return;
  const wire::EthernetHeader& ethernet = wire::at<wire::EthernetHeader>(frame.data());
  const bool v6 = packet[0] >> 4 == 6;
  const bool right_mac =
      !ethernet.destination.is_multicast() || ethernet.destination == wire::multicast_mac(vrrp::group_of(v6));
  const vrrp::Routers::Reception reception = routers_.on_packet(now, interface, packet, right_mac);
  if (reception.router && !routers_.is_gone(*reception.router)) {
    FlightRecorder::Fate fate{FlightRecorder::Verdict::accepted};
    if (reception.refused) fate = {FlightRecorder::Verdict::refused, *reception.refused};
    rows_[*reception.router].packets.record(now, fate, frame);
  }
  carry_out(now, reception.outputs);
}

void VirtualRouters::on_peer_silent(Instant now, InterfaceIndex interface, const IpAddr& peer, Duration interval) {
  carry_out(now, routers_.on_peer_silent(now, interface, peer, interval));
}

void VirtualRouters::on_deadline(Instant now) {
  announcements_allowed_ = announcements_per_tick;
  send_announcements();
  if (now >= routers_.deadline()) carry_out(now, routers_.on_deadline(now));
  for (std::size_t router = 0; router < rows_.size(); ++router)
    if (rows_[router].held) extend(now, router);
}

bool VirtualRouters::switch_over(Instant now, const std::string& instance) {
  for (std::size_t router = 0; router < routers_.rows(); ++router) {
    if (routers_.settings(router).name != instance || routers_.is_gone(router)) continue;
    const vrrp::Routers::Outputs outputs = routers_.switch_over(now, router);
    carry_out(now, outputs);
    return !outputs.empty();
  }
  return false;
}

void VirtualRouters::extend(Instant now, std::size_t router) {
  const Row& row = rows_[router];
  if (row.hold == datapath::Holds::none) return;
  Instant until = routers_.instance(router).hold_until(now);
  if (const auto patience = hooks_.peers_patience(routers_.settings(router).interface))
    until = std::min(until, *patience);
  engine_.holds()[row.hold].set(until, until);
}

void VirtualRouters::carry_out(Instant now, const vrrp::Routers::Outputs& outputs) {
  for (const auto& [router, action] : outputs) {
    if (rows_.size() <= router) find_holds();
    Row& row = rows_[router];
    if (std::holds_alternative<vrrp::Hold>(action)) {
      row.held = true;
      extend(now, router);
    } else if (const auto* release = std::get_if<vrrp::Release>(&action)) {
      row.held = false;
      if (row.hold != datapath::Holds::none) engine_.holds()[row.hold].set(Instant::min(), now + release->linger);
    } else if (const auto* advert = std::get_if<vrrp::SendAdvert>(&action)) {
      send(now, router, advert->priority);
    } else if (std::holds_alternative<vrrp::Announce>(action)) {
      announce(router);
    } else if (const auto* changed = std::get_if<vrrp::Changed>(&action)) {
      row.entered = now;
      const bool silent = changed->reason == vrrp::Reason::master_not_responding ||
                          changed->reason == vrrp::Reason::peer_silent || changed->reason == vrrp::Reason::group;
      const auto& before = routers_.instance(router).heard_master();
      row.replaced.reset();
      if (changed->to == vrrp::State::master && silent && before) row.replaced = before->address;
      row.history.push_back({now, *changed});
      if (row.history.size() > history_max) row.history.pop_front();
      hooks_.changed(routers_.settings(router), *changed);
    }
  }
  send_announcements();
}

void VirtualRouters::send(Instant now, std::size_t router, std::uint8_t priority) {
  for (const vrrp::Bytes& packet : routers_.packets(now, router, priority)) send_packet(router, packet);
}

void VirtualRouters::send_packet(std::size_t router, const vrrp::Bytes& packet) {
  const vrrp::RouterSettings& settings = routers_.settings(router);
  if (settings.peers.empty()) {
    const Link& link = links_[settings.interface.value];
    const MacAddr group = wire::multicast_mac(vrrp::group_of(settings.v6()));
    return inject(router, link.port, ethernet_frame(group, rows_[router].mac, link.vlan, packet));
  }
  const auto received = vrrp::read_packet(packet);
  ensure(received.has_value());
  const auto hop = hooks_.next_hop(received->envelope.destination);
  if (!hop) return;
  const Link& link = links_[hop->interface.value];
  inject(router, link.port, ethernet_frame(hop->mac, link.mac, link.vlan, packet));
}

void VirtualRouters::inject(std::size_t router, PortIndex port, const FrameBytes& frame) {
  const bool is_sent = engine_.inject(port, frame);
  if (routers_.is_gone(router)) return;
  const FlightRecorder::Fate fate{is_sent ? FlightRecorder::Verdict::sent : FlightRecorder::Verdict::not_sent};
  rows_[router].packets.record(hooks_.now(), fate, frame);
}

void VirtualRouters::announce(std::size_t router) {
  for (const IpAddr& address : routers_.settings(router).addresses)
    if (announcements_.size() < announcements_max) announcements_.push_back({router, address});
}

// Only a master announces: looked at when the frame is made, not when it was decided.
void VirtualRouters::send_announcements() {
  for (; !announcements_.empty() && announcements_allowed_ != 0; announcements_.pop_front()) {
    const auto& [router, address] = announcements_.front();
    if (!rows_[router].held) continue;
    Link link = links_[routers_.settings(router).interface.value];
    link.mac = rows_[router].mac;
    inject(router, link.port, make_announcement(link, address));
    --announcements_allowed_;
  }
}

}  // namespace poise::control
