#include "datapath/nat64.hpp"

#include "datapath/ip_facts.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"

namespace poise::datapath {
namespace {

// A number for a packet that had none and may be cut on its way: the transport checksum varies from packet to packet as
// well as a counter would, and needs no state.
std::uint16_t identification_for(const Packet& packet) {
  const std::uint8_t protocol = packet.key.protocol;
  const int checksum = protocol == wire::protocol_tcp ? 16 : protocol == wire::protocol_udp ? 6 : 2;
  return std::uint16_t(wire::at<wire::Be16>(packet.l4() + checksum).host() ^ packet.hash);
}

Drop translate(Packet& packet, const Translation& to) {
  if (packet.has(flag_icmp_error)) return Drop::nat64_untranslatable;
  const auto facts = read_ip(packet.l3(), packet.l3_length);
  if (!facts || facts->source_routed) return Drop::nat64_untranslatable;
  const bool to_v6 = facts->family == 4;
  if (to.source.is_v6() != to_v6 || to.destination.is_v6() != to_v6) return Drop::nat64_untranslatable;
  TransportChange change{*facts, in_other_family(*facts, to.source, to.destination), to.source_port,
                         to.destination_port};
  if (packet.headroom + facts->header_length < change.to.header_length) return Drop::no_headroom;
  const Drop failed = change_transport(packet.l4(), facts->payload_length, change);
  if (failed != Drop::count_) return failed;
  if (!to_v6 && !facts->fragment_header && !change.to.dont_fragment)
    change.to.identification = identification_for(packet);
  place_ip_header(packet, packet.l4(), change.to);
  return Drop::count_;
}

}  // namespace

Drop nat64_to_v4(Packet& packet, const Translation& to) { return translate(packet, to); }
Drop nat64_to_v6(Packet& packet, const Translation& to) { return translate(packet, to); }

int nat64_growth(const Packet& packet) {
  const int header = packet.l4_offset - packet.l3_offset;
  if (packet.family == 6) return wire::ipv4_length - header;
  const bool fragment = wire::at<wire::Ipv4Header>(packet.l3()).is_fragment();
  return wire::ipv6_length + (fragment ? wire::ipv6_fragment_length : 0) - header;
}

}  // namespace poise::datapath
