#include "vrrp/routers.hpp"

#include <algorithm>
#include <utility>

#include "vrrp/authentication_header.hpp"
#include "vrrp/packet.hpp"
#include "vrrp/wire.hpp"

namespace poise::vrrp {
namespace {

std::array<std::uint8_t, authentication_data_length> padded(const std::string& password) {
  std::array<std::uint8_t, authentication_data_length> bytes{};
  std::copy_n(password.begin(), std::min(password.size(), bytes.size()), bytes.begin());
  return bytes;
}

// The bytes behind the message that its own header does not account for, when they can be a trailer.
std::size_t trailer_of(ByteView message, bool v6) {
  const std::uint8_t version = message[0] >> 4;
  const std::size_t without = advert_length(version == 2 ? Version::v2 : Version::v3, v6, message[3]);
  return message.size() == without + hmac_trailer_length ? hmac_trailer_length : 0;
}

bool same_addresses(std::vector<IpAddr> left, std::vector<IpAddr> right) {
  std::sort(left.begin(), left.end());
  std::sort(right.begin(), right.end());
  return left == right;
}

}  // namespace

void Routers::take(std::size_t router, const Actions& actions, Outputs& outputs) {
  Row& row = rows_[router];
  for (const Action& action : actions) {
    if (const auto* advert = std::get_if<SendAdvert>(&action)) {
      ++row.statistics.adverts_sent;
      row.statistics.priority_zero_sent += advert->priority == priority_leaving ? 1 : 0;
    }
    if (std::holds_alternative<Announce>(action)) row.statistics.announcements_sent += row.settings.addresses.size();
    if (const auto* changed = std::get_if<Changed>(&action)) {
      row.statistics.master_transitions += changed->to == State::master ? 1 : 0;
      row.statistics.last_reason = changed->reason;
    }
    outputs.push_back({router, action});
  }
  deadlines_.set(router, row.instance.deadline());
}

bool Routers::is_master(std::size_t router) const {
  const Instance& instance = rows_[router].instance;
  return instance.state() == State::master && !instance.is_leaving();
}

template <class Step>
void Routers::step(Instant now, std::size_t router, Outputs& outputs, Step&& step) {
  const bool was_master = is_master(router);
  take(router, step(rows_[router].instance), outputs);
  if (!rows_[router].settings.group.empty()) follow_group(now, router, was_master, outputs);
}

std::vector<std::size_t> Routers::members_of(std::size_t router) const {
  const auto group = groups_.find(rows_[router].settings.group);
  return group == groups_.end() ? std::vector<std::size_t>{router} : group->second;
}

// All members become master once every one of them misses its master; when one is master no more, none is.
void Routers::follow_group(Instant now, std::size_t router, bool was_master, Outputs& outputs) {
  const std::vector<std::size_t> members = members_of(router);
  if (was_master && !is_master(router)) {
    for (const std::size_t member : members) take(member, rows_[member].instance.yield(now, Reason::group), outputs);
    return;
  }
  const bool all = std::all_of(members.begin(), members.end(), [this](std::size_t member) {
    return rows_[member].instance.wants_master() || is_master(member);
  });
  if (!all) return;
  for (const std::size_t member : members) {
    const Reason reason = member == router ? Reason::master_not_responding : Reason::group;
    take(member, rows_[member].instance.become_master(now, reason), outputs);
  }
}

Routers::Outputs Routers::on_deadline(Instant now) {
  Outputs outputs;
  while (deadlines_.next() != never && deadlines_.next() <= now) {
    const std::size_t router = deadlines_.row();
    step(now, router, outputs, [now](Instance& instance) { return instance.on_deadline(now); });
  }
  return outputs;
}

tl::expected<void, Discard> Routers::authenticate(Instant now, Row& row, const Received& received, const Advert& advert,
                                                  std::size_t trailer) {
  const RouterSettings& settings = row.settings;
  const bool ah = settings.authentication == AuthenticationType::ah;
  if (advert.authentication != settings.authentication || received.ah_sequence.has_value() != ah)
    return tl::unexpected(Discard::authentication_type);
  if (settings.authentication == AuthenticationType::password && advert.password != padded(settings.password))
    return tl::unexpected(Discard::authentication_failed);
  if (ah) {
    if (!is_authentic(received, settings.password)) return tl::unexpected(Discard::authentication_failed);
    // Equal is fine: two masters may have counted on from the same one.
    if (*received.ah_sequence < row.ah_sequence) return tl::unexpected(Discard::authentication_replayed);
    row.ah_sequence = *received.ah_sequence;
  }
  if (!settings.hmac) return {};
  if (trailer != 0) return row.hmac.check(*settings.hmac, wall(now), received.envelope.source, received.message);
  if (settings.hmac->mode == HmacSettings::Mode::enforce) return tl::unexpected(Discard::authentication_type);
  return {};
}

// The checks of RFC 9568 7.1 and RFC 3768 7.1 that need to know whom the packet is for.
tl::expected<Advert, Discard> Routers::check(Instant now, Row& row, const Received& received, bool right_mac) {
  const RouterSettings& settings = row.settings;
  const Envelope& envelope = received.envelope;
  const bool to_group = envelope.destination == group_of(settings.v6());
  if (!right_mac || (settings.peers.empty() ? !to_group : envelope.destination != settings.machine.address))
    return tl::unexpected(Discard::destination);
  const bool unicast = !settings.peers.empty();
  if (unicast ? received.ttl < settings.unicast_ttl_min || received.ttl > settings.unicast_ttl_max
              : received.ttl != ttl_vrrp)
    return tl::unexpected(Discard::ttl);
  const std::size_t trailer = settings.hmac ? trailer_of(received.message, settings.v6()) : 0;
  auto advert = read_advert(received.message, envelope, trailer);
  if (!advert) return advert;
  if (advert->version != settings.machine.version) return tl::unexpected(Discard::version);
  if (envelope.source == settings.machine.address) return tl::unexpected(Discard::own_source);
  if (unicast && std::find(settings.peers.begin(), settings.peers.end(), envelope.source) == settings.peers.end())
    return tl::unexpected(Discard::unknown_peer);
  if (advert->addresses.empty()) return tl::unexpected(Discard::no_addresses);
  if (advert->interval == Duration::zero()) return tl::unexpected(Discard::no_interval);
  if (const auto proven = authenticate(now, row, received, *advert, trailer); !proven)
    return tl::unexpected(proven.error());
  if (advert->interval != settings.machine.interval) {
    if (advert->version == Version::v2) return tl::unexpected(Discard::interval_mismatch);
    ++row.statistics.interval_mismatches;
  }
  if (row.instance.priority() == priority_owner) return tl::unexpected(Discard::owner);
  if (!same_addresses(advert->addresses, settings.addresses)) {
    if (settings.check_addresses && advert->priority != priority_owner) return tl::unexpected(Discard::address_list);
    ++row.statistics.address_list_mismatches;
  }
  return advert;
}

Routers::Reception Routers::on_packet(Instant now, InterfaceIndex interface, ByteView packet, bool right_mac) {
  const auto discard = [this](Discard reason) {
    ++unattributed_[std::size_t(reason)];
    return Reception{{}, std::nullopt, reason};
  };
  const auto received = read_packet(packet);
  if (!received) return discard(received.error());
  if (received->message.size() < sizeof(AdvertHeader)) return discard(Discard::length);
  const auto found = by_key_.find({interface, received->message[1], received->envelope.source.is_v6()});
  if (found == by_key_.end()) return discard(Discard::unknown_vrid);
  Row& row = rows_[found->second];
  const auto advert = check(now, row, *received, right_mac);
  if (!advert) {
    ++row.statistics.discarded[std::size_t(advert.error())];
    return {{}, found->second, advert.error()};
  }
  ++row.statistics.adverts_received;
  row.statistics.priority_zero_received += advert->priority == priority_leaving ? 1 : 0;
  if (advert->version == Version::v3 && !row.settings.v6()) {
    const bool rfc5798 = advert->checksum_form == ChecksumForm::with_pseudo_header;
    ++(rfc5798 ? row.statistics.rfc5798_checksums : row.statistics.rfc9568_checksums);
    if (row.settings.follow_checksum_form) row.checksum_form = advert->checksum_form;
  }
  Reception reception{{}, found->second, std::nullopt};
  const Instance::Heard heard{received->envelope.source, advert->priority, advert->interval};
  step(now, found->second, reception.outputs, [&](Instance& instance) { return instance.on_advert(now, heard); });
  return reception;
}

Routers::Outputs Routers::set_priority(Instant now, std::size_t router, std::uint8_t effective) {
  Outputs outputs;
  step(now, router, outputs, [&](Instance& instance) { return instance.on_priority(now, effective); });
  return outputs;
}

void Routers::apply_group_fault(Instant now, std::size_t router, Outputs& outputs) {
  const std::vector<std::size_t> members = members_of(router);
  const bool fault =
      std::any_of(members.begin(), members.end(), [this](std::size_t member) { return rows_[member].fault; });
  for (const std::size_t member : members) take(member, rows_[member].instance.on_fault(now, fault), outputs);
}

Routers::Outputs Routers::set_fault(Instant now, std::size_t router, bool fault) {
  Outputs outputs;
  rows_[router].fault = fault;
  apply_group_fault(now, router, outputs);
  return outputs;
}

Routers::Outputs Routers::on_peer_silent(Instant now, InterfaceIndex interface, const IpAddr& peer,
                                         Duration heartbeat_interval) {
  Outputs outputs;
  for (std::size_t router = 0; router < rows_.size(); ++router)
    if (rows_[router].settings.interface == interface && !rows_[router].gone)
      step(now, router, outputs,
           [&](Instance& instance) { return instance.on_peer_silent(now, peer, heartbeat_interval); });
  return outputs;
}

Routers::Outputs Routers::switch_over(Instant now, std::size_t router) {
  Outputs outputs;
  for (const std::size_t member : members_of(router)) take(member, rows_[member].instance.switch_over(now), outputs);
  return outputs;
}

std::vector<Bytes> Routers::packets(Instant now, std::size_t router, std::uint8_t priority) {
  Row& row = rows_[router];
  const RouterSettings& settings = row.settings;
  Advert advert;
  advert.version = settings.machine.version;
  advert.vrid = settings.vrid;
  advert.priority = priority;
  advert.interval = settings.machine.interval;
  advert.addresses = settings.addresses;
  advert.authentication = settings.authentication;
  if (advert.authentication == AuthenticationType::password) advert.password = padded(settings.password);
  advert.checksum_form = row.checksum_form;
  const std::vector<IpAddr> to_group{group_of(settings.v6())};
  const std::vector<IpAddr>& destinations = settings.peers.empty() ? to_group : settings.peers;
  const std::uint8_t ttl = settings.peers.empty() ? ttl_vrrp : settings.unicast_ttl;
  const IpAddr& source = settings.machine.address;
  Bytes trailer;  // one for all: neither checksum nor destination is signed
  if (settings.hmac && settings.hmac->signs())
    trailer = row.hmac.sign(*settings.hmac, wall(now), source, write_advert(advert, {source, destinations[0]}));
  if (settings.authentication == AuthenticationType::ah) ++row.ah_sequence;
  std::vector<Bytes> made;
  for (const IpAddr& destination : destinations) {
    const Envelope envelope{source, destination};
    Bytes message = write_advert(advert, envelope);
    if (!trailer.empty()) append_trailer(message, trailer, envelope);
    if (settings.authentication == AuthenticationType::ah)
      made.push_back(make_ah_packet(message, {envelope, protocol_ah, ttl, ++row.identification}, settings.password,
                                    row.ah_sequence));
    else
      made.push_back(make_packet(message, envelope, ttl, ++row.identification));
  }
  return made;
}

}  // namespace poise::vrrp
