#include "config/validate.hpp"

#include <nlohmann/json.hpp>

#include "config/read.hpp"
#include "config/rules.hpp"
#include "config/schema.hpp"

namespace poise::config {

Rules::Rules(const Config& checked) : config(checked) {
  for (const auto& [name, interface] : config.interfaces) {
    const std::string path = child("interfaces", name);
    links.push_back({name, path, interface.mtu, &interface.addresses});
    for (const auto& [vlan_name, vlan] : interface.vlans)
      links.push_back(
          {vlan_name, child(path + ".vlans", vlan_name), vlan.mtu.value_or(interface.mtu), &vlan.addresses});
  }
  for (std::size_t index = 0; index < links.size(); ++index) {
    link_by_name.emplace(links[index].name, index);
    for (std::size_t i = 0; i < links[index].addresses->size(); ++i) {
      const IpPrefix& prefix = (*links[index].addresses)[i];
      connected.insert(prefix, index);
      address_paths.emplace(prefix.address, child(links[index].path + ".addresses", i));
    }
  }
  for (std::size_t index = 0; index < config.routes.size(); ++index)
    for (const NextHop& hop : config.routes[index].via)
      if (!hop.gateway) on_link.insert(config.routes[index].prefix, index);
}

const Link* Rules::find_link(std::string_view name) const {
  const auto found = link_by_name.find(name);
  return found == link_by_name.end() ? nullptr : &links[found->second];
}

std::vector<std::string_view> Rules::link_names() const {
  std::vector<std::string_view> names;
  for (const Link& link : links) names.push_back(link.name);
  return names;
}

std::string why_not_a_host(const IpAddr& address) {
  const std::string text = to_string(address);
  if (address.is_unspecified()) return text + " is no address of a host";
  if (address.is_multicast()) return text + " is a multicast address";
  if (address.is_loopback()) return text + " is a loopback address";
  if (address == IpAddr::v4(0xffffffff)) return text + " is the broadcast address";
  return "";
}

Errors validate(const Config& config) {
  // A Config made by code may hold what parse() would refuse; then nothing else can be relied upon.
  Config unused;
  Errors errors = read(document_type(), to_json(config), &unused);
  if (!errors.empty()) return errors;
  Rules rules(config);
  for (const auto check : {check_node, check_interfaces, check_subnets, check_routes, check_snat, check_pools,
                           check_health, check_services, check_service_clashes, check_proxy, check_persistence,
                           check_stick, check_content, check_backend_health, check_vrrp, check_api})
    check(rules);
  return std::move(rules.errors);
}

}  // namespace poise::config
