#pragma once
#include <cstdint>

namespace poise::l7::balance {

// An avalanche: every bit of the result depends on every bit of what goes in. Two rounds of shift and multiply, with
// the constants of SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014).
// One to one; not secret.
constexpr std::uint64_t mix(std::uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return bits ^ (bits >> 31);
}

// The number `index` of the sequence that begins with `seed`.
constexpr std::uint64_t mix(std::uint64_t seed, std::uint64_t index) {
  return mix(mix(seed) + (index + 1) * 0x9e3779b97f4a7c15);
}

}  // namespace poise::l7::balance
