#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <tl/expected.hpp>

#include "config/types/ip.hpp"
#include "l7/tcp/options.hpp"
#include "l7/tcp/sequence.hpp"

namespace poise::l7::tcp {

enum Flag : std::uint8_t {
  flag_fin = 1,
  flag_syn = 2,
  flag_rst = 4,
  flag_psh = 8,
  flag_ack = 16,
  flag_urg = 32,
  flag_ece = 64,
  flag_cwr = 128
};

enum class Ecn : std::uint8_t { none, ect1, ect0, congestion };  // RFC 3168 5

// Why a packet is no segment for us; each has a counter.
enum class Refusal : std::uint8_t { truncated, fragment, not_tcp, offset, checksum, address, count_ };
struct RefusalInfo {
  Refusal refusal;
  std::string_view counter, meaning;
};
inline constexpr std::array<RefusalInfo, std::size_t(Refusal::count_)> refusals = {{
    {Refusal::truncated, "truncated", "shorter than its headers say"},
    {Refusal::fragment, "fragment", "a part of a packet: fragments are put together before they come here, or not"},
    {Refusal::not_tcp, "not_tcp", "neither IPv4 nor IPv6 with TCP in it"},
    {Refusal::offset, "offset", "the header is said to be shorter than a header, or longer than the packet"},
    {Refusal::checksum, "checksum", "damaged on the way"},
    {Refusal::address, "address", "from or to a multicast, broadcast or unspecified address"},
}};

// Segment - one as the machine sees it: host byte order, addresses of the IP header with it. `payload` points into
// the packet that it was read from.
struct Segment {
  IpAddr source, destination;
  std::uint16_t source_port = 0, destination_port = 0;
  Sequence sequence, acknowledgment;
  std::uint8_t flags = 0;
  Ecn ecn = Ecn::none;
  std::uint16_t window = 0;  // as in the header, not scaled
  Options options;
  std::span<const std::uint8_t> payload;

  bool has(Flag flag) const { return (flags & flag) != 0; }
  // In sequence space: SYN and FIN count (RFC 9293 3.4).
  std::uint32_t length() const {
    return std::uint32_t(payload.size()) + (has(flag_syn) ? 1 : 0) + (has(flag_fin) ? 1 : 0);
  }
  Sequence end() const { return sequence + length(); }
};

// An IP packet from its IP header on; bytes after its end (padding of Ethernet) are no matter. `is_verified`: the
// device has looked at TCP's checksum and found it right.
tl::expected<Segment, Refusal> read_segment(std::span<const std::uint8_t> packet, bool is_verified = false);

inline constexpr std::size_t headers_length_max = 40 + 60;  // of what is written
// The headers of IP and TCP, for a payload of `payload_length` bytes, into `to` (headers_length_max bytes). Returns
// their length. TCP's checksum field holds the sum of the pseudo header, for a device or complete_checksum(). IPv4
// packets may not be fragmented on the way (RFC 1191). `segment.payload` is no matter.
std::size_t write_headers(const Segment& segment, std::uint32_t payload_length, std::span<std::uint8_t> to);

}  // namespace poise::l7::tcp
