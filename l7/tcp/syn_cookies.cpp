#include "l7/tcp/syn_cookies.hpp"

#include <array>

#include "l7/tcp/secrets.hpp"

namespace poise::l7::tcp {
namespace {

// Of the MSS that peers name, nearly all are one of these (Alcock and Nelson, 2011), or of jumbo frames.
constexpr std::array<std::uint16_t, 8> sizes = {64, 536, 1220, 1360, 1440, 1460, 4312, 8960};
constexpr unsigned size_bits = 3, minute_bits = 1, proof_bits = 32 - size_bits - minute_bits;
constexpr std::uint32_t proof_mask = (1u << proof_bits) - 1;

std::uint32_t proof(const SipHash& key, const Tuple& tuple, Sequence peer_initial, std::uint64_t minute_and_size) {
  return std::uint32_t(
             secret_number(key, Purpose::cookie, tuple, std::uint64_t(peer_initial.value) << 32 | minute_and_size)) &
         proof_mask;
}

// What the facts are in the six low bits of a timestamp.
constexpr std::uint32_t no_scaling = 15, facts_mask = 63, sack_bit = 16, ecn_bit = 32;

}  // namespace

Sequence SynCookies::make(const Tuple& tuple, Sequence peer_initial, std::uint32_t minute,
                          std::uint16_t peer_mss) const {
  std::uint32_t size = 0;
  while (size + 1 < sizes.size() && sizes[size + 1] <= peer_mss) ++size;
  const std::uint32_t low = (minute & 1) << size_bits | size;
  const std::uint64_t minute_and_size = (std::uint64_t(minute) << size_bits | size) & 0xffffffff;
  return {proof(key_, tuple, peer_initial, minute_and_size) << (size_bits + minute_bits) | low};
}

std::optional<std::uint16_t> SynCookies::check(const Tuple& tuple, Sequence peer_initial, std::uint32_t minute,
                                               Sequence cookie) const {
  const std::uint32_t size = cookie.value & ((1u << size_bits) - 1);
  const bool is_of_this_minute = (cookie.value >> size_bits & 1) == (minute & 1);
  const std::uint32_t made = is_of_this_minute ? minute : minute - 1;
  const std::uint64_t minute_and_size = (std::uint64_t(made) << size_bits | size) & 0xffffffff;
  if (proof(key_, tuple, peer_initial, minute_and_size) != cookie.value >> (size_bits + minute_bits))
    return std::nullopt;
  return sizes[size];
}

std::uint32_t with_facts(std::uint32_t timestamp, const CookieFacts& facts) {
  std::uint32_t bits = facts.window_shift.value_or(no_scaling);
  if (facts.sack_permitted) bits |= sack_bit;
  if (facts.ecn) bits |= ecn_bit;
  const std::uint32_t same_round = (timestamp & ~facts_mask) | bits;
  return std::int32_t(same_round - timestamp) > 0 ? same_round - facts_mask - 1 : same_round;
}

CookieFacts facts_of(std::uint32_t echo) {
  const std::uint32_t shift = echo & 15;
  CookieFacts facts{
      .window_shift = std::nullopt, .sack_permitted = (echo & sack_bit) != 0, .ecn = (echo & ecn_bit) != 0};
  if (shift != no_scaling) facts.window_shift = std::uint8_t(shift);
  return facts;
}

}  // namespace poise::l7::tcp
