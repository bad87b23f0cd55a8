#pragma once
#include <cstdint>

namespace poise::l7::tcp {

// Sequence - a number of TCP's sequence space, which wraps (RFC 9293 3.4). One is before another when the shorter way
// between them goes up: comparing means something only within 2^31 of each other, as in every window.
struct Sequence {
  std::uint32_t value = 0;

  friend constexpr bool operator==(Sequence, Sequence) = default;
  friend constexpr std::int32_t operator-(Sequence left, Sequence right) {
    return std::int32_t(left.value - right.value);
  }
  friend constexpr bool operator<(Sequence left, Sequence right) { return left - right < 0; }
  friend constexpr bool operator>(Sequence left, Sequence right) { return right < left; }
  friend constexpr bool operator<=(Sequence left, Sequence right) { return left - right <= 0; }
  friend constexpr bool operator>=(Sequence left, Sequence right) { return right <= left; }
  friend constexpr Sequence operator+(Sequence from, std::uint32_t distance) { return {from.value + distance}; }
  friend constexpr Sequence operator-(Sequence from, std::uint32_t distance) { return {from.value - distance}; }
  constexpr Sequence& operator+=(std::uint32_t distance) {
    value += distance;
    return *this;
  }
};

constexpr Sequence earlier(Sequence left, Sequence right) { return left < right ? left : right; }
constexpr Sequence later(Sequence left, Sequence right) { return left < right ? right : left; }

// Bytes from `left` up to, not including, `right`.
struct Range {
  Sequence left, right;
  friend constexpr bool operator==(const Range&, const Range&) = default;
  constexpr std::uint32_t length() const { return right.value - left.value; }
  constexpr bool is_empty() const { return left == right; }
  constexpr bool contains(Sequence at) const { return left <= at && at < right; }
};

}  // namespace poise::l7::tcp
