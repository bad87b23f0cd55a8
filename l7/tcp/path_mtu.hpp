#pragma once
#include <cstdint>

namespace poise::l7::tcp {

// PathMtu - how large packets to one peer may be: what ICMP said (RFC 1191, RFC 8201; the caller has validated it by
// RFC 5927), and what timeouts tell of paths that swallow large packets without a word (RFC 8899's black hole, in the
// small). Sizes are those of IP packets. Sans-io; owner: one connection, 8 bytes.
class PathMtu {
 public:
  void begin(std::uint16_t mtu, bool is_v4);  // of the first link
  std::uint16_t mtu() const { return mtu_; }
  // A router said that packets of `size`, as were sent, are too large, and which size is not (0: an old one that does
  // not say; RFC 1191 7's plateaus). Never below 552 (IPv4) or 1280. Whether mtu() has changed.
  bool on_too_big(std::uint16_t next_hop_mtu, std::uint16_t size, std::uint32_t now_ms);
  // A timeout of a packet of `size`, the how manieth in a row. From the second on it may be a black hole: whether mtu()
  // has changed.
  bool on_timeout(unsigned in_a_row, std::uint32_t size, std::uint32_t now_ms);
  // Ten minutes after it went down it tries again what the first link can (RFC 1191 6.3): whether mtu() has changed.
  bool on_time(std::uint32_t now_ms);

 private:
  std::uint16_t least() const { return is_v4_ ? 552 : 1280; }
  bool lower(std::uint32_t to, std::uint32_t now_ms);

  std::uint16_t mtu_ = 0, link_mtu_ : 15 = 0, is_v4_ : 1 = 0;
  std::uint32_t lowered_ms_ = 0;  // when it went down last
};
static_assert(sizeof(PathMtu) == 8);

}  // namespace poise::l7::tcp
