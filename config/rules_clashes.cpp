#include <algorithm>
#include <tuple>

#include "config/choices.hpp"
#include "config/rules.hpp"
#include "config/scalars.hpp"

namespace poise::config {
namespace {

// How exactly a service names its ports. Different kinds may overlap: the more exact one wins.
enum class Exactness { any, range, port };

struct Claim {
  const std::string* name;
  PortRange ports;
  Exactness exactness() const {
    if (ports == PortRange{}) return Exactness::any;
    return ports.first == ports.last ? Exactness::port : Exactness::range;
  }
};

void check_claims(Rules& rules, std::vector<Claim>& claims, const std::string& where) {
  std::ranges::sort(claims, {}, [](const Claim& claim) {
    return std::tuple{claim.exactness(), claim.ports, std::string_view(*claim.name)};
  });
  const Claim* widest = nullptr;  // of the same exactness so far: the one that ends last
  for (const Claim& claim : claims) {
    const bool same_kind = widest && widest->exactness() == claim.exactness();
    if (same_kind && claim.ports.first <= widest->ports.last)
      rules.add(child("services", *claim.name) + ".ports",
                where + " " + to_string(claim.ports) + " overlaps " + to_string(widest->ports) + " of service " +
                    quoted(*widest->name),
                "give the services ports or addresses of their own, or set enabled to false on one");
    if (!same_kind || claim.ports.last > widest->ports.last) widest = &claim;
  }
}

// Replies to a SNAT pool and requests to a service must be told apart.
void check_snat_ports(Rules& rules, const std::map<IpAddr, std::vector<const std::string*>>& services) {
  for (const auto& [pool_name, pool] : rules.config.snat_pools)
    for (std::size_t i = 0; i < pool.addresses.size(); ++i) {
      const auto found = services.find(pool.addresses[i]);
      if (found == services.end()) continue;
      for (const std::string* name : found->second) {
        const PortRange& ports = rules.config.services.at(*name).ports;
        if (ports != PortRange{} && (ports.last < pool.port_first || ports.first > pool.port_last)) continue;
        rules.add(child(child("snat_pools", pool_name) + ".addresses", i),
                  to_string(pool.addresses[i]) + " ports " + std::to_string(pool.port_first) + "-" +
                      std::to_string(pool.port_last) + " overlap those of service " + quoted(*name),
                  "use another address, or ports apart from the service's");
      }
    }
}

}  // namespace

void check_service_clashes(Rules& rules) {
  std::map<std::pair<IpAddr, Protocol>, std::vector<Claim>> claims;
  std::map<IpAddr, std::vector<const std::string*>> by_address;
  for (const auto& [name, service] : rules.config.services) {
    if (!service.enabled) continue;
    claims[{service.address, service.protocol}].push_back({&name, service.ports});
    by_address[service.address].push_back(&name);
  }
  for (auto& [key, claimed] : claims)
    check_claims(rules, claimed,
                 "protocol " + std::string(name_of(key.second)) + " to " + to_string(key.first) + ", ports");
  check_snat_ports(rules, by_address);
}

}  // namespace poise::config
