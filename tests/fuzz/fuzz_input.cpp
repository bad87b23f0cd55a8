#include "tests/fuzz/fuzz_input.hpp"

#include <netinet/in.h>

namespace poise::datapath {
namespace {

using Span = std::span<std::uint8_t>;

std::size_t word(Span bytes, std::size_t at) { return std::size_t(bytes[at] << 8 | bytes[at + 1]); }

void put_checksum(Span bytes, std::size_t at, const Bytes& prefix) {
  bytes[at] = bytes[at + 1] = 0;
  const std::uint16_t checksum = checksum_of(prefix + Bytes(bytes.begin(), bytes.end()));
  bytes[at] = std::uint8_t(checksum >> 8);
  bytes[at + 1] = std::uint8_t(checksum);
}

void mend(Span packet, bool quoted);

// `addresses`: of the pseudo header.
void mend_transport(Span l4, std::uint8_t protocol, Span addresses, bool quoted) {
  const Bytes pseudo =
      Bytes(addresses.begin(), addresses.end()) + be32(std::uint32_t(l4.size())) + be32(std::uint32_t(protocol));
  if (protocol == IPPROTO_TCP && l4.size() >= 20) put_checksum(l4, 16, pseudo);
  if (protocol == IPPROTO_UDP && l4.size() >= 8 && word(l4, 6) != 0) {
    put_checksum(l4, 6, pseudo);
    if (word(l4, 6) == 0) l4[6] = l4[7] = 0xff;
  }
  const bool v4_error = protocol == IPPROTO_ICMP && !l4.empty() && (l4[0] == 3 || l4[0] == 11 || l4[0] == 12);
  const bool v6_error = protocol == IPPROTO_ICMPV6 && !l4.empty() && l4[0] >= 1 && l4[0] <= 4;
  if ((v4_error || v6_error) && !quoted && l4.size() > 8) mend(l4.subspan(8), true);
  if (protocol == IPPROTO_ICMP && l4.size() >= 8) put_checksum(l4, 2, {});
  if (protocol == IPPROTO_ICMPV6 && l4.size() >= 8) put_checksum(l4, 2, pseudo);
}

void mend_v4(Span packet, bool quoted) {
  const std::size_t header = (packet[0] & 15u) * 4u;
  if (header < 20 || packet.size() < header) return;
  put_checksum(packet.first(header), 10, {});
  const std::size_t total = word(packet, 2);
  if (total < header || total > packet.size() || (word(packet, 6) & 0x3fff) != 0) return;
  mend_transport(packet.subspan(header, total - header), packet[9], packet.subspan(12, 8), quoted);
}

void mend_v6(Span packet, bool quoted) {
  const std::size_t total = packet.size() < 40 ? 0 : 40 + word(packet, 4);
  if (total == 0 || total > packet.size()) return;
  std::uint8_t next = packet[6];
  std::size_t at = 40;
  while (next == IPPROTO_HOPOPTS || next == IPPROTO_DSTOPTS || next == IPPROTO_ROUTING || next == IPPROTO_FRAGMENT) {
    if (at + 8 > total) return;
    if (next == IPPROTO_FRAGMENT && (word(packet, at + 2) & 0xfff9) != 0) return;
    const std::size_t length = next == IPPROTO_FRAGMENT ? 8 : (packet[at + 1] + 1u) * 8u;
    next = packet[at];
    at += length;
    if (at > total) return;
  }
  mend_transport(packet.subspan(at, total - at), next, packet.subspan(8, 32), quoted);
}

void mend(Span packet, bool quoted) {
  if (packet.size() < 20) return;
  if ((packet[0] >> 4) == 4) mend_v4(packet, quoted);
  if ((packet[0] >> 4) == 6) mend_v6(packet, quoted);
}

}  // namespace

Bytes mended(Bytes packet) {
  mend(packet, false);
  return packet;
}

Bytes mended_frame(Bytes frame) {
  const Span all(frame);
  std::size_t ip = 14;
  if (frame.size() >= 18 && word(all, 12) == 0x8100) ip = 18;
  if (frame.size() > ip && (word(all, ip - 2) == 0x0800 || word(all, ip - 2) == 0x86dd)) mend(all.subspan(ip), false);
  return frame;
}

}  // namespace poise::datapath
