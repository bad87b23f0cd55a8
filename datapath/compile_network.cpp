#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "datapath/compiler.hpp"
#include "datapath/holds.hpp"

namespace poise::datapath {
namespace {

constexpr InterfaceIndex no_interface{0xffff};
constexpr std::size_t vlan_ids = 4096;

// fe80::/64 and the interface identifier of a MAC address (RFC 4291 2.5.1, appendix A).
IpAddr link_local_of(const MacAddr& mac) {
  IpAddr address;
  address.octets[0] = 0xfe;
  address.octets[1] = 0x80;
  std::copy_n(mac.octets.begin(), 3, address.octets.begin() + 8);
  address.octets[8] ^= 0x02;
  address.octets[11] = 0xff;
  address.octets[12] = 0xfe;
  std::copy_n(mac.octets.begin() + 3, 3, address.octets.begin() + 13);
  return address;
}

bool is_v6_link_local(const IpAddr& address) { return address.is_v6() && address.is_link_local(); }

// An IPv6 link-local address of the configuration replaces the derived one; all others are of use beyond the link.
void set_addresses(Interface& interface, const std::vector<IpPrefix>& addresses) {
  interface.link_local = link_local_of(interface.mac);
  for (const IpPrefix& address : addresses) {
    if (is_v6_link_local(address.address))
      interface.link_local = address.address;
    else
      interface.addresses.push_back(address);
  }
}

bool are_equal(const Interface& a, const Interface& b) {
  return a.name == b.name && a.port == b.port && a.vlan == b.vlan && a.mac == b.mac && a.mtu == b.mtu &&
         a.host_path == b.host_path && a.addresses == b.addresses && a.link_local == b.link_local;
}
bool are_equal(const RouteGroup& a, const RouteGroup& b) { return a.hops == b.hops; }

template <class T>
bool are_equal(const std::vector<T>& a, const std::vector<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const T& x, const T& y) { return are_equal(x, y); });
}

}  // namespace

// Ports are those that were opened; what the configuration adds to them or takes from them needs a restart. Interfaces
// keep their rows as long as they keep their names, because workers remember neighbors by interface; a row that is no
// longer used has no name.
void Compiler::add_interfaces() {
  if (previous != nullptr) tables.interfaces.resize(previous->interfaces.size());
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const PortFacts& fact = facts[i];
    PortInfo port{fact.name, fact.mac, fact.hardware_rss};
    if (const auto from = config.interfaces.find(fact.name); from != config.interfaces.end()) {
      port.mac = from->second.mac.value_or(fact.mac);
      Interface interface;
      interface.name = fact.name;
      interface.port = PortIndex{std::uint16_t(i)};
      interface.mac = port.mac;
      interface.mtu = from->second.mtu;
      interface.host_path = from->second.host_path;
      set_addresses(interface, from->second.addresses);
      port.untagged = add_interface(std::move(interface));
    }
    tables.ports.push_back(std::move(port));
  }
  for (std::size_t i = 0; i < facts.size(); ++i)
    if (const auto from = config.interfaces.find(facts[i].name); from != config.interfaces.end())
      add_vlans(PortIndex{std::uint16_t(i)}, from->second);
}

void Compiler::add_vlans(PortIndex port, const config::Interface& from) {
  PortInfo& info = tables.ports[port.value];
  if (!from.vlans.empty()) info.vlans.assign(vlan_ids, no_interface);
  for (const auto& [name, vlan] : from.vlans) {
    Interface interface;
    interface.name = name;
    interface.port = port;
    interface.vlan = vlan.id;
    interface.mac = info.mac;
    interface.mtu = vlan.mtu.value_or(from.mtu);
    interface.host_path = from.host_path;
    set_addresses(interface, vlan.addresses);
    info.vlans[vlan.id % vlan_ids] = add_interface(std::move(interface));
  }
}

InterfaceIndex Compiler::add_interface(Interface interface) {
  std::vector<Interface>& all = tables.interfaces;
  std::size_t row = all.size();
  if (previous != nullptr) {
    const auto is_it = [&](const Interface& each) { return each.name == interface.name; };
    const auto before = std::find_if(previous->interfaces.begin(), previous->interfaces.end(), is_it);
    if (before != previous->interfaces.end()) row = std::size_t(before - previous->interfaces.begin());
  }
  if (row >= limits::interfaces)  // rows once used and free again are the last resort
    row = std::size_t(std::find_if(all.begin(), all.end(), [](const Interface& each) { return each.name.empty(); }) -
                      all.begin());
  if (row >= all.size()) all.resize(row + 1);
  const InterfaceIndex index{std::uint16_t(row)};
  interfaces_by_name[interface.name] = index;
  all[row] = std::move(interface);
  return index;
}

