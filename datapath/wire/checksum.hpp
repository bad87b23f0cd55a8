#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "config/types/ip.hpp"
#include "datapath/wire/big_endian.hpp"

// The internet checksum: from scratch (RFC 1071) and by difference (RFC 1624). Sums are over 16-bit words as they lie
// in memory, which is allowed because one's-complement addition does not care about byte order as long as all words and
// the result have the same one.
namespace poise::datapath::wire {

static_assert(std::endian::native == std::endian::little);

// Sum - a running one's-complement sum. Room for 2^32 words of 32 bits.
class Sum {
 public:
  // Bytes of a header or payload; only the last piece may have an odd length.
  Sum& add(const void* bytes, std::size_t length) {
    const auto* at = static_cast<const std::uint8_t*>(bytes);
    for (; length >= 4; at += 4, length -= 4) value_ += load<std::uint32_t>(at);
    if (length >= 2) {
      value_ += load<std::uint16_t>(at);
      at += 2;
      length -= 2;
    }
    if (length != 0) value_ += *at;
    return *this;
  }
  Sum& add16(std::uint16_t host) {
    value_ += __builtin_bswap16(host);
    return *this;
  }
  Sum& add_address(const IpAddr& address) {
    return address.is_v4() ? add(address.octets.data() + 12, 4) : add(address.octets.data(), 16);
  }
  // Pseudo header of TCP, UDP and ICMPv6 (RFC 9293 3.1, RFC 8200 8.1).
  Sum& add_pseudo_header(const IpAddr& source, const IpAddr& destination, std::uint8_t protocol, std::uint32_t length) {
    add_address(source).add_address(destination);
    return add16(protocol).add16(std::uint16_t(length >> 16)).add16(std::uint16_t(length));
  }

  // A word that changed: its old value goes, its new one comes (RFC 1624 eqn. 3).
  Sum& replace16(std::uint16_t old_host, std::uint16_t new_host) {
    value_ += std::uint16_t(~__builtin_bswap16(old_host));
    return add16(new_host);
  }
  Sum& replace32(std::uint32_t old_host, std::uint32_t new_host) {
    value_ += std::uint32_t(~__builtin_bswap32(old_host));
    value_ += __builtin_bswap32(new_host);
    return *this;
  }
  Sum& replace_address(const IpAddr& old_address, const IpAddr& new_address) {
    remove(old_address.octets.data() + (old_address.is_v4() ? 12 : 0), old_address.is_v4() ? 4 : 16);
    return add_address(new_address);
  }
  // Even length.
  Sum& remove(const void* bytes, std::size_t length) {
    const auto* at = static_cast<const std::uint8_t*>(bytes);
    for (; length >= 2; at += 2, length -= 2) value_ += std::uint16_t(~load<std::uint16_t>(at));
    return *this;
  }

  std::uint16_t folded() const {  // in memory order
    std::uint64_t sum = (value_ & 0xffffffff) + (value_ >> 32);
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return std::uint16_t((sum & 0xffff) + (sum >> 16));
  }
  // The checksum of everything added, for the field that was zero meanwhile.
  Be16 checksum() const { return Be16::from(__builtin_bswap16(std::uint16_t(~folded()))); }
  // Everything added, checksum field included, is intact.
  bool is_valid() const { return folded() == 0xffff; }
  // The new value of a field after the changes added here.
  Be16 applied_to(Be16 old_checksum) const {
    Sum sum = *this;
    sum.value_ += std::uint16_t(~load<std::uint16_t>(old_checksum.bytes));
    return sum.checksum();
  }

 private:
  template <class Word>
  static std::uint64_t load(const std::uint8_t* at) {
    Word word;
    std::memcpy(&word, at, sizeof(Word));
    return word;
  }
  std::uint64_t value_ = 0;
};

// UDP writes a computed zero as all ones (RFC 768).
inline Be16 udp_checksum(Be16 computed) { return computed.host() == 0 ? Be16::from(0xffff) : computed; }

// A bare IPv4 header with its checksum field in place.
inline Be16 ipv4_checksum(const std::uint8_t* header, std::size_t length) {
  return Sum().add(header, 10).add(header + 12, length - 12).checksum();
}

}  // namespace poise::datapath::wire
