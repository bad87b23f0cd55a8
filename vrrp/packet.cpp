#include "vrrp/packet.hpp"

#include <algorithm>

#include "datapath/wire/checksum.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"
#include "vrrp/wire.hpp"

namespace poise::vrrp {
namespace {

using namespace datapath::wire;

tl::expected<Received, Discard> read_v4(ByteView packet) {
  const Ipv4Header& ip = at<Ipv4Header>(packet.data());
  const std::uint16_t header = ip.header_length(), total = ip.total_length.host();
  if (header < ipv4_length || total < header || total > packet.size()) return tl::unexpected(Discard::not_ip);
  if (!Sum().add(packet.data(), header).is_valid() || ip.is_fragment()) return tl::unexpected(Discard::not_ip);
  if (ip.protocol != protocol_vrrp && ip.protocol != protocol_ah) return tl::unexpected(Discard::not_ip);
  if (header != ipv4_length) return tl::unexpected(Discard::ip_options);
  Received received{{to_address(ip.source), to_address(ip.destination)}, ip.ttl, {}, packet.first(total), {}};
  received.message = received.packet.subspan(header);
  if (ip.protocol == protocol_vrrp) return received;
  if (received.message.size() < sizeof(AuthenticationHeader)) return tl::unexpected(Discard::length);
  const AuthenticationHeader& ah = at<AuthenticationHeader>(received.message.data());
  if (ah.next_header != protocol_vrrp || ah.length != sizeof(AuthenticationHeader) / 4 - 2)
    return tl::unexpected(Discard::authentication_type);
  received.ah_sequence = ah.sequence.host();
  received.message = received.message.subspan(sizeof(AuthenticationHeader));
  return received;
}

tl::expected<Received, Discard> read_v6(ByteView packet) {
  if (packet.size() < ipv6_length) return tl::unexpected(Discard::not_ip);
  const Ipv6Header& ip = at<Ipv6Header>(packet.data());
  const std::size_t payload = ip.payload_length.host();
  if (ipv6_length + payload > packet.size()) return tl::unexpected(Discard::not_ip);
  if (ip.next_header != protocol_vrrp) return tl::unexpected(Discard::ip_options);
  return Received{{to_address(ip.source), to_address(ip.destination)},
                  ip.hop_limit,
                  packet.subspan(ipv6_length, payload),
                  packet.first(ipv6_length + payload),
                  {}};
}

}  // namespace

tl::expected<Received, Discard> read_packet(ByteView packet) {
  if (packet.size() < ipv4_length) return tl::unexpected(Discard::not_ip);
  if (packet[0] >> 4 == 4) return read_v4(packet);
  if (packet[0] >> 4 == 6) return read_v6(packet);
  return tl::unexpected(Discard::not_ip);
}

Bytes make_ip_header(const IpHeader& header, std::size_t payload_length) {
  const bool v6 = header.envelope.source.is_v6();
  Bytes bytes(v6 ? ipv6_length : ipv4_length);
  if (v6) {
    Ipv6Header& ip = at<Ipv6Header>(bytes.data());
    ip.set_version_class_flow(traffic_class_vrrp, 0);
    ip.payload_length.set(std::uint16_t(payload_length));
    ip.next_header = header.protocol;
    ip.hop_limit = header.ttl;
    write_address(ip.source, header.envelope.source);
    write_address(ip.destination, header.envelope.destination);
  } else {
    Ipv4Header& ip = at<Ipv4Header>(bytes.data());
    ip.version_length = 0x45;
    ip.traffic_class = traffic_class_vrrp;
    ip.total_length.set(std::uint16_t(ipv4_length + payload_length));
    ip.identification.set(header.identification);
    ip.ttl = header.ttl;
    ip.protocol = header.protocol;
    ip.source = to_wire_v4(header.envelope.source);
    ip.destination = to_wire_v4(header.envelope.destination);
    ip.checksum = ipv4_checksum(bytes.data(), ipv4_length);
  }
  return bytes;
}

Bytes make_packet(ByteView message, const Envelope& envelope, std::uint8_t ttl, std::uint16_t identification) {
  Bytes packet = make_ip_header({envelope, protocol_vrrp, ttl, identification}, message.size());
  packet.insert(packet.end(), message.begin(), message.end());
  return packet;
}

}  // namespace poise::vrrp
