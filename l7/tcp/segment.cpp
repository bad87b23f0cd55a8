#include "l7/tcp/segment.hpp"

#include <algorithm>

#include "config/types/result.hpp"
#include "datapath/wire/checksum.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"
#include "datapath/wire/tcp.hpp"

namespace poise::l7::tcp {
namespace {

namespace wire = datapath::wire;

constexpr std::uint8_t ecn_mask = 3, hop_limit = 64;

// What the IP header said.
struct Envelope {
  IpAddr source, destination;
  Ecn ecn = Ecn::none;
  std::span<const std::uint8_t> message;
};

tl::expected<Envelope, Refusal> read_ipv4(std::span<const std::uint8_t> packet) {
  if (packet.size() < wire::ipv4_length) return tl::unexpected(Refusal::truncated);
  const auto& ip = wire::at<wire::Ipv4Header>(packet.data());
  const std::size_t header = ip.header_length(), total = ip.total_length.host();
  if (header < wire::ipv4_length || total < header || total > packet.size()) return tl::unexpected(Refusal::truncated);
  if (ip.is_fragment()) return tl::unexpected(Refusal::fragment);
  if (ip.protocol != wire::protocol_tcp) return tl::unexpected(Refusal::not_tcp);
  return Envelope{wire::to_address(ip.source), wire::to_address(ip.destination), Ecn(ip.traffic_class & ecn_mask),
                  packet.subspan(header, total - header)};
}

tl::expected<Envelope, Refusal> read_ipv6(std::span<const std::uint8_t> packet) {
  if (packet.size() < wire::ipv6_length) return tl::unexpected(Refusal::truncated);
  const auto& ip = wire::at<wire::Ipv6Header>(packet.data());
  const std::size_t length = ip.payload_length.host();
  if (length > packet.size() - wire::ipv6_length) return tl::unexpected(Refusal::truncated);
  std::span<const std::uint8_t> rest = packet.subspan(wire::ipv6_length, length);
  std::uint8_t next = ip.next_header;
  while (next == wire::protocol_hop_by_hop || next == wire::protocol_destination || next == wire::protocol_routing) {
    if (rest.size() < sizeof(wire::Ipv6Extension)) return tl::unexpected(Refusal::truncated);
    const auto& extension = wire::at<wire::Ipv6Extension>(rest.data());
    if (extension.length() > rest.size()) return tl::unexpected(Refusal::truncated);
    // Of a routing header with segments left the destination would be another one (RFC 8200 4.4).
    if (next == wire::protocol_routing && rest[3] != 0) return tl::unexpected(Refusal::not_tcp);
    next = extension.next_header;
    rest = rest.subspan(extension.length());
  }
  if (next == wire::protocol_fragment) return tl::unexpected(Refusal::fragment);
  if (next != wire::protocol_tcp) return tl::unexpected(Refusal::not_tcp);
  const IpAddr source = wire::to_address(ip.source), destination = wire::to_address(ip.destination);
  // ::ffff:0:0/96 is how programs write IPv4; no packet has it (RFC 4942 2.2), and an answer would be one of IPv4.
  if (source.is_v4() || destination.is_v4()) return tl::unexpected(Refusal::address);
  return Envelope{source, destination, Ecn(ip.traffic_class() & ecn_mask), rest};
}

// RFC 9293 3.9.2.3, MUST-57: nobody whom an answer could reach.
bool is_host(const IpAddr& address) {
  return !address.is_multicast() && !address.is_unspecified() && address != IpAddr::v4(0xffffffff);
}

std::size_t write_ip(const Segment& segment, std::size_t length, std::span<std::uint8_t> to) {
  if (segment.source.is_v4()) {
    auto& ip = wire::at<wire::Ipv4Header>(to.data());
    ip = {};
    ip.version_length = 0x45;
    ip.traffic_class = std::uint8_t(segment.ecn);
    ip.total_length.set(std::uint16_t(wire::ipv4_length + length));
    ip.fragment.set(wire::Ipv4Header::dont_fragment);
    ip.ttl = hop_limit;
    ip.protocol = wire::protocol_tcp;
    ip.source = wire::to_wire_v4(segment.source);
    ip.destination = wire::to_wire_v4(segment.destination);
    ip.checksum = wire::ipv4_checksum(to.data(), wire::ipv4_length);
    return wire::ipv4_length;
  }
  auto& ip = wire::at<wire::Ipv6Header>(to.data());
  ip.set_version_class_flow(std::uint8_t(segment.ecn), 0);
  ip.payload_length.set(std::uint16_t(length));
  ip.next_header = wire::protocol_tcp;
  ip.hop_limit = hop_limit;
  wire::write_address(ip.source, segment.source);
  wire::write_address(ip.destination, segment.destination);
  return wire::ipv6_length;
}

}  // namespace

tl::expected<Segment, Refusal> read_segment(std::span<const std::uint8_t> packet, bool is_verified) {
  const std::uint8_t version = packet.empty() ? 0 : packet[0] >> 4;
  if (version != 4 && version != 6) return tl::unexpected(packet.empty() ? Refusal::truncated : Refusal::not_tcp);
  const auto envelope = version == 4 ? read_ipv4(packet) : read_ipv6(packet);
  if (!envelope) return tl::unexpected(envelope.error());
  const std::span<const std::uint8_t> message = envelope->message;
  if (message.size() < wire::tcp_length) return tl::unexpected(Refusal::truncated);
  const auto& header = wire::at<wire::TcpHeader>(message.data());
  const std::size_t length = header.header_length();
  if (length < wire::tcp_length || length > message.size()) return tl::unexpected(Refusal::offset);
  if (!is_host(envelope->source) || !is_host(envelope->destination)) return tl::unexpected(Refusal::address);
  if (!is_verified) {
    wire::Sum sum;
    sum.add_pseudo_header(envelope->source, envelope->destination, wire::protocol_tcp, std::uint32_t(message.size()));
    if (!sum.add(message.data(), message.size()).is_valid()) return tl::unexpected(Refusal::checksum);
  }
  Segment segment;
  segment.source = envelope->source;
  segment.destination = envelope->destination;
  segment.ecn = envelope->ecn;
  segment.source_port = header.source_port.host();
  segment.destination_port = header.destination_port.host();
  segment.sequence = {header.sequence.host()};
  segment.acknowledgment = {header.acknowledgment.host()};
  segment.flags = header.flags;
  segment.window = header.window.host();
  segment.options = read_options(message.subspan(wire::tcp_length, length - wire::tcp_length), segment.has(flag_syn));
  segment.payload = message.subspan(length);
  return segment;
}

std::size_t write_headers(const Segment& segment, std::uint32_t payload_length, std::span<std::uint8_t> to) {
  ensure(to.size() >= headers_length_max && segment.source.is_v4() == segment.destination.is_v4());
  std::array<std::uint8_t, options_length_max> options;
  const std::size_t options_length = write_options(segment.options, options);
  const std::size_t header_length = wire::tcp_length + options_length;
  const std::size_t length = header_length + payload_length;
  ensure(length <= 65535u - wire::ipv4_length);
  const std::size_t ip_length = write_ip(segment, length, to);
  std::uint8_t* const at = to.data() + ip_length;
  auto& header = wire::at<wire::TcpHeader>(at);
  header = {};
  header.source_port.set(segment.source_port);
  header.destination_port.set(segment.destination_port);
  header.sequence.set(segment.sequence.value);
  header.acknowledgment.set(segment.acknowledgment.value);
  header.data_offset = std::uint8_t(header_length / 4 << 4);
  header.flags = segment.flags;
  header.window.set(segment.window);
  std::copy_n(options.begin(), options_length, at + wire::tcp_length);
  wire::Sum sum;
  sum.add_pseudo_header(segment.source, segment.destination, wire::protocol_tcp, std::uint32_t(length));
  header.checksum = wire::Be16::from(__builtin_bswap16(sum.folded()));
  return ip_length + header_length;
}

}  // namespace poise::l7::tcp
