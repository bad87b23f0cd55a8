#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "config/rules.hpp"
#include "config/spelling.hpp"

namespace poise::config {
namespace {

constexpr std::uint32_t second_ms = 1000, centisecond_ms = 10, interval_v3_max_ms = 40'950;
constexpr std::size_t password_max = 8;
constexpr std::uint8_t priority_owner = 255;

bool is_v6(const VrrpInstance& instance) { return !instance.addresses.empty() && instance.addresses[0].is_v6(); }

void check_interval(Rules& rules, const VrrpInstance& instance, const std::string& path) {
  const std::uint32_t interval = instance.advert_interval_ms;
  const std::string text = std::to_string(interval) + " ms";
  if (instance.version == 2 && interval % second_ms != 0)
    rules.add(path + ".advert_interval_ms", text + " cannot be said in version 2, which counts whole seconds",
              "use " + std::to_string((interval + second_ms - 1) / second_ms * second_ms) + ", or version 3");
  if (instance.version == 3 && interval > interval_v3_max_ms)
    rules.add(path + ".advert_interval_ms", text + " is more than version 3 can say",
              "use at most " + std::to_string(interval_v3_max_ms));
  if (instance.version == 3 && interval % centisecond_ms != 0)
    rules.add(path + ".advert_interval_ms", text + " cannot be said in version 3, which counts hundredths of seconds",
              "use " + std::to_string((interval + centisecond_ms - 1) / centisecond_ms * centisecond_ms));
}

void check_hmac(Rules& rules, const VrrpInstance& instance, const std::string& path) {
  const VrrpHmac& hmac = *instance.hmac;
  for (const auto& [id, key] : hmac.keys) {
    std::uint8_t number = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
    if (error != std::errc{} || end != id.data() + id.size() || number == 0 || id[0] == '0')
      rules.add(child(path + ".hmac.keys", id), quoted(id) + " is no key id", "use a number from 1 to 255");
  }
  if (!hmac.keys.contains(std::to_string(hmac.active_key)))
    rules.add(path + ".hmac.active_key", "there is no key " + std::to_string(hmac.active_key),
              "add it under keys, or name one that is there");
  if (hmac.window_ms && hmac.replay_check == VrrpReplayCheck::monotonic)
    rules.add(path + ".hmac.window_ms", "replay_check \"monotonic\" has no window", "remove it");
}

void check_authentication(Rules& rules, const VrrpInstance& instance, const std::string& path) {
  if (instance.hmac) check_hmac(rules, instance, path);
  if (instance.authentication == VrrpAuthentication::none) {
    if (instance.password)
      rules.add(path + ".password", "there is a password but no authentication",
                "add \"authentication\": \"password\", or remove it");
    return;
  }
  if (instance.hmac) rules.add(path + ".hmac", "there is another authentication, too", "use one of them");
  if (instance.authentication == VrrpAuthentication::ah && is_v6(instance))
    rules.add(path + ".authentication", "the authentication header is for IPv4 alone", "use hmac");
  if (instance.version != 2)
    rules.add(path + ".authentication", "version 3 has no authentication", "remove it, or use version 2");
  if (!instance.password || instance.password->empty() || instance.password->size() > password_max)
    rules.add(path + ".password", "the packet has room for 1 to 8 characters",
              "use the same 1 to 8 characters on every node");
}

// An address that the node has anyway is held by priority 255 alone, and then all of them are such.
void check_ownership(Rules& rules, const VrrpInstance& instance, const IpAddr& address, const std::string& path) {
  const auto own = rules.address_paths.find(address);
  if (own != rules.address_paths.end() && instance.priority != priority_owner)
    rules.add(path, to_string(address) + " is this node's own address, at " + own->second,
              "use priority 255 on the node that owns it, or another address");
  if (own == rules.address_paths.end() && instance.priority == priority_owner)
    rules.add(path, "priority 255 says that " + to_string(address) + " is this node's own, but no interface has it",
              "use a priority from 1 to 254");
}

void check_addresses(Rules& rules, const VrrpInstance& instance, const std::string& path, const Link* link) {
  const bool v6 = is_v6(instance);
  const std::string all = path + ".addresses";
  if (instance.addresses.empty()) return rules.add(all, "there is no address", "list at least one");
  if (v6 && instance.version == 2)
    rules.add(path + ".version", "version 2 knows only IPv4", "use version 3 for IPv6 addresses");
  if (v6 && !instance.addresses[0].is_link_local())
    rules.add(child(all, 0), "the first IPv6 address must be link-local (RFC 9568 5.2.9)",
              "put one of fe80::/10 first, the same on every node");
  // IP header, the beginning, the authentication data of version 2, the header or the trailer that authenticates
  const std::size_t fixed = (v6 ? 48 : 28) + (instance.version == 2 ? 8 : 0) + (instance.hmac ? 28 : 0) +
                            (instance.authentication == VrrpAuthentication::ah ? 24 : 0);
  const std::size_t each = v6 ? 16 : 4;
  const std::size_t most = link == nullptr ? 255 : std::min<std::size_t>(255, (link->mtu - fixed) / each);
  if (instance.addresses.size() > most)
    rules.add(all,
              std::to_string(instance.addresses.size()) + " addresses do not fit into one packet of " +
                  (link == nullptr ? "any" : std::to_string(link->mtu)) + " bytes",
              "use at most " + std::to_string(most) + "; put the others into another instance of the same group");
  std::set<IpAddr> seen;
  for (std::size_t i = 0; i < instance.addresses.size(); ++i) {
    const IpAddr& address = instance.addresses[i];
    const std::string place = child(all, i);
    if (address.is_v6() != v6)
      rules.add(place, to_string(address) + " is of the other family than the first",
                "use one instance for each family");
    if (const std::string why = why_not_a_host(address); !why.empty()) rules.add(place, why, "use a host's address");
    if (!seen.insert(address).second) rules.add(place, to_string(address) + " is listed twice", "remove one");
    check_ownership(rules, instance, address, place);
  }
}

void check_source(Rules& rules, const VrrpInstance& instance, const std::string& path, const Link* link) {
  const bool v6 = is_v6(instance);
  if (instance.source && instance.source->is_v6() != v6)
    rules.add(path + ".source", to_string(*instance.source) + " is of another family than the addresses",
              "use one of the interface");
  if (link != nullptr && !v6 && !instance.source &&
      std::none_of(link->addresses->begin(), link->addresses->end(),
                   [](const IpPrefix& own) { return own.address.is_v4(); }))
    rules.add(path + ".interface", quoted(instance.interface) + " has no IPv4 address to send advertisements from",
              "give it one, or set source");
  for (std::size_t i = 0; i < instance.unicast_peers.size(); ++i)
    if (instance.unicast_peers[i].is_v6() != v6)
      rules.add(child(path + ".unicast_peers", i),
                to_string(instance.unicast_peers[i]) + " is of another family than the addresses",
                "use the peer's address of the same family");
}

void check_groups(Rules& rules) {
  std::map<std::string, std::string> group_of;
  for (const auto& [name, group] : rules.config.vrrp.groups) {
    const std::string path = child("vrrp.groups", name) + ".members";
    for (std::size_t i = 0; i < group.members.size(); ++i) {
      const std::string& member = group.members[i];
      if (!rules.config.vrrp.instances.contains(member))
        rules.add(child(path, i), "no instance is named " + quoted(member),
                  did_you_mean(member, names_of(rules.config.vrrp.instances), "add it under vrrp.instances"));
      const auto [first, is_new] = group_of.emplace(member, name);
      if (!is_new)
        rules.add(child(path, i), quoted(member) + " is a member of group " + quoted(first->second) + " already",
                  "an instance is in one group at most");
    }
  }
}

void check_heartbeats(Rules& rules) {
  std::map<std::pair<std::string, IpAddr>, std::string> seen;
  for (const auto& [name, heartbeat] : rules.config.vrrp.heartbeats) {
    const std::string path = child("vrrp.heartbeats", name);
    const Link* link = rules.find_link(heartbeat.interface);
    if (link == nullptr) {
      rules.add(path + ".interface", "no interface or VLAN is named " + quoted(heartbeat.interface),
                did_you_mean(heartbeat.interface, rules.link_names(), "add it under interfaces"));
    } else if (heartbeat.peer.is_v4() && !heartbeat.source &&
               std::none_of(link->addresses->begin(), link->addresses->end(),
                            [](const IpPrefix& own) { return own.address.is_v4(); })) {
      rules.add(path + ".interface", quoted(heartbeat.interface) + " has no IPv4 address to send from",
                "give it one, or set source");
    }
    if (const std::string why = why_not_a_host(heartbeat.peer); !why.empty())
      rules.add(path + ".peer", why, "use the peer's address");
    if (const auto own = rules.address_paths.find(heartbeat.peer); own != rules.address_paths.end())
      rules.add(path + ".peer", to_string(heartbeat.peer) + " is this node's own address, at " + own->second,
                "use the peer's address");
    if (heartbeat.source && heartbeat.source->is_v4() != heartbeat.peer.is_v4())
      rules.add(path + ".source", to_string(*heartbeat.source) + " is of another family than the peer",
                "use one of the interface");
    const auto [first, is_new] = seen.emplace(std::pair(heartbeat.interface, heartbeat.peer), name);
    if (!is_new)
      rules.add(path + ".peer",
                to_string(heartbeat.peer) + " is watched by heartbeat " + quoted(first->second) + " already",
                "remove one");
  }
}

}  // namespace

void check_vrrp(Rules& rules) {
  std::map<std::tuple<std::string, std::uint8_t, bool>, std::string> by_id;
  std::map<IpAddr, std::string> by_address;
  for (const auto& [name, instance] : rules.config.vrrp.instances) {
    const std::string path = child("vrrp.instances", name);
    const Link* link = rules.find_link(instance.interface);
    if (link == nullptr)
      rules.add(path + ".interface", "no interface or VLAN is named " + quoted(instance.interface),
                did_you_mean(instance.interface, rules.link_names(), "add it under interfaces"));
    check_interval(rules, instance, path);
    check_authentication(rules, instance, path);
    check_addresses(rules, instance, path, link);
    check_source(rules, instance, path, link);
    check_vrrp_watching(rules, name, path);
    const auto [first, is_new] =
        by_id.emplace(std::tuple(instance.interface, instance.virtual_router_id, is_v6(instance)), name);
    if (!is_new)
      rules.add(path + ".virtual_router_id",
                std::to_string(instance.virtual_router_id) + " is used by instance " + quoted(first->second) +
                    " on the same interface",
                "use another number from 1 to 255");
    for (const IpAddr& address : instance.addresses) {
      const auto [other, fresh] = by_address.emplace(address, name);
      if (!fresh && other->second != name && !address.is_link_local())
        rules.add(path + ".addresses", to_string(address) + " is an address of instance " + quoted(other->second),
                  "an address belongs to one instance");
    }
  }
  check_groups(rules);
  check_heartbeats(rules);
  check_vrrp_programs(rules);
}

}  // namespace poise::config
