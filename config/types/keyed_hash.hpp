#pragma once
#include <immintrin.h>

#include <array>
#include <cstdint>

#include "config/types/ip.hpp"

namespace poise {

// HashKey - 128 secret bits: who does not know them cannot aim flows at one bucket or one server.
struct HashKey {
  std::array<std::uint8_t, 16> octets{};
  bool operator==(const HashKey&) const = default;
};

// Keyed hash of two addresses and 64 bits besides: three 16-byte blocks, each mixed in by AES rounds, then two final
// rounds. About 4 ns. Not a MAC; enough to deny an outsider who sees no hash any control over buckets (the construction
// of "AES hash" in Go's runtime).
inline std::uint64_t keyed_hash(const IpAddr& from, const IpAddr& to, std::uint64_t rest, const HashKey& secret) {
  const __m128i k = _mm_loadu_si128(reinterpret_cast<const __m128i*>(secret.octets.data()));
  const __m128i first = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from.octets.data()));
  const __m128i second = _mm_loadu_si128(reinterpret_cast<const __m128i*>(to.octets.data()));
  __m128i state = _mm_xor_si128(k, _mm_cvtsi64_si128(static_cast<long long>(rest)));
  state = _mm_aesenc_si128(_mm_xor_si128(state, first), k);
  state = _mm_aesenc_si128(state, k);
  state = _mm_aesenc_si128(_mm_xor_si128(state, second), k);
  state = _mm_aesenc_si128(state, k);
  state = _mm_aesenc_si128(state, k);
  return std::uint64_t(_mm_cvtsi128_si64(state));
}

}  // namespace poise
