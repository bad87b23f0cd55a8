#include "datapath/neighbor_message.hpp"

#include "datapath/wire/checksum.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"
#include "datapath/wire/nd.hpp"

namespace poise::datapath {
namespace {

using wire::Ipv6Header;
using wire::LinkLayerOption;
using wire::NeighborMessage;

// Each option has a length above 0 and all fit (RFC 4861 4.6).
bool read_options(std::span<const std::uint8_t> options, NeighborFacts& facts) {
  while (!options.empty()) {
    const std::size_t length = options.size() < 8 ? 0 : options[1] * 8u;
    if (length == 0 || length > options.size()) return false;
    const LinkLayerOption& option = wire::at<LinkLayerOption>(options.data());
    if (option.type == LinkLayerOption::source) facts.source_mac = option.mac;
    if (option.type == LinkLayerOption::target) facts.target_mac = option.mac;
    options = options.subspan(length);
  }
  return true;
}

bool addresses_agree(const NeighborFacts& facts) {
  if (facts.target.is_multicast() || facts.source.is_multicast()) return false;
  if (facts.advertisement) return !facts.destination.is_multicast() || (facts.flags & NeighborMessage::solicited) == 0;
  const bool detects_duplicates = facts.source.is_unspecified();
  return !detects_duplicates || (facts.destination == wire::solicited_node(facts.target) && !facts.source_mac);
}

}  // namespace

std::optional<NeighborFacts> read_neighbor_message(std::span<const std::uint8_t> packet) {
  if (packet.size() < sizeof(Ipv6Header) + sizeof(NeighborMessage)) return std::nullopt;
  const Ipv6Header& ip = wire::at<Ipv6Header>(packet.data());
  const std::uint16_t length = ip.payload_length.host();
  packet = packet.subspan(sizeof(Ipv6Header));
  if (ip.version() != 6 || ip.next_header != wire::protocol_icmpv6 || ip.hop_limit != wire::nd_hop_limit ||
      length < sizeof(NeighborMessage) || length > packet.size())
    return std::nullopt;
  packet = packet.first(length);
  const NeighborMessage& message = wire::at<NeighborMessage>(packet.data());
  NeighborFacts facts;
  facts.advertisement = message.type == wire::nd_neighbor_advertisement;
  if ((!facts.advertisement && message.type != wire::nd_neighbor_solicitation) || message.code != 0)
    return std::nullopt;
  facts.flags = message.flags.host();
  facts.source = wire::to_address(ip.source);
  facts.destination = wire::to_address(ip.destination);
  facts.target = wire::to_address(message.target);
  wire::Sum sum;
  sum.add(ip.source, 32).add16(wire::protocol_icmpv6).add16(length).add(packet.data(), length);
  if (!sum.is_valid() || !read_options(packet.subspan(sizeof(NeighborMessage)), facts) || !addresses_agree(facts))
    return std::nullopt;
  return facts;
}

}  // namespace poise::datapath
