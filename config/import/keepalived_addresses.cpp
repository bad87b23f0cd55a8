#include <algorithm>

#include "config/import/keepalived_mapping.hpp"

// What an instance holds and whom it talks to: virtual_ipaddress and its kin, unicast_peer.
namespace poise::config::importing {
namespace {

// An option with its value, taken out of the list: "dev" of "dev eth0 label eth0:1".
std::string take_option(std::vector<std::string>& options, std::string_view name) {
  const auto found = std::ranges::find(options, name);
  if (found == options.end() || found + 1 == options.end()) return "";
  const std::string value = *(found + 1);
  options.erase(found, found + 2);
  return value;
}

void map_address(Target& target, const Statement& entry, const std::string& kernel_interface) {
  Mapping& mapping = target.mapping;
  const auto prefix = parse_prefix(entry.keyword);
  if (!prefix)
    return mapping.refuse(entry, "\"" + entry.keyword + "\" is no address",
                          "write one like 192.168.1.100 or 192.168.1.100/24");
  std::vector<std::string> options = entry.arguments;
  const std::string device = take_option(options, "dev");
  if (!device.empty() && device != kernel_interface)
    return mapping.leave_out(
        entry, to_string(prefix->address) + " is on " + device + ", the advertisements are on " + kernel_interface,
        "give it an instance of its own on " + device + ", in the same vrrp_sync_group");
  target.add(entry.place, "addresses", to_string(prefix->address));
  mapping.taken(entry, target.path + ".addresses");
  if (!options.empty())
    mapping.changed(entry, "without " + joined(options) + ": the address is not the kernel's");
  else if (prefix->length != (prefix->address.is_v4() ? 32 : 128))
    mapping.changed(entry, "without /" + std::to_string(prefix->length) + ": the subnet is that of the interface");
}

void leave_out_excluded(Mapping& mapping, const Statement& statement) {
  mapping.taken(statement, "see its addresses");
  for (const Statement& entry : statement.children)
    mapping.leave_out(entry, "an address that is not in the advertisements cannot be held",
                      "put it into virtual_ipaddress on every node, or into an instance of its own in the same "
                      "vrrp_sync_group");
}

void map_peers(Target& target, const Statement& statement) {
  Mapping& mapping = target.mapping;
  mapping.taken(statement, target.path + ".unicast_peers");
  std::optional<std::uint64_t> least, greatest;
  bool differ = false;
  for (const Statement& entry : statement.children) {
    const auto address = address_of(mapping, entry, entry.keyword);
    if (!address) continue;
    target.add(entry.place, "unicast_peers", to_string(*address));
    mapping.taken(entry, target.path + ".unicast_peers");
    std::vector<std::string> options = entry.arguments;
    for (const auto& [name, limit] : {std::pair("min_ttl", &least), std::pair("max_ttl", &greatest)}) {
      const std::string text = take_option(options, name);
      if (text.empty()) continue;
      const auto value = whole_number(mapping, entry, text);
      if (!value || *value < 0) continue;
      differ = differ || (*limit && **limit != std::uint64_t(*value));
      *limit = std::uint64_t(*value);
    }
  }
  if (least) target.set(statement.place, "unicast_ttl_min", *least);
  if (greatest) target.set(statement.place, "unicast_ttl_max", *greatest);
  if (differ) mapping.changed(statement, "the TTL limits of the last peer are taken for all of them");
}

}  // namespace

void map_addresses(Target& target, const Statement& statement, const std::string& kernel_interface) {
  if (statement.keyword == "unicast_peer") return map_peers(target, statement);
  if (statement.keyword == "virtual_ipaddress_excluded") return leave_out_excluded(target.mapping, statement);
  if (statement.keyword == "virtual_ipaddress") {
    target.mapping.taken(statement, target.path + ".addresses");
    for (const Statement& entry : statement.children) map_address(target, entry, kernel_interface);
    return;
  }
  const std::string why = "no routes or rules follow the master; see routes";
  target.mapping.ignored(statement, why);
  target.mapping.note_rest(statement.children, why);
}

}  // namespace poise::config::importing
