#include <algorithm>
#include <map>

#include "config/rules.hpp"

namespace poise::config {
namespace {

constexpr std::uint16_t ipv6_mtu_min = 1280;   // RFC 8200 section 5
constexpr std::size_t host_path_name_max = 9;  // the kernel's 15 less "poise-"

// What tells one device from another: "net_tap0" of "net_tap0,iface=dt0"; "0000:03:00.0" also for "03:00.0".
std::string device_identity(std::string_view device) {
  const std::string name(device.substr(0, device.find(',')));
  const bool is_short_pci = name.size() == 7 && name[2] == ':' && name[5] == '.';
  return is_short_pci ? "0000:" + name : name;
}

class Devices {
 public:
  explicit Devices(Rules& rules) : rules_(rules) {}
  void use(const std::string& device, const std::string& path) {
    if (device_identity(device).empty())
      return rules_.add(path, "the device string is empty", "use a PCI address or DPDK device string");
    const auto [first, is_new] = paths_.emplace(device_identity(device), path);
    if (!is_new)
      rules_.add(path, "device " + first->first + " is used by " + first->second + " already", "use each device once");
  }

 private:
  Rules& rules_;
  std::map<std::string, std::string> paths_;
};

void check_device(Rules& rules, Devices& devices, const Interface& interface, const std::string& path) {
  if (interface.device.empty() && !interface.bond)
    rules.add(path, "the interface has neither device nor bond", "add \"device\": a PCI address or DPDK device string");
  if (!interface.device.empty() && interface.bond)
    rules.add(path, "the interface has both device and bond", "move the device into bond.devices, or remove bond");
  if (!interface.device.empty()) devices.use(interface.device, path + ".device");
  if (!interface.bond) return;
  if (interface.bond->devices.empty())
    rules.add(path + ".bond.devices", "the bond has no member", "list at least one device");
  for (std::size_t i = 0; i < interface.bond->devices.size(); ++i)
    devices.use(interface.bond->devices[i], child(path + ".bond.devices", i));
}

void check_vlans(Rules& rules, const Interface& interface, const std::string& path) {
  std::map<std::uint16_t, std::string> names;
  for (const auto& [name, vlan] : interface.vlans) {
    const std::string place = child(path + ".vlans", name);
    const auto [first, is_new] = names.emplace(vlan.id, name);
    if (!is_new)
      rules.add(place + ".id", "VLAN " + std::to_string(vlan.id) + " is " + quoted(first->second) + " already",
                "use each number once per interface");
    if (vlan.mtu && *vlan.mtu > interface.mtu)
      rules.add(place + ".mtu",
                std::to_string(*vlan.mtu) + " is above the interface's " + std::to_string(interface.mtu),
                "lower it, or raise " + path + ".mtu");
  }
}

void check_link(Rules& rules, const Link& link) {
  const auto is_v6 = [](const IpPrefix& prefix) { return prefix.address.is_v6(); };
  if (link.mtu < ipv6_mtu_min && std::ranges::any_of(*link.addresses, is_v6))
    rules.add(link.path + ".mtu", std::to_string(link.mtu) + " is below 1280, which IPv6 needs",
              "raise it, or remove the IPv6 addresses");
}

void check_counts(Rules& rules) {
  std::size_t ports = 0;
  for (const auto& [name, interface] : rules.config.interfaces)
    ports += 1 + (interface.bond ? interface.bond->devices.size() : 0) + (interface.host_path ? 1 : 0);
  if (ports > limits::ports)
    rules.add("interfaces",
              std::to_string(ports) + " ports (bond members and host paths count) are more than " +
                  std::to_string(limits::ports),
              "remove some");
  if (rules.links.size() > limits::interfaces)
    rules.add("interfaces",
              std::to_string(rules.links.size()) + " interfaces and VLANs are more than " +
                  std::to_string(limits::interfaces),
              "remove some");
}

}  // namespace

void check_interfaces(Rules& rules) {
  Devices devices(rules);
  for (const auto& [name, interface] : rules.config.interfaces) {
    const std::string path = child("interfaces", name);
    check_device(rules, devices, interface, path);
    if (interface.mac && (interface.mac->is_multicast() || interface.mac->is_zero()))
      rules.add(path + ".mac", to_string(*interface.mac) + " is no address of one station",
                "use one whose first octet is even, like 02:00:5e:10:00:01");
    if (interface.host_path && name.size() > host_path_name_max)
      rules.add(path + ".host_path",
                "the kernel interface \"poise-" + name + "\" would have a name of more than 15 characters",
                "name the interface with at most 9, or set host_path to false");
    check_vlans(rules, interface, path);
  }
  std::map<std::string_view, const Link*> names;
  for (const Link& link : rules.links) {
    const auto [first, is_new] = names.emplace(link.name, &link);
    if (!is_new)
      rules.add(link.path, "the name " + quoted(link.name) + " is taken by " + first->second->path,
                "names of interfaces and VLANs must all differ");
    check_link(rules, link);
  }
  check_counts(rules);
}

}  // namespace poise::config
