#include "datapath/translate.hpp"

#include <netinet/in.h>

#include <cstring>

#include "datapath/wire/bytes.hpp"

namespace poise::datapath {
namespace {

// One's-complement sums do not care about byte order as long as everything is summed as it lies in memory.
std::uint32_t raw32(const std::uint8_t* bytes) {
  std::uint32_t value;
  std::memcpy(&value, bytes, 4);
  return value;
}
std::uint16_t raw16(const std::uint8_t* bytes) {
  std::uint16_t value;
  std::memcpy(&value, bytes, 2);
  return value;
}

// Difference - the sum of (new - old) over all words that changed.
struct Difference {
  std::uint64_t sum = 0;
  void word32(std::uint8_t* bytes, std::uint32_t raw_new) {
    sum += std::uint64_t(~raw32(bytes)) + raw_new;
    std::memcpy(bytes, &raw_new, 4);
  }
  void word16(std::uint8_t* bytes, std::uint16_t host_new) {
    const std::uint16_t raw_new = __builtin_bswap16(host_new);
    sum += std::uint64_t(std::uint16_t(~raw16(bytes))) + raw_new;
    std::memcpy(bytes, &raw_new, 2);
  }
  void apply(std::uint8_t* checksum) const {
    std::uint64_t total = sum + std::uint16_t(~raw16(checksum));
    total = (total & 0xffffffff) + (total >> 32);
    total = (total & 0xffff) + (total >> 16);
    total = (total & 0xffff) + (total >> 16);
    total = (total & 0xffff) + (total >> 16);
    const auto result = std::uint16_t(~total);
    std::memcpy(checksum, &result, 2);
  }
};

bool is_v6_echo(std::uint8_t type) { return type == 128 || type == 129; }
bool is_v4_echo(std::uint8_t type) { return type == 8 || type == 0; }

// Writes ports and the transport checksum; `addresses` is the part of the pseudo header.
void translate_transport(Packet& packet, const Translation& to, Difference addresses) {
  if (packet.has(flag_fragment) && !packet.has(flag_first_fragment)) return;
  std::uint8_t* l4 = packet.l4();
  switch (packet.key.protocol) {
    case IPPROTO_TCP:
      addresses.word16(l4, to.source_port);
      addresses.word16(l4 + 2, to.destination_port);
      addresses.apply(l4 + 16);
      break;
    case IPPROTO_UDP: {
      const bool has_checksum = raw16(l4 + 6) != 0;
      addresses.word16(l4, to.source_port);
      addresses.word16(l4 + 2, to.destination_port);
      if (!has_checksum) break;
      addresses.apply(l4 + 6);
      if (raw16(l4 + 6) == 0) std::memset(l4 + 6, 0xff, 2);
      break;
    }
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6: {
      const bool v6 = packet.key.protocol == IPPROTO_ICMPV6;
      Difference difference = v6 ? addresses : Difference{};  // ICMPv4 has no pseudo header
      const std::uint8_t type = l4[0];
      if (v6 ? is_v6_echo(type) : is_v4_echo(type))
        difference.word16(l4 + 4, type == 8 || type == 128 ? to.source_port : to.destination_port);
      difference.apply(l4 + 2);
      break;
    }
    default:
      break;
  }
}

}  // namespace

void translate_v4(Packet& packet, const Translation& to) {
  std::uint8_t* header = packet.l3();
  Difference addresses;
  addresses.word32(header + 12, raw32(to.source.octets.data() + 12));
  addresses.word32(header + 16, raw32(to.destination.octets.data() + 12));
  addresses.apply(header + 10);
  translate_transport(packet, to, addresses);
}

void translate_v6(Packet& packet, const Translation& to) {
  std::uint8_t* header = packet.l3();
  Difference addresses;
  for (int i = 0; i < 16; i += 4) {
    addresses.word32(header + 8 + i, raw32(to.source.octets.data() + i));
    addresses.word32(header + 24 + i, raw32(to.destination.octets.data() + i));
  }
  translate_transport(packet, to, addresses);
}

}  // namespace poise::datapath
