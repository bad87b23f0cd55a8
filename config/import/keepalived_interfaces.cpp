#include <algorithm>
#include <charconv>

#include "config/import/keepalived_mapping.hpp"
#include "config/path.hpp"

// The kernel's interfaces that the source names become ours.
namespace poise::config::importing {
namespace {

struct VlanName {
  std::string parent;
  unsigned id = 0;
};

// "eth0.100": VLAN 100 of eth0.
std::optional<VlanName> as_vlan(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos || dot == 0) return std::nullopt;
  VlanName vlan{.parent = name.substr(0, dot)};
  const char* end = name.data() + name.size();
  const auto [at, error] = std::from_chars(name.data() + dot + 1, end, vlan.id);
  if (error != std::errc{} || at != end || vlan.id < 1 || vlan.id > 4094) return std::nullopt;
  return vlan;
}

Target make_port(Mapping& mapping, Place from, const std::string& kernel_name) {
  const std::string name = valid_name(kernel_name);
  Target port = target_at(mapping, from, {"interfaces", name});
  if (port.object.contains("device")) return port;
  const auto known = mapping.options.devices.find(kernel_name);
  const bool is_known = known != mapping.options.devices.end();
  const std::string device = is_known ? known->second : "net_tap_" + name + ",iface=" + name;
  port.set(from, "device", device);
  mapping.report.note(from, is_known ? Note::Kind::taken : Note::Kind::changed, kernel_name,
                      port.path + ".device = " + text_of(device) +
                          (is_known ? "" : ", a stand-in: name the device with --device " + kernel_name + "=..."));
  return port;
}

// An address that is held for an instance at the moment, while the interface has others, is not the interface's own.
bool is_held_only(const Mapping& mapping, const std::vector<IpPrefix>& all, const IpPrefix& prefix) {
  return mapping.virtual_addresses.contains(prefix.address) && std::ranges::any_of(all, [&](const IpPrefix& other) {
           return other.address.is_v4() == prefix.address.is_v4() && !mapping.virtual_addresses.contains(other.address);
         });
}

void add_addresses(Mapping& mapping, Target& target, const KernelLink& link, const std::string& kernel_name) {
  const auto known = mapping.options.addresses.find(kernel_name);
  if (known == mapping.options.addresses.end()) return;
  for (const IpPrefix& prefix : known->second) {
    const bool held_only = is_held_only(mapping, known->second, prefix);
    if (!held_only) target.add(link.place, "addresses", to_string(prefix));
    mapping.report.note(link.place, held_only ? Note::Kind::ignored : Note::Kind::taken, kernel_name,
                        held_only ? to_string(prefix) + " is a virtual address, not the interface's own"
                                  : target.path + ".addresses: " + to_string(prefix));
  }
}

bool has_v4(const nlohmann::json& object) {
  const nlohmann::json list = object.value("addresses", nlohmann::json::array());
  return std::any_of(list.begin(), list.end(), [](const nlohmann::json& each) {
    const auto prefix = parse_prefix(each.get_ref<const std::string&>());
    return prefix && prefix->address.is_v4();
  });
}

Target target_of(Mapping& mapping, const KernelLink& link, const std::string& kernel_name) {
  const auto vlan = as_vlan(kernel_name);
  const bool is_vlan = vlan && !mapping.options.devices.contains(kernel_name);
  if (!is_vlan) return target_at(mapping, link.place, {"interfaces", valid_name(kernel_name)});
  return target_at(mapping, link.place, {"interfaces", valid_name(vlan->parent), "vlans", valid_name(kernel_name)});
}

}  // namespace

std::string map_link(Mapping& mapping, Place from, const std::string& kernel_name) {
  const std::string name = valid_name(kernel_name);
  const auto [found, is_new] = mapping.links.try_emplace(kernel_name, KernelLink{.place = from, .path = {}});
  if (!is_new) return name;
  const auto vlan = as_vlan(kernel_name);
  if (!vlan || mapping.options.devices.contains(kernel_name)) {
    found->second.path = make_port(mapping, from, kernel_name).path;
    return name;
  }
  map_link(mapping, from, vlan->parent);
  Target target = target_of(mapping, found->second, kernel_name);
  target.set(from, "id", vlan->id);
  found->second.path = target.path;
  mapping.report.note(from, Note::Kind::taken, kernel_name, target.path + ": VLAN " + std::to_string(vlan->id));
  return name;
}

void finish_links(Mapping& mapping) {
  for (const auto& [kernel_name, link] : mapping.links) {
    Target target = target_of(mapping, link, kernel_name);
    add_addresses(mapping, target, link, kernel_name);
    if (link.needs_v4 && !has_v4(target.object))
      mapping.report.refuse(link.needed_at, "interface",
                            {"", "no IPv4 address of " + kernel_name + " is known, to send advertisements from",
                             "add --address " + kernel_name + "=192.168.1.1/24 with this node's own address"});
  }
}

}  // namespace poise::config::importing