InterfaceIndex Compiler::interface_of_subnet(const IpAddr& address) const {
  InterfaceIndex best = no_interface;
  int longest = -1;
  for (std::size_t i = 0; i < tables.interfaces.size(); ++i)
    for (const IpPrefix& own : tables.interfaces[i].addresses)
      if (own.length > longest && own.contains(address)) {
        longest = own.length;
        best = InterfaceIndex{std::uint16_t(i)};
      }
  return best;
}

Hop Compiler::hop_of(const config::NextHop& via) const {
  Hop hop;
  hop.on_link = !via.gateway.has_value();
  if (via.gateway) hop.gateway = *via.gateway;
  if (via.interface) {
    const auto found = interfaces_by_name.find(*via.interface);
    if (found != interfaces_by_name.end()) hop.interface = found->second;
  } else if (via.gateway) {
    hop.interface = interface_of_subnet(*via.gateway);
  }
  return hop;
}

// A subnet of ours outranks a configured route for the same prefix. A hop through an interface that is not there (yet)
// is left out.
void Compiler::add_routes() {
  std::map<IpPrefix, RouteGroup> routes;
  for (std::size_t i = 0; i < tables.interfaces.size(); ++i)
    for (const IpPrefix& own : tables.interfaces[i].addresses)
      if (own.length < (own.address.is_v4() ? 32 : 128))
        routes.try_emplace({own.network(), own.length}, RouteGroup{{Hop{InterfaceIndex{std::uint16_t(i)}, true, {}}}});
  for (const config::Route& route : config.routes) {
    std::uint32_t divisor = 0;
    for (const config::NextHop& via : route.via) divisor = std::gcd(divisor, std::uint32_t(via.weight));
    RouteGroup group;
    for (const config::NextHop& via : route.via) {
      const Hop hop = hop_of(via);
      if (hop.interface != no_interface && via.weight != 0)
        group.hops.insert(group.hops.end(), via.weight / divisor, hop);
    }
    if (!group.hops.empty()) routes.try_emplace({route.prefix.network(), route.prefix.length}, std::move(group));
  }
  std::vector<PrefixTable::Row> v4, v6;
  for (auto& [prefix, group] : routes) {
    (prefix.address.is_v4() ? v4 : v6).push_back({prefix, std::uint32_t(tables.route_groups.size())});
    tables.route_groups.push_back(std::move(group));
  }
  tables.routes_v4 = PrefixTable(v4);
  tables.routes_v6 = PrefixTable(v6);
}

// The rows of virtual routers: each keeps its own as long as it keeps its name, because control extends holds by row; a
// row that was somebody else's until now stays free this time.
class HoldRows {
 public:
  explicit HoldRows(const Tables* previous) {
    if (previous == nullptr) return;
    taken_.resize(previous->virtual_routers.size());
    for (std::size_t row = 0; row < taken_.size(); ++row) {
      const std::string& name = previous->virtual_routers[row].name;
      taken_[row] = !name.empty();
      if (taken_[row]) rows_.emplace(name, row);
    }
  }
  HoldIndex row_of(const std::string& name) {
    if (const auto known = rows_.find(name); known != rows_.end()) return HoldIndex{std::uint16_t(known->second)};
    while (next_ < taken_.size() && taken_[next_]) ++next_;
    return HoldIndex{std::uint16_t(next_++)};
  }

 private:
  std::unordered_map<std::string, std::size_t> rows_;
  std::vector<bool> taken_;
  std::size_t next_ = 0;
};

