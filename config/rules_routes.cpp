#include <algorithm>
#include <map>

#include "config/rules.hpp"
#include "config/spelling.hpp"

namespace poise::config {
namespace {

void check_link_name(Rules& rules, const std::string& name, const std::string& path) {
  if (!rules.find_link(name))
    rules.add(path, "no interface or VLAN is named " + quoted(name),
              did_you_mean(name, rules.link_names(), "add it under interfaces"));
}

bool is_on_a_subnet(const Rules& rules, const IpAddr& gateway) {
  const std::size_t* link = rules.connected.find(gateway);
  if (!link) return false;
  // A gateway that only a single-address prefix holds is the node itself, and not on a subnet.
  return std::ranges::any_of(*rules.links[*link].addresses, [&](const IpPrefix& prefix) {
    return prefix.contains(gateway) && prefix.length < (prefix.address.is_v4() ? 32 : 128);
  });
}

void check_gateway(Rules& rules, const NextHop& hop, bool route_is_v4, const std::string& path) {
  const IpAddr& gateway = *hop.gateway;
  const std::string text = to_string(gateway);
  if (const std::string why = why_not_a_host(gateway); !why.empty())
    return rules.add(path, why, "use the address of a router");
  if (gateway.is_v4() != route_is_v4)
    return rules.add(path, text + " is not of the route's family, " + family_name(route_is_v4),
                     "use an " + family_name(route_is_v4) + " gateway");
  if (const auto own = rules.address_paths.find(gateway); own != rules.address_paths.end() && !gateway.is_link_local())
    return rules.add(path, text + " is this node's own address, at " + own->second, "use the address of a router");
  if (hop.interface) return;
  if (gateway.is_link_local())
    return rules.add(path, text + " is link-local: it may be on any interface", "add \"interface\"");
  if (!is_on_a_subnet(rules, gateway))
    rules.add(path, text + " is on no subnet of an interface",
              "correct the address, or add \"interface\" if it is on that link all the same");
}

void check_next_hop(Rules& rules, const NextHop& hop, bool route_is_v4, const std::string& path) {
  if (!hop.gateway && !hop.interface)
    return rules.add(path, "the next hop has neither gateway nor interface", "add one of them");
  if (hop.interface) check_link_name(rules, *hop.interface, path + ".interface");
  if (hop.gateway) check_gateway(rules, hop, route_is_v4, path + ".gateway");
}

// A prefix that stands for a network has its host bits clear: "10.0.0.0/8", not "10.0.0.1/8".
void check_network(Rules& rules, const IpPrefix& prefix, const std::string& path) {
  const IpPrefix network{prefix.network(), prefix.length};
  if (prefix != network)
    rules.add(path, to_string(prefix) + " has bits after its prefix length", "write " + to_string(network));
}

void check_route(Rules& rules, const Route& route, const std::string& path) {
  check_network(rules, route.prefix, path + ".prefix");
  if (route.prefix.address.is_multicast() || route.prefix.address.is_loopback())
    rules.add(path + ".prefix", to_string(route.prefix) + " cannot be routed",
              "only unicast traffic is: remove the route");
  if (route.via.empty()) rules.add(path + ".via", "the route has no next hop", "add one: {\"gateway\": ...}");
  for (std::size_t i = 0; i < route.via.size(); ++i) {
    const NextHop& hop = route.via[i];
    const std::string place = child(path + ".via", i);
    check_next_hop(rules, hop, route.prefix.address.is_v4(), place);
    const auto same = std::ranges::find_if(
        route.via, [&](const NextHop& each) { return each.gateway == hop.gateway && each.interface == hop.interface; });
    if (same != route.via.begin() + std::ptrdiff_t(i))
      rules.add(place, "the same next hop stands here twice", "use weight for a larger share");
  }
}

void check_pool_addresses(Rules& rules, const SnatPool& pool, const std::string& path,
                          std::unordered_map<IpAddr, std::string>& seen) {
  if (pool.addresses.empty()) rules.add(path + ".addresses", "the pool has no address", "add at least one");
  if (pool.port_first > pool.port_last)
    rules.add(path + ".port_first",
              std::to_string(pool.port_first) + " is above port_last " + std::to_string(pool.port_last), "swap them");
  for (std::size_t i = 0; i < pool.addresses.size(); ++i) {
    const std::string place = child(path + ".addresses", i);
    if (const std::string why = why_not_a_host(pool.addresses[i]); !why.empty())
      rules.add(place, why, "use an address of this node");
    const auto [first, is_new] = seen.emplace(pool.addresses[i], place);
    if (!is_new)
      rules.add(place, to_string(pool.addresses[i]) + " is at " + first->second + " already",
                "use each address in one pool, once");
  }
}

void check_snat_rule(Rules& rules, std::size_t index) {
  const SnatRule& rule = rules.config.snat_rules[index];
  const std::string path = child("snat_rules", index);
  check_network(rules, rule.source, path + ".source");
  check_link_name(rules, rule.interface, path + ".interface");
  const auto pool = rules.config.snat_pools.find(rule.snat_pool);
  if (pool == rules.config.snat_pools.end())
    return rules.add(path + ".snat_pool", "no SNAT pool is named " + quoted(rule.snat_pool),
                     did_you_mean(rule.snat_pool, names_of(rules.config.snat_pools), "add it under snat_pools"));
  const bool is_v4 = rule.source.address.is_v4();
  if (std::ranges::none_of(pool->second.addresses, [&](const IpAddr& address) { return address.is_v4() == is_v4; }))
    rules.add(
        path + ".snat_pool",
        "pool " + quoted(rule.snat_pool) + " has no " + family_name(is_v4) + " address for " + to_string(rule.source),
        "add one to the pool");
}

}  // namespace

void check_routes(Rules& rules) {
  std::map<IpPrefix, std::size_t> seen;
  for (std::size_t i = 0; i < rules.config.routes.size(); ++i) {
    const Route& route = rules.config.routes[i];
    const std::string path = child("routes", i);
    check_route(rules, route, path);
    const auto [first, is_new] = seen.emplace(IpPrefix{route.prefix.network(), route.prefix.length}, i);
    if (!is_new)
      rules.add(path + ".prefix", to_string(route.prefix) + " is at " + child("routes", first->second) + " already",
                "list all its next hops in one route");
  }
}

void check_snat(Rules& rules) {
  std::unordered_map<IpAddr, std::string> seen;
  for (const auto& [name, pool] : rules.config.snat_pools)
    check_pool_addresses(rules, pool, child("snat_pools", name), seen);
  if (seen.size() > limits::snat_addresses)
    rules.add("snat_pools",
              std::to_string(seen.size()) + " addresses are more than " + std::to_string(limits::snat_addresses),
              "remove some");
  std::map<std::pair<IpPrefix, std::string>, std::size_t> matches;
  for (std::size_t i = 0; i < rules.config.snat_rules.size(); ++i) {
    check_snat_rule(rules, i);
    const SnatRule& rule = rules.config.snat_rules[i];
    const auto [first, is_new] = matches.emplace(std::pair{rule.source, rule.interface}, i);
    if (!is_new)
      rules.add(child("snat_rules", i),
                "it never matches: " + child("snat_rules", first->second) + " takes the same traffic",
                "remove one of them");
  }
}

}  // namespace poise::config
