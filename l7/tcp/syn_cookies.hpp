#pragma once
#include <cstdint>
#include <optional>

#include "config/types/siphash.hpp"
#include "l7/tcp/sequence.hpp"
#include "l7/tcp/tuple.hpp"

namespace poise::l7::tcp {

// What a cookie has no room for goes into the timestamp of the SYN-ACK, whose echo brings it back.
struct CookieFacts {
  std::optional<std::uint8_t> window_shift;  // of the peer
  bool sack_permitted = false, ecn = false;
  bool operator==(const CookieFacts&) const = default;
};

// SynCookies - handshakes without memory (RFC 4987 3.6): the initial sequence number of the SYN-ACK says which MSS the
// peer named, roughly, and proves for one to two minutes that it was ours. `minute` is the stack's clock / 60 s.
class SynCookies {
 public:
  explicit SynCookies(const SipHash& key) : key_(key) {}
  Sequence make(const Tuple& tuple, Sequence peer_initial, std::uint32_t minute, std::uint16_t peer_mss) const;
  // The MSS that the cookie stands for, not above what the peer named. None: not a cookie of ours, or too old.
  std::optional<std::uint16_t> check(const Tuple& tuple, Sequence peer_initial, std::uint32_t minute,
                                     Sequence cookie) const;

 private:
  SipHash key_;
};

// The timestamp with the facts in its low bits: at most 63 before `timestamp`.
std::uint32_t with_facts(std::uint32_t timestamp, const CookieFacts& facts);
CookieFacts facts_of(std::uint32_t echo);

}  // namespace poise::l7::tcp
