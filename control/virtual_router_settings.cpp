#include <algorithm>
#include <charconv>

#include "control/virtual_routers.hpp"

namespace poise::control {
namespace {

using std::chrono::milliseconds;

// The source of adverts: as configured, else the interface's first address of the family (IPv6: its link-local one).
std::optional<IpAddr> source_of(const config::VrrpInstance& from, const datapath::Interface& interface, bool v6) {
  if (from.source) return from.source;
  if (v6) return interface.link_local;
  for (const IpPrefix& own : interface.addresses)
    if (own.address.is_v4()) return own.address;
  return std::nullopt;
}

vrrp::InstanceSettings machine_of(const config::VrrpInstance& from) {
  vrrp::InstanceSettings machine;
  machine.version = vrrp::Version(from.version);
  machine.priority = from.priority;
  machine.interval = milliseconds(from.advert_interval_ms);
  machine.preempt = from.preempt;
  machine.preempt_delay = milliseconds(from.preempt_delay_ms);
  machine.start_delay = milliseconds(from.start_delay_ms);
  machine.down_timer_adverts = from.down_timer_adverts;
  machine.learned_interval_max = milliseconds(from.learned_interval_max_ms);
  machine.announcements.after.clear();
  for (const std::uint32_t after : from.announce_after_ms) machine.announcements.after.push_back(milliseconds(after));
  std::sort(machine.announcements.after.begin(), machine.announcements.after.end());
  machine.announcements.refresh = milliseconds(from.announce_refresh_ms);
  return machine;
}

vrrp::Bytes from_hex(const std::string& digits) {
  vrrp::Bytes bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    std::uint8_t byte = 0;
    std::from_chars(digits.data() + i, digits.data() + i + 2, byte, 16);
    bytes.push_back(byte);
  }
  return bytes;
}

vrrp::HmacSettings hmac_of(const config::VrrpHmac& from, Duration interval) {
  vrrp::HmacSettings settings;
  for (const auto& [id, key] : from.keys) settings.keys.push_back({std::uint8_t(std::stoi(id)), from_hex(key.key)});
  settings.active_key = from.active_key;
  settings.mode = vrrp::HmacSettings::Mode(from.mode);  // the same order
  if (from.replay_check == config::VrrpReplayCheck::monotonic) return settings;
  constexpr Duration least_window = std::chrono::seconds(5);
  settings.window = from.window_ms ? milliseconds(*from.window_ms) : std::max<Duration>(3 * interval, least_window);
  return settings;
}

std::string group_of_member(const config::Vrrp& vrrp, const std::string& member) {
  for (const auto& [name, group] : vrrp.groups)
    if (std::find(group.members.begin(), group.members.end(), member) != group.members.end()) return name;
  return "";
}

}  // namespace

std::vector<vrrp::RouterSettings> routers_of(const config::Config& config, const datapath::Tables& tables) {
  std::vector<vrrp::RouterSettings> routers;
  for (const auto& [name, from] : config.vrrp.instances) {
    const auto interface = std::find_if(tables.interfaces.begin(), tables.interfaces.end(),
                                        [&](const datapath::Interface& each) { return each.name == from.interface; });
    if (interface == tables.interfaces.end() || from.addresses.empty()) continue;
    const auto source = source_of(from, *interface, from.addresses[0].is_v6());
    if (!source) continue;
    vrrp::RouterSettings settings;
    settings.name = name;
    settings.interface = InterfaceIndex{std::uint16_t(interface - tables.interfaces.begin())};
    settings.vrid = vrrp::VirtualRouterId{from.virtual_router_id};
    settings.machine = machine_of(from);
    settings.machine.address = *source;
    settings.addresses = from.addresses;
    settings.group = group_of_member(config.vrrp, name);
    settings.machine.grouped = !settings.group.empty();
    settings.peers = from.unicast_peers;
    settings.unicast_ttl = from.unicast_ttl;
    settings.unicast_ttl_min = from.unicast_ttl_min;
    settings.unicast_ttl_max = from.unicast_ttl_max;
    settings.authentication = vrrp::AuthenticationType(from.authentication);  // the same numbers
    if (from.authentication != config::VrrpAuthentication::none) settings.password = from.password.value_or("");
    if (from.hmac) settings.hmac = hmac_of(*from.hmac, settings.machine.interval);
    settings.follow_checksum_form = from.checksum == config::VrrpChecksum::automatic;
    if (from.checksum == config::VrrpChecksum::rfc9568)
      settings.checksum_form = vrrp::ChecksumForm::without_pseudo_header;
    settings.check_addresses = from.check_addresses.value_or(from.version == 2);
    routers.push_back(std::move(settings));
  }
  return routers;
}

}  // namespace poise::control