// Their addresses come before all others: an owner's is an interface's too, but ours only while it is held.
void Compiler::add_virtual_routers() {
  constexpr std::size_t macs_per_family = 256;
  tables.heartbeats = !config.vrrp.heartbeats.empty();
  if (previous != nullptr) tables.virtual_routers.resize(previous->virtual_routers.size());
  HoldRows hold_rows(previous);
  for (const auto& [name, from] : config.vrrp.instances) {
    const auto interface = interfaces_by_name.find(from.interface);
    if (interface == interfaces_by_name.end() || from.addresses.empty()) continue;
    const HoldIndex hold = hold_rows.row_of(name);
    if (hold.value >= limits::virtual_routers) continue;
    if (tables.virtual_routers.size() <= hold.value) tables.virtual_routers.resize(hold.value + 1u);
    Interface& on = tables.interfaces[interface->second.value];
    const bool v6 = from.addresses[0].is_v6();
    const MacAddr virtual_mac{{0, 0, 0x5e, 0, std::uint8_t(v6 ? 2 : 1), from.virtual_router_id}};
    tables.virtual_routers[hold.value] = {name, interface->second, from.virtual_mac ? virtual_mac : on.mac,
                                          from.accept};
    if (on.vrids.empty()) on.vrids.assign(2 * macs_per_family, false);
    on.vrids[(v6 ? macs_per_family : 0) + from.virtual_router_id] = true;
    if (from.virtual_mac) {
      if (on.virtual_macs.empty()) on.virtual_macs.assign(2 * macs_per_family, Holds::none);
      on.virtual_macs[(v6 ? macs_per_family : 0) + from.virtual_router_id] = hold;
    }
    for (const IpAddr& address : from.addresses)
      tables.local.insert(address, {LocalAddress::virtual_address, interface->second, hold});
  }
}

// Interface addresses come first, so that one of them keeps its interface when a service or a SNAT pool uses it too.
void Compiler::add_local_addresses() {
  std::map<IpAddr, InterfaceIndex> link_locals;  // VLANs of one port share theirs: then it is every interface's
  for (std::size_t i = 0; i < tables.interfaces.size(); ++i) {
    const Interface& interface = tables.interfaces[i];
    if (interface.name.empty()) continue;
    const InterfaceIndex index{std::uint16_t(i)};
    for (const IpPrefix& own : interface.addresses)
      tables.local.insert(own.address, {LocalAddress::interface_address, index});
    const auto [at, fresh] = link_locals.try_emplace(interface.link_local, index);
    if (!fresh) at->second = no_interface;
  }
  for (const auto& [address, index] : link_locals)
    tables.local.insert(address, {LocalAddress::interface_address, index});
  for (const auto& [name, service] : config.services)
    tables.local.insert(service.address, {LocalAddress::service_address, interface_of_subnet(service.address)});
  for (const auto& [name, pool] : config.snat_pools)
    for (const IpAddr& address : pool.addresses)
      tables.local.insert(address, {LocalAddress::snat_address, interface_of_subnet(address)});
}

std::uint16_t Compiler::snat_pool_row(const std::string& name) const {
  const auto found = config.snat_pools.find(name);
  return found == config.snat_pools.end() ? 0xffff : std::uint16_t(std::distance(config.snat_pools.begin(), found));
}

void Compiler::add_snat() {
  for (const auto& [name, from] : config.snat_pools) {
    SnatPool pool{name, {}, {}, from.port_first, from.port_last};
    for (const IpAddr& address : from.addresses) (address.is_v4() ? pool.v4 : pool.v6).push_back(address);
    tables.snat_pools.push_back(std::move(pool));
  }
  for (const config::SnatRule& from : config.snat_rules) {
    const auto interface = interfaces_by_name.find(from.interface);
    const std::uint16_t pool = snat_pool_row(from.snat_pool);
    if (interface != interfaces_by_name.end() && pool != 0xffff)
      tables.snat_rules.push_back({{from.source.network(), from.source.length}, interface->second, pool});
  }
  std::stable_sort(tables.snat_rules.begin(), tables.snat_rules.end(),
                   [](const SnatRule& a, const SnatRule& b) { return a.source.length > b.source.length; });
}

void Compiler::number_paths() {
  tables.path_generation = 1;
  if (previous == nullptr) return;
  const bool changed = !are_equal(previous->interfaces, tables.interfaces) ||
                       !are_equal(previous->route_groups, tables.route_groups) ||
                       !(previous->routes_v4 == tables.routes_v4) || !(previous->routes_v6 == tables.routes_v6);
  tables.path_generation = previous->path_generation + (changed ? 1 : 0);
}

}  // namespace poise::datapath
