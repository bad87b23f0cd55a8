#include "control/neighbors.hpp"

#include <algorithm>

#include "datapath/neighbor_message.hpp"
#include "datapath/wire/arp.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/nd.hpp"

namespace poise::control {
namespace {

using namespace std::chrono_literals;
namespace wire = datapath::wire;

constexpr std::uint8_t unused_rounds_max = 10;
constexpr std::uint8_t announcements = 2;
constexpr Duration announcement_interval = 2s;  // RFC 5227 1.1
constexpr Duration defend_interval = 10s;       // RFC 5227 1.1
constexpr std::size_t announcements_per_call = 64, steps_per_call = 1024, conflicts_max = 1024;
constexpr Duration announcement_gap = 10ms;  // between such groups

// Steps that all workers feel come together, on whole seconds.
Instant rounded_up(Instant at) {
  const auto since = at.time_since_epoch();
  return Instant(std::chrono::ceil<std::chrono::seconds>(since));
}

// The bytes behind the Ethernet header and its tag, if they are of this type.
std::span<const std::uint8_t> payload_of(std::span<const std::uint8_t> frame, std::uint16_t type) {
  if (frame.size() < wire::ethernet_length + wire::vlan_tag_length) return {};
  const bool tagged = wire::at<wire::EthernetHeader>(frame.data()).type.host() == wire::ethertype_vlan;
  const std::size_t start = wire::ethernet_length + (tagged ? wire::vlan_tag_length : 0);
  if (wire::at<wire::Be16>(frame.data() + start - 2).host() != type) return {};
  return frame.subspan(start);
}

bool is_station(const MacAddr& mac) { return !mac.is_multicast() && !mac.is_zero(); }

}  // namespace

Neighbors::Neighbors(const config::NeighborSettings& settings, std::size_t capacity)
    : settings_(settings), capacity_(capacity) {}

const Link* Neighbors::link(InterfaceIndex interface) const {
  return interface.value < links_.size() ? &links_[interface.value] : nullptr;
}

Neighbors::Entry* Neighbors::find(const Key& key) {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : &found->second;
}

bool Neighbors::is_unanswered(const Entry& entry) {
  return std::holds_alternative<Resolving>(entry.state) || std::holds_alternative<Failed>(entry.state);
}

template <class NewState>
void Neighbors::enter(Entry& entry, NewState state) {
  const bool before = is_unanswered(entry);
  entry.state = state;
  const bool after = is_unanswered(entry);
  if (before && !after) --unanswered_;
  if (!before && after) ++unanswered_;
}

// A new entry, resolving; null when there is no room for one of its kind.
Neighbors::Entry* Neighbors::create(const Key& key, bool learned) {
  const bool fits = entries_.size() < capacity_ && (learned ? learned_ < capacity_ / 2 : unanswered_ < capacity_ / 4);
  if (!fits) {
    ++refused_;
    return nullptr;
  }
  Entry& entry = entries_[key];
  entry.learned = learned;
  ++unanswered_;
  if (learned) ++learned_;
  return &entry;
}

void Neighbors::erase(const Key& key, NeighborActions& actions) {
  const auto found = entries_.find(key);
  timers_.erase({found->second.at, key});
  if (is_unanswered(found->second)) --unanswered_;
  if (found->second.learned) --learned_;
  entries_.erase(found);
  actions.push_back(datapath::EraseNeighbor{key.first, key.second});
}

void Neighbors::arm(const Key& key, Entry& entry, Instant at) {
  timers_.erase({entry.at, key});
  entry.at = at;
  timers_.insert({at, key});
}

void Neighbors::ask(const Key& key, const Entry& entry, bool everybody, NeighborActions& actions) const {
  const Link& on = links_[key.first.value];
  actions.push_back(SendFrame{key.first, on.port, make_question(on, key.second, everybody ? nullptr : &entry.mac)});
}

NeighborActions Neighbors::on_miss(Instant now, InterfaceIndex interface, const IpAddr& address) {
  NeighborActions actions;
  const Key key{interface, address};
  const Link* on = link(interface);
  Entry* entry = find(key);
  if (entry != nullptr) {
    // Another worker knows already: this one is told too. While the answer is awaited, all of them will be.
    const bool failed = std::holds_alternative<Failed>(entry->state);
    if (failed || !std::holds_alternative<Resolving>(entry->state))
      actions.push_back(datapath::SetNeighbor{interface, address, entry->mac, !failed});
    return actions;
  }
  const bool impossible = on == nullptr || address.is_multicast() || address.is_unspecified() || on->is_ours(address);
  entry = impossible ? nullptr : create(key, false);
  if (entry == nullptr) {  // what waits is dropped, and the row is free again
    actions.push_back(datapath::SetNeighbor{interface, address, {}, false});
    actions.push_back(datapath::EraseNeighbor{interface, address});
    return actions;
  }
  entry->state = Resolving{std::uint8_t(settings_.tries - 1)};
  arm(key, *entry, now + retry());
  ask(key, *entry, true, actions);
  return actions;
}

void Neighbors::fail(Instant now, const Key& key, Entry& entry, NeighborActions& actions) {
  enter(entry, Failed{});
  arm(key, entry, rounded_up(now + retry() * settings_.tries));
  actions.push_back(datapath::SetNeighbor{key.first, key.second, {}, false});
}

// An entry's time has come.
void Neighbors::step(Instant now, const Key& key, Entry& entry, NeighborActions& actions) {
  if (auto* resolving = std::get_if<Resolving>(&entry.state)) {
    if (resolving->tries_left == 0) return fail(now, key, entry, actions);
    --resolving->tries_left;
    arm(key, entry, now + retry());
    ask(key, entry, true, actions);
  } else if (const auto* reachable = std::get_if<Reachable>(&entry.state)) {
    enter(entry, Asking{reachable->unused_rounds});
    arm(key, entry, now + retry());
    actions.push_back(datapath::AskNeighborUse{key.first, key.second});
  } else if (const auto* asking = std::get_if<Asking>(&entry.state)) {  // nobody said yes
    const auto rounds = std::uint8_t(asking->unused_rounds + 1);
    if (rounds == unused_rounds_max) return erase(key, actions);
    enter(entry, Reachable{rounds});
    arm(key, entry, rounded_up(now + reachable_for()));
  } else if (auto* probing = std::get_if<Probing>(&entry.state)) {
    if (probing->tries_left == 0) return fail(now, key, entry, actions);
    --probing->tries_left;
    arm(key, entry, now + retry());
    ask(key, entry, probing->tries_left == 0, actions);  // the last one to everybody: it may have another MAC now
  } else {
    erase(key, actions);
  }
}

NeighborActions Neighbors::on_use_answer(Instant now, const datapath::NeighborUse& answer) {
  NeighborActions actions;
  const Key key{answer.interface, answer.address};
  Entry* entry = find(key);
  if (!answer.used || entry == nullptr || !std::holds_alternative<Asking>(entry->state)) return actions;
  enter(*entry, Probing{settings_.tries});
  step(now, key, *entry, actions);
  return actions;
}

// Somebody said where a neighbor is.
void Neighbors::hear(Instant now, const Heard& heard, NeighborActions& actions) {
  const Link* on = link(heard.who.first);
  if (on == nullptr || !is_station(heard.mac) || heard.mac == on->mac) return;
  Entry* entry = find(heard.who);
  if (entry == nullptr) {
    if (!heard.may_create || !on->is_on_link(heard.who.second)) return;
    entry = create(heard.who, true);
    if (entry == nullptr) return;
  }
  const bool known = !is_unanswered(*entry);
  const bool other_mac = entry->mac != heard.mac;
  if (known && other_mac && !heard.may_replace) {  // a doubt: confirm soon (RFC 4861 7.2.5)
    if (std::holds_alternative<Reachable>(entry->state)) arm(heard.who, *entry, now);
    return;
  }
  if (known && !other_mac && !heard.confirms) return;
  entry->mac = heard.mac;
  if (heard.confirms || !known) entry->confirmed_at = now;
  if (!known || other_mac) actions.push_back(datapath::SetNeighbor{heard.who.first, heard.who.second, heard.mac, true});
  enter(*entry, Reachable{});
  arm(heard.who, *entry, heard.confirms ? now + reachable_for() : now + retry());
}

NeighborActions Neighbors::on_arp(Instant now, InterfaceIndex interface, std::span<const std::uint8_t> frame) {
  NeighborActions actions;
  const Link* on = link(interface);
  const auto packet = payload_of(frame, wire::ethertype_arp);
  if (on == nullptr || packet.size() < sizeof(wire::ArpPacket)) return actions;
  const wire::ArpPacket& arp = wire::at<wire::ArpPacket>(packet.data());
  if (!arp.is_valid() || arp.sender_mac == on->mac) return actions;
  const IpAddr sender = wire::to_address(arp.sender_ip), target = wire::to_address(arp.target_ip);
  if (on->is_ours(sender)) {
    report_conflict(now, {interface, sender}, arp.sender_mac, actions);
    return actions;
  }
  if (sender.is_unspecified()) return actions;  // a probe (RFC 5227 2.1.1)
  const bool to_us = on->is_ours(target);
  const bool reply = arp.operation.host() == wire::arp_reply;
  hear(now, {{interface, sender}, arp.sender_mac, reply && to_us, true, !reply && to_us}, actions);
  return actions;
}

NeighborActions Neighbors::on_nd(Instant now, InterfaceIndex interface, std::span<const std::uint8_t> frame) {
  NeighborActions actions;
  const Link* on = link(interface);
  const auto message = datapath::read_neighbor_message(payload_of(frame, wire::ethertype_ipv6));
  if (on == nullptr || !message) return actions;
  const IpAddr& speaker = message->advertisement ? message->target : message->source;
  const std::optional<MacAddr>& said = message->advertisement ? message->target_mac : message->source_mac;
  if (on->is_ours(speaker)) {
    const MacAddr other = said.value_or(wire::at<wire::EthernetHeader>(frame.data()).source);
    if (other != on->mac) report_conflict(now, {interface, speaker}, other, actions);
    return actions;
  }
  if (message->advertisement) {
    const bool confirms = (message->flags & wire::NeighborMessage::solicited) != 0;
    const Entry* entry = find({interface, speaker});
    if (entry == nullptr || (!said && is_unanswered(*entry))) return actions;
    const bool may_replace = (message->flags & wire::NeighborMessage::override_old) != 0;
    hear(now, {{interface, speaker}, said.value_or(entry->mac), confirms, may_replace}, actions);
  } else if (said && !speaker.is_unspecified() && on->is_ours(message->target)) {
    hear(now, {{interface, speaker}, *said, false, true, true}, actions);
  }
  return actions;
}

// We keep the address and say so, but not more often than every ten seconds (RFC 5227 2.4 b).
void Neighbors::report_conflict(Instant now, const Key& address, const MacAddr& other, NeighborActions& actions) {
  std::erase_if(defended_, [&](const auto& lately) { return now - lately.second >= defend_interval; });
  if (defended_.contains(address) || defended_.size() >= conflicts_max) return;
  defended_[address] = now;
  const Link& on = links_[address.first.value];
  actions.push_back(AddressConflict{address.first, address.second, other});
  actions.push_back(SendFrame{address.first, on.port, make_announcement(on, address.second)});
}

void Neighbors::drop_interface(InterfaceIndex interface, NeighborActions& actions) {
  std::vector<Key> gone;
  for (auto at = entries_.lower_bound({interface, IpAddr{}}); at != entries_.end() && at->first.first == interface;
       ++at)
    gone.push_back(at->first);
  for (const Key& key : gone) erase(key, actions);
}

NeighborActions Neighbors::set_links(Instant now, std::vector<Link> links) {
  NeighborActions actions;
  std::vector<Key> fresh;
  for (std::size_t i = 0; i < std::max(links.size(), links_.size()); ++i) {
    const InterfaceIndex index{std::uint16_t(i)};
    const Link* before = link(index);
    const Link* after = i < links.size() ? &links[i] : nullptr;
    const bool same = before != nullptr && after != nullptr && before->name == after->name &&
                      before->port == after->port && before->vlan == after->vlan;
    if (before != nullptr && !same) drop_interface(index, actions);
    if (after == nullptr) continue;
    const bool all = !same || before->mac != after->mac;
    for (const IpAddr& address : after->ours)
      if (all || !before->is_ours(address)) fresh.push_back({index, address});
  }
  links_ = std::move(links);
  std::erase_if(announcements_, [&](const auto& pending) {
    const Key& what = pending.second.what;
    const Link* on = link(what.first);
    return on == nullptr || !on->is_ours(what.second) || std::find(fresh.begin(), fresh.end(), what) != fresh.end();
  });
  for (const Key& key : fresh) {
    if (find(key) != nullptr) erase(key, actions);  // was a neighbor's until now
    announcements_.insert({now, Announcement{key, announcements}});
  }
  announce_due(now, actions);
  return actions;
}

void Neighbors::announce_due(Instant now, NeighborActions& actions) {
  if (now < announce_not_before_) return;
  for (std::size_t i = 0; i < announcements_per_call && !announcements_.empty(); ++i) {
    const auto next = announcements_.begin();
    if (next->first > now) return;
    Announcement announcement = next->second;
    announcements_.erase(next);
    const Link& on = links_[announcement.what.first.value];
    actions.push_back(SendFrame{announcement.what.first, on.port, make_announcement(on, announcement.what.second)});
    if (--announcement.left > 0) announcements_.insert({now + announcement_interval, announcement});
  }
  announce_not_before_ = now + announcement_gap;
}

NeighborActions Neighbors::on_deadline(Instant now) {
  NeighborActions actions;
  announce_due(now, actions);
  for (std::size_t i = 0; i < steps_per_call && !timers_.empty() && timers_.begin()->first <= now; ++i) {
    const Key key = timers_.begin()->second;
    step(now, key, *find(key), actions);
  }
  return actions;
}

Instant Neighbors::deadline() const {
  Instant next = timers_.empty() ? never : timers_.begin()->first;
  if (!announcements_.empty()) next = std::min(next, std::max(announcements_.begin()->first, announce_not_before_));
  return next;
}

std::optional<MacAddr> Neighbors::mac_of(InterfaceIndex interface, const IpAddr& address) const {
  const auto found = entries_.find({interface, address});
  if (found == entries_.end() || is_unanswered(found->second)) return std::nullopt;
  return found->second.mac;
}

std::vector<Neighbors::Row> Neighbors::rows(Instant now) const {
  struct Name {
    State operator()(const Resolving&) const { return State::resolving; }
    State operator()(const Reachable& reachable) const {
      return reachable.unused_rounds == 0 ? State::reachable : State::stale;
    }
    State operator()(const Asking&) const { return State::stale; }
    State operator()(const Probing&) const { return State::probing; }
    State operator()(const Failed&) const { return State::failed; }
  };
  std::vector<Row> rows;
  rows.reserve(entries_.size());
  for (const auto& [key, entry] : entries_)
    rows.push_back({key.first, key.second, entry.mac, std::visit(Name{}, entry.state),
                    is_unanswered(entry) ? Duration{} : now - entry.confirmed_at});
  return rows;
}

}  // namespace poise::control
