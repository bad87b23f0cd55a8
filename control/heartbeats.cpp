#include "control/heartbeats.hpp"

#include <algorithm>

#include "control/ethernet_frame.hpp"
#include "datapath/wire/ethernet.hpp"

namespace poise::control {
namespace {

namespace wire = datapath::wire;

constexpr std::uint16_t source_port = 49152;  // RFC 5881 4: from here on

std::optional<IpAddr> source_of(const config::VrrpHeartbeat& from, const datapath::Interface& interface) {
  if (from.source) return from.source;
  if (from.peer.is_v6()) return interface.link_local;
  for (const IpPrefix& own : interface.addresses)
    if (own.address.is_v4()) return own.address;
  return std::nullopt;
}

}  // namespace

void Heartbeats::apply(Instant now, const config::Config& config) {
  const datapath::Tables& tables = engine_.tables();
  links_ = links_of(tables);
  std::vector<Row> old = std::exchange(rows_, {});
  for (const auto& [name, from] : config.vrrp.heartbeats) {
    const auto interface = std::find_if(tables.interfaces.begin(), tables.interfaces.end(),
                                        [&](const datapath::Interface& each) { return each.name == from.interface; });
    if (interface == tables.interfaces.end()) continue;
    const auto source = source_of(from, *interface);
    if (!source) continue;
    const auto known = std::find_if(old.begin(), old.end(), [&](const Row& row) {
      return row.name == name && row.settings == from && row.source == *source;
    });
    if (known != old.end()) {
      rows_.push_back(*known);
      old.erase(known);
      continue;
    }
    const std::uint32_t discriminator = next_discriminator_++;
    const vrrp::BfdSession::Settings settings{discriminator, std::chrono::milliseconds(from.interval_ms),
                                              from.multiplier, discriminator};
    rows_.push_back({name, from, InterfaceIndex{std::uint16_t(interface - tables.interfaces.begin())}, *source,
                     vrrp::BfdSession(settings), now, 0, 0, 0});
    rows_.back().session.start(now);
  }
  for (Row& gone : old) carry_out(now, gone, gone.session.stop(now));
}

void Heartbeats::on_packet(Instant now, InterfaceIndex interface, std::span<const std::uint8_t> frame) {
  const auto received = vrrp::read_bfd_packet(packet_of(frame));
  if (!received) return;
  for (Row& row : rows_) {
    if (row.interface != interface || row.settings.peer != received->envelope.source) continue;
    ++row.received;
    carry_out(now, row, row.session.on_packet(now, received->packet));
  }
}

void Heartbeats::on_deadline(Instant now) {
  for (Row& row : rows_)
    if (now >= row.session.deadline()) carry_out(now, row, row.session.on_deadline(now));
}

Instant Heartbeats::deadline() const {
  Instant next = never;
  for (const Row& row : rows_) next = std::min(next, row.session.deadline());
  return next;
}

void Heartbeats::stop(Instant now) {
  for (Row& row : rows_)
    if (row.session.state() != vrrp::BfdState::admin_down) carry_out(now, row, row.session.stop(now));
}

std::optional<Instant> Heartbeats::peers_patience(InterfaceIndex interface) const {
  std::optional<Instant> least;
  for (const Row& row : rows_) {
    const auto patience = row.session.peer_patience();
    if (row.interface == interface && patience && (!least || *patience < *least)) least = patience;
  }
  return least;
}

bool Heartbeats::lives(const IpAddr& address) const {
  return std::any_of(rows_.begin(), rows_.end(), [&](const Row& row) {
    const std::vector<IpAddr>& others = row.settings.advert_sources;
    return row.session.state() == vrrp::BfdState::up &&
           (row.settings.peer == address || std::find(others.begin(), others.end(), address) != others.end());
  });
}

void Heartbeats::carry_out(Instant now, Row& row, const vrrp::BfdSession::Outcome& outcome) {
  if (outcome.send) send(row, *outcome.send);
  if (outcome.went_up || outcome.went_down) {
    row.changed_at = now;
    hooks_.changed(row.name, outcome.went_up);
  }
  if (!outcome.silent) return;
  ++row.lost;
  hooks_.silent(row.interface, row.settings.peer, std::chrono::milliseconds(row.settings.interval_ms));
}

void Heartbeats::send(Row& row, const vrrp::BfdPacket& packet) {
  const auto mac = hooks_.mac_of(row.interface, row.settings.peer);
  if (!mac) return;
  const Link& link = links_[row.interface.value];
  const vrrp::Bytes bytes = vrrp::make_bfd_packet(packet, {row.source, row.settings.peer}, source_port);
  if (engine_.inject(link.port, ethernet_frame(*mac, link.mac, link.vlan, bytes))) ++row.sent;
}

}  // namespace poise::control
