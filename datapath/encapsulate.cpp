#include "datapath/encapsulate.hpp"

#include <netinet/in.h>

#include <cstring>

#include "datapath/wire/bytes.hpp"
#include "datapath/wire/checksum.hpp"
#include "datapath/wire/gue.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/udp.hpp"

namespace poise::datapath {
namespace {

using config::Encapsulation;
using wire::store16;
using wire::store32;

constexpr std::uint16_t ethernet_room = 18, gre_length = 4, gue_length = 4, udp_length = 8;
constexpr std::uint8_t outer_ttl = 64;

std::uint16_t shim_length(Encapsulation encapsulation) {
  switch (encapsulation) {
    case Encapsulation::ipip:
      break;
    case Encapsulation::gre:
      return gre_length;
    case Encapsulation::gue:
      return udp_length + gue_length;
  }
  return 0;
}

// IPv6 knows no zero checksum for UDP (RFC 8200 8.1).
void write_udp6_checksum(std::uint8_t* ip, std::uint16_t udp_bytes) {
  wire::Sum sum;
  sum.add_pseudo_header(IpAddr::v6(ip + 8), IpAddr::v6(ip + 24), IPPROTO_UDP, udp_bytes).add(ip + 40, udp_bytes);
  wire::at<wire::UdpHeader>(ip + 40).checksum = wire::udp_checksum(sum.checksum());
}

void write_shim(std::uint8_t* at, const Packet& inner, Encapsulation encapsulation) {
  if (encapsulation == Encapsulation::gre) {
    store16(at, 0);  // no checksum, key or sequence; version 0
    store16(at + 2, inner.family == 6 ? 0x86dd : 0x0800);
  } else if (encapsulation == Encapsulation::gue) {
    store16(at, std::uint16_t(0xc000 | (inner.hash & 0x3fff)));  // entropy for ECMP and RSS on the way
    store16(at + 2, wire::gue_port);
    store16(at + 4, std::uint16_t(udp_length + gue_length + inner.l3_length));
    store16(at + 6, 0);
    at[8] = 0;  // variant 0, data message, no optional fields
    at[9] = inner.family == 6 ? wire::protocol_ipv6 : wire::protocol_ipip;
    store16(at + 10, 0);
  }
}

std::uint8_t outer_protocol(const Packet& inner, Encapsulation encapsulation) {
  if (encapsulation == Encapsulation::gre) return wire::protocol_gre;
  if (encapsulation == Encapsulation::gue) return IPPROTO_UDP;
  return inner.family == 6 ? wire::protocol_ipv6 : wire::protocol_ipip;
}

// Summed before it is written: the line it goes to is likely cold, and a load of what was just stored there would wait.
void write_outer_v4(std::uint8_t* at, const Packet& inner, const Tunnel& tunnel, std::uint16_t total) {
  const bool dont_fragment = inner.family == 6 || (inner.l3()[6] & 0x40) != 0;
  // Packets that may be fragmented need different numbers (RFC 6864): the inner ones differ.
  const auto identification = std::uint16_t(inner.hash ^ (inner.family == 4 ? wire::load16(inner.l3() + 4) : 0));
  const std::uint32_t lifetime = std::uint32_t(outer_ttl) << 24 | outer_protocol(inner, tunnel.encapsulation) << 16;
  const std::uint32_t start = 0x45u << 24 | std::uint32_t(inner.traffic_class) << 16 | total;
  const std::uint32_t fragment = std::uint32_t(identification) << 16 | (dont_fragment ? 0x4000u : 0u);
  const std::uint32_t source = tunnel.source.v4_value(), destination = tunnel.destination.v4_value();
  std::uint64_t sum = std::uint64_t(start) + fragment + lifetime + source + destination;
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  store32(at, start);
  store32(at + 4, fragment);
  store32(at + 8, lifetime | std::uint16_t(~sum));
  store32(at + 12, source);
  store32(at + 16, destination);
}

void write_outer_v6(std::uint8_t* at, const Packet& inner, const Tunnel& tunnel, std::uint16_t payload) {
  store32(at, 6u << 28 | std::uint32_t(inner.traffic_class) << 20 | (inner.hash & 0xfffff));
  store16(at + 4, payload);
  at[6] = outer_protocol(inner, tunnel.encapsulation);
  at[7] = outer_ttl;
  std::memcpy(at + 8, tunnel.source.octets.data(), 16);
  std::memcpy(at + 24, tunnel.destination.octets.data(), 16);
}

}  // namespace

std::uint16_t tunnel_overhead(Encapsulation encapsulation, bool outer_v4) {
  return std::uint16_t((outer_v4 ? 20 : 40) + shim_length(encapsulation));
}

bool encapsulate(Packet& packet, const Tunnel& tunnel) {
  const bool v4 = tunnel.destination.is_v4();
  const std::uint16_t overhead = tunnel_overhead(tunnel.encapsulation, v4);
  // The new headers start `overhead` before the inner IP header; room for an Ethernet header must be left before them.
  if (packet.headroom + packet.l3_offset < overhead + ethernet_room) return false;
  std::uint8_t* outer = packet.l3() - overhead;
  write_shim(outer + (v4 ? 20 : 40), packet, tunnel.encapsulation);
  const auto total = std::uint16_t(overhead + packet.l3_length);
  if (v4)
    write_outer_v4(outer, packet, tunnel, total);
  else
    write_outer_v6(outer, packet, tunnel, std::uint16_t(total - 40));
  if (!v4 && tunnel.encapsulation == Encapsulation::gue) write_udp6_checksum(outer, std::uint16_t(total - 40));
  std::uint8_t* frame = outer - ethernet_room;
  packet.headroom = std::uint16_t(packet.headroom + (frame - packet.data));
  packet.data = frame;
  packet.l3_offset = ethernet_room;
  packet.length = std::uint16_t(ethernet_room + total);
  packet.l3_length = total;
  packet.family = v4 ? 4 : 6;
  return true;
}

}  // namespace poise::datapath
