#include <algorithm>
#include <tuple>

#include "config/rules.hpp"

namespace poise::config {
namespace {

bool is_single_address(const IpPrefix& prefix) { return prefix.length == (prefix.address.is_v4() ? 32 : 128); }

// The last address of the subnet: IPv4's broadcast address.
IpAddr last_address(const IpPrefix& prefix) {
  IpAddr last = prefix.network();
  for (unsigned bit = (prefix.address.is_v4() ? 96u : 0u) + prefix.length; bit < 128; ++bit)
    last.octets[bit / 8] |= std::uint8_t(0x80 >> bit % 8);
  return last;
}

void check_address(Rules& rules, const IpPrefix& prefix, const std::string& path) {
  const std::string text = to_string(prefix);
  if (const std::string why = why_not_a_host(prefix.address); !why.empty())
    return rules.add(path, why, "use the node's own address in the subnet");
  if (prefix.length == 0)
    return rules.add(path, text + " would make every address a neighbour", "use the prefix length of the subnet");
  const std::uint8_t longest_with_network =
      prefix.address.is_v4() ? 30 : 126;  // RFC 3021, RFC 6164: /31 and /127 have hosts only
  if (prefix.length > longest_with_network) return;
  if (prefix.address == prefix.network())
    return rules.add(path, text + " is the subnet, not an address in it", "use the node's own address in the subnet");
  if (prefix.address.is_v4() && prefix.address == last_address(prefix))
    rules.add(path, text + " is the broadcast address of the subnet", "use the node's own address in the subnet");
}

struct Subnet {
  IpAddr network;
  std::uint8_t length;
  const Link* link;
  std::string path;
  IpPrefix written;
  bool holds(const Subnet& other) const {
    return IpPrefix{network, length}.contains(other.network) && length <= other.length;
  }
};

// Subnets are nested or apart, never crossing. In order of network and length, the ones that hold a subnet are a stack.
void check_overlaps(Rules& rules, std::vector<Subnet> subnets) {
  std::ranges::sort(subnets, [](const Subnet& left, const Subnet& right) {
    return std::tie(left.network, left.length) < std::tie(right.network, right.length);
  });
  std::vector<const Subnet*> stack;
  for (const Subnet& subnet : subnets) {
    while (!stack.empty() && !stack.back()->holds(subnet)) stack.pop_back();
    const auto other = std::ranges::find_if(stack, [&](const Subnet* each) { return each->link != subnet.link; });
    if (other != stack.end())
      rules.add(subnet.path,
                to_string(subnet.written) + " overlaps " + to_string((*other)->written) + " at " + (*other)->path,
                "a subnet is on one interface: correct an address or a prefix length");
    if (stack.empty() || stack.back()->link != subnet.link || stack.back()->length != subnet.length)
      stack.push_back(&subnet);
  }
}

}  // namespace

void check_subnets(Rules& rules) {
  std::vector<Subnet> subnets;
  for (const Link& link : rules.links) {
    for (std::size_t i = 0; i < link.addresses->size(); ++i) {
      const IpPrefix& prefix = (*link.addresses)[i];
      const std::string path = child(link.path + ".addresses", i);
      check_address(rules, prefix, path);
      const std::string& first = rules.address_paths.at(prefix.address);
      if (first != path && !prefix.address.is_link_local())
        rules.add(path, to_string(prefix.address) + " is at " + first + " already", "use each address once");
      const bool may_repeat = prefix.address.is_link_local() || is_single_address(prefix);
      if (!may_repeat && prefix.length > 0) subnets.push_back({prefix.network(), prefix.length, &link, path, prefix});
    }
  }
  check_overlaps(rules, std::move(subnets));
}

}  // namespace poise::config
