#pragma once
#include <emmintrin.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "config/types/huge_array.hpp"

namespace poise::l7::tcp {

// Lookup - from a hash to references of 32 bits, which the caller compares with what it looks for. Open addressing in
// buckets of one cache line: 8 signatures of 16 bits, 8 references, a count of those that found no place and went on.
// All memory at the start; never more than two thirds full. Owner: one Stack.
class Lookup {
 public:
  explicit Lookup(std::size_t capacity);  // references

  void prefetch(std::uint64_t hash) const;
  // The first reference whose signature fits, for a prefetch of what it names; none: ~0.
  std::uint32_t first_candidate(std::uint64_t hash) const;
  // The reference that `matches(reference)` says is the one.
  template <class Matches>
  std::optional<std::uint32_t> find(std::uint64_t hash, Matches&& matches) const;
  // A reference is in here once. False: as many as `capacity` are in it.
  bool insert(std::uint64_t hash, std::uint32_t reference);
  void erase(std::uint64_t hash, std::uint32_t reference);                      // it is in here
  void replace(std::uint64_t hash, std::uint32_t reference, std::uint32_t by);  // it is in here
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  std::size_t memory_bytes() const { return buckets_.size() * sizeof(Bucket); }

 private:
  static constexpr std::uint32_t slots = 8;
  struct alignas(64) Bucket {
    std::array<std::uint16_t, slots> signatures;  // 0: empty
    std::array<std::uint32_t, slots> references;
    std::uint32_t passed;  // references that begin their search here or before, and lie behind
  };
  static std::uint16_t signature_of(std::uint64_t hash) { return std::uint16_t(hash >> 48) | 1; }
  std::size_t bucket_of(std::uint64_t hash) const { return hash & mask_; }
  // A bit for each slot with this signature.
  static std::uint32_t matching(const Bucket& bucket, std::uint16_t signature) {
    const __m128i all = _mm_load_si128(reinterpret_cast<const __m128i*>(bucket.signatures.data()));
    const __m128i equal = _mm_cmpeq_epi16(all, _mm_set1_epi16(short(signature)));
    return std::uint32_t(_mm_movemask_epi8(_mm_packs_epi16(equal, _mm_setzero_si128())));
  }
  struct Slot {
    std::size_t bucket;
    std::uint32_t slot;
  };
  Slot slot_of(std::uint64_t hash, std::uint32_t reference) const;

  HugeArray<Bucket> buckets_;
  std::size_t mask_ = 0, capacity_ = 0, size_ = 0;
};

inline void Lookup::prefetch(std::uint64_t hash) const { __builtin_prefetch(&buckets_[bucket_of(hash)]); }

inline std::uint32_t Lookup::first_candidate(std::uint64_t hash) const {
  const Bucket& bucket = buckets_[bucket_of(hash)];
  const std::uint32_t fits = matching(bucket, signature_of(hash));
  return fits == 0 ? ~0u : bucket.references[std::size_t(std::countr_zero(fits))];
}

template <class Matches>
std::optional<std::uint32_t> Lookup::find(std::uint64_t hash, Matches&& matches) const {
  for (std::size_t at = bucket_of(hash);; at = (at + 1) & mask_) {
    const Bucket& bucket = buckets_[at];
    for (std::uint32_t fits = matching(bucket, signature_of(hash)); fits != 0; fits &= fits - 1) {
      const std::uint32_t reference = bucket.references[std::size_t(std::countr_zero(fits))];
      if (matches(reference)) return reference;
    }
    if (bucket.passed == 0) return std::nullopt;
  }
}

}  // namespace poise::l7::tcp
