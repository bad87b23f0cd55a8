#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace poise {

// SipHash-2-4: a keyed 64-bit hash of a text, the same on every machine. For names, not for packets (see
// keyed_hash.hpp). Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; its test vector is in the
// test.
class SipHash {
 public:
  explicit constexpr SipHash(const std::array<std::uint8_t, 16>& key) {
    for (std::size_t i = 0; i < 8; ++i) {
      low_ |= std::uint64_t(key[i]) << 8 * i;
      high_ |= std::uint64_t(key[8 + i]) << 8 * i;
    }
  }

  constexpr std::uint64_t operator()(std::string_view text) const {
    State state{low_ ^ 0x736f6d6570736575, high_ ^ 0x646f72616e646f6d, low_ ^ 0x6c7967656e657261,
                high_ ^ 0x7465646279746573};
    std::size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) state.absorb(word(text, i, 8));
    state.absorb(word(text, i, text.size() - i) | std::uint64_t(text.size() & 0xff) << 56);
    state.c ^= 0xff;
    for (int round = 0; round < 4; ++round) state.mix();
    return state.a ^ state.b ^ state.c ^ state.d;
  }

 private:
  struct State {
    std::uint64_t a, b, c, d;
    constexpr void mix() {
      a += b;
      c += d;
      b = std::rotl(b, 13) ^ a;
      d = std::rotl(d, 16) ^ c;
      a = std::rotl(a, 32);
      c += b;
      a += d;
      b = std::rotl(b, 17) ^ c;
      d = std::rotl(d, 21) ^ a;
      c = std::rotl(c, 32);
    }
    constexpr void absorb(std::uint64_t word) {
      d ^= word;
      mix();
      mix();
      a ^= word;
    }
  };
  static constexpr std::uint64_t word(std::string_view text, std::size_t from, std::size_t length) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < length; ++i) value |= std::uint64_t(std::uint8_t(text[from + i])) << 8 * i;
    return value;
  }
  std::uint64_t low_ = 0, high_ = 0;
};

}  // namespace poise
