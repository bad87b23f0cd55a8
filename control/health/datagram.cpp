#include "control/health/datagram.hpp"

#include <algorithm>

#include "datapath/ip_facts.hpp"
#include "datapath/wire/bytes.hpp"
#include "datapath/wire/checksum.hpp"
#include "datapath/wire/icmp.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"
#include "datapath/wire/udp.hpp"

namespace poise::control::health {
namespace {

namespace wire = datapath::wire;
using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

constexpr std::uint8_t ttl = 64;

// A packet with room for so many bytes behind the IP header.
Bytes packet_of(const Ends& ends, std::uint8_t protocol, std::size_t length, std::size_t& header) {
  datapath::IpFacts facts;
  facts.family = ends.peer.is_v4() ? 4 : 6;
  facts.ttl = ttl;
  facts.protocol = protocol;
  facts.header_length = ends.peer.is_v4() ? wire::ipv4_length : wire::ipv6_length;
  facts.payload_length = std::uint16_t(length);
  facts.source = ends.local;
  facts.destination = ends.peer;
  Bytes bytes(facts.header_length + length);
  datapath::write_ip(bytes.data(), facts);
  header = facts.header_length;
  return bytes;
}

constexpr std::uint8_t type_for(bool is_v4, std::uint8_t v4, std::uint8_t v6) { return is_v4 ? v4 : v6; }

std::uint8_t icmp_of(const IpAddr& address) { return address.is_v4() ? wire::protocol_icmp : wire::protocol_icmpv6; }

// Of an ICMP message; ICMPv6 sums the addresses, too.
wire::Sum sum_of(const datapath::IpFacts& facts, View message) {
  wire::Sum sum;
  if (facts.family == 6)
    sum.add_pseudo_header(facts.source, facts.destination, wire::protocol_icmpv6, std::uint32_t(message.size()));
  return sum.add(message.data(), message.size());
}

std::string text_of(View bytes) { return {bytes.begin(), bytes.end()}; }

const char* unreachable_text(std::uint8_t family, std::uint8_t type, std::uint8_t code) {
  if (family == 4 && type == wire::icmp_time_exceeded) return "packets do not arrive: too many hops";
  if (family == 6 && type == wire::icmpv6_time_exceeded) return "packets do not arrive: too many hops";
  if (family == 4 && type == wire::icmp_unreachable) {
    if (code == wire::icmp_unreachable_port) return "nobody listens on the port";
    return code == wire::icmp_unreachable_admin ? "a firewall forbids it" : "the server cannot be reached";
  }
  if (family == 6 && type == wire::icmpv6_unreachable) {
    if (code == wire::icmpv6_unreachable_port) return "nobody listens on the port";
    return code == wire::icmpv6_unreachable_admin ? "a firewall forbids it" : "the server cannot be reached";
  }
  return nullptr;
}

// The packet of ours that an ICMP error quotes.
std::optional<Answer> read_error(const datapath::IpFacts& outer, View message) {
  const wire::IcmpHeader& icmp = wire::at<wire::IcmpHeader>(message.data());
  const char* text = unreachable_text(outer.family, icmp.type, icmp.code);
  const View quoted = message.subspan(sizeof(wire::IcmpHeader));
  const auto facts = datapath::read_ip(quoted.data(), quoted.size());
  if (text == nullptr || !facts || facts->family != outer.family) return std::nullopt;
  if (quoted.size() < std::size_t(facts->header_length) + 8 || facts->source != outer.destination) return std::nullopt;
  const std::uint8_t* behind = quoted.data() + facts->header_length;
  Answer answer;
  answer.error = text;
  answer.ends = {facts->source, facts->destination, 0, 0};
  if (facts->protocol == wire::protocol_udp) {
    const wire::UdpHeader& udp = wire::at<wire::UdpHeader>(behind);
    answer.ends.local_port = udp.source_port.host();
    answer.ends.port = udp.destination_port.host();
    return answer;
  }
  if (facts->protocol != icmp_of(facts->destination)) return std::nullopt;
  const wire::IcmpHeader& echo = wire::at<wire::IcmpHeader>(behind);
  answer.is_echo = true;
  answer.ends.local_port = echo.word1.host();
  answer.ends.port = echo.word2.host();
  return answer;
}

std::optional<Answer> read_icmp(const datapath::IpFacts& facts, View message) {
  if (message.size() < sizeof(wire::IcmpHeader) || sum_of(facts, message).checksum() != wire::Be16{})
    return std::nullopt;
  const wire::IcmpHeader& icmp = wire::at<wire::IcmpHeader>(message.data());
  const bool is_reply = icmp.type == type_for(facts.family == 4, wire::icmp_echo_reply, wire::icmpv6_echo_reply);
  if (!is_reply) return read_error(facts, message);
  Answer answer;
  answer.is_echo = true;
  answer.ends = {facts.destination, facts.source, icmp.word1.host(), icmp.word2.host()};
  answer.data = text_of(message.subspan(sizeof(wire::IcmpHeader)));
  return answer;
}

std::optional<Answer> read_udp(const datapath::IpFacts& facts, View message) {
  if (message.size() < sizeof(wire::UdpHeader)) return std::nullopt;
  const wire::UdpHeader& udp = wire::at<wire::UdpHeader>(message.data());
  const std::size_t length = udp.length.host();
  if (length < sizeof(wire::UdpHeader) || length > message.size()) return std::nullopt;
  const bool has_checksum = udp.checksum.host() != 0;
  if (!has_checksum && facts.family == 6) return std::nullopt;
  wire::Sum sum;
  sum.add_pseudo_header(facts.source, facts.destination, wire::protocol_udp, std::uint32_t(length));
  if (has_checksum && sum.add(message.data(), length).checksum() != wire::Be16{}) return std::nullopt;
  Answer answer;
  answer.ends = {facts.destination, facts.source, udp.destination_port.host(), udp.source_port.host()};
  answer.data = text_of(message.subspan(sizeof(wire::UdpHeader), length - sizeof(wire::UdpHeader)));
  return answer;
}

}  // namespace

Bytes make_echo_request(const Ends& ends, std::string_view data) {
  std::size_t header = 0;
  Bytes bytes = packet_of(ends, icmp_of(ends.peer), sizeof(wire::IcmpHeader) + data.size(), header);
  wire::IcmpHeader& icmp = wire::at<wire::IcmpHeader>(bytes.data() + header);
  icmp.type = type_for(ends.peer.is_v4(), wire::icmp_echo_request, wire::icmpv6_echo_request);
  icmp.word1.set(ends.local_port);
  icmp.word2.set(ends.port);
  std::copy(data.begin(), data.end(), bytes.begin() + std::ptrdiff_t(header + sizeof(wire::IcmpHeader)));
  datapath::IpFacts facts;
  facts.family = ends.peer.is_v4() ? 4 : 6;
  facts.source = ends.local;
  facts.destination = ends.peer;
  icmp.checksum = sum_of(facts, View(bytes).subspan(header)).checksum();
  return bytes;
}

Bytes make_datagram(const Ends& ends, std::string_view data) {
  std::size_t header = 0;
  const std::size_t length = sizeof(wire::UdpHeader) + data.size();
  Bytes bytes = packet_of(ends, wire::protocol_udp, length, header);
  wire::UdpHeader& udp = wire::at<wire::UdpHeader>(bytes.data() + header);
  udp.source_port.set(ends.local_port);
  udp.destination_port.set(ends.port);
  udp.length.set(std::uint16_t(length));
  std::copy(data.begin(), data.end(), bytes.begin() + std::ptrdiff_t(header + sizeof(wire::UdpHeader)));
  wire::Sum sum;
  sum.add_pseudo_header(ends.local, ends.peer, wire::protocol_udp, std::uint32_t(length));
  udp.checksum = wire::udp_checksum(sum.add(bytes.data() + header, length).checksum());
  return bytes;
}

std::optional<Answer> read_answer(View packet) {
  const auto facts = datapath::read_ip(packet.data(), packet.size());
  if (!facts || facts->is_fragment()) return std::nullopt;
  const std::size_t whole = std::size_t(facts->header_length) + facts->payload_length;
  if (packet.size() < whole) return std::nullopt;
  const View message = packet.subspan(facts->header_length, facts->payload_length);
  if (facts->protocol == wire::protocol_udp) return read_udp(*facts, message);
  if (facts->protocol == icmp_of(facts->source)) return read_icmp(*facts, message);
  return std::nullopt;
}

}  // namespace poise::control::health
