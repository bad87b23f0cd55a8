#include <map>
#include <set>

#include "config/rules.hpp"
#include "config/spelling.hpp"

namespace poise::config {
namespace {

// Addresses that the node answers for itself: a server there would be a loop. Address -> "service \"web\"".
std::unordered_map<IpAddr, std::string> own_addresses(const Rules& rules) {
  std::unordered_map<IpAddr, std::string> own;
  for (const auto& [address, path] : rules.address_paths) own.emplace(address, "this node's own address, at " + path);
  for (const auto& [name, service] : rules.config.services)
    own.emplace(service.address, "the address of service " + quoted(name));
  for (const auto& [name, pool] : rules.config.snat_pools)
    for (const IpAddr& address : pool.addresses) own.emplace(address, "an address of SNAT pool " + quoted(name));
  for (const auto& [name, instance] : rules.config.vrrp.instances)
    for (const IpAddr& address : instance.addresses)
      own.emplace(address, "an address of VRRP instance " + quoted(name));
  return own;
}

}  // namespace

void check_pools(Rules& rules) {
  const auto own = own_addresses(rules);
  std::size_t servers = 0;
  for (const auto& [pool_name, pool] : rules.config.pools) {
    const std::string path = child("pools", pool_name);
    servers += pool.servers.size();
    if (pool.sorry_server && !pool.servers.contains(*pool.sorry_server))
      rules.add(path + ".sorry_server", "no server of this pool is named " + quoted(*pool.sorry_server),
                did_you_mean(*pool.sorry_server, names_of(pool.servers), "add it under servers"));
    std::map<std::pair<IpAddr, std::uint16_t>, std::string> seen;
    for (const auto& [name, server] : pool.servers) {
      const std::string place = child(path + ".servers", name);
      const std::string text = to_string(server.address);
      if (const std::string why = why_not_a_host(server.address); !why.empty())
        rules.add(place + ".address", why, "use the address of a server");
      if (const auto found = own.find(server.address); found != own.end())
        rules.add(place + ".address", text + " is " + found->second, "use the address of a server");
      const auto [first, is_new] = seen.emplace(std::pair{server.address, server.port.value_or(0)}, name);
      if (!is_new)
        rules.add(place,
                  text + (server.port ? " port " + std::to_string(*server.port) : "") + " is server " +
                      quoted(first->second) + " already",
                  "use weight for a larger share");
    }
  }
  if (servers > limits::servers)
    rules.add("pools", std::to_string(servers) + " servers are more than " + std::to_string(limits::servers),
              "remove some");
}

}  // namespace poise::config
