#include "l7/tcp/lookup.hpp"

#include <algorithm>

#include "config/types/result.hpp"

namespace poise::l7::tcp {

Lookup::Lookup(std::size_t capacity)
    : buckets_(std::bit_ceil(std::max<std::size_t>((capacity * 3 / 2 + slots - 1) / slots, 2))),
      mask_(buckets_.size() - 1),
      capacity_(capacity) {}

bool Lookup::insert(std::uint64_t hash, std::uint32_t reference) {
  if (size_ == capacity_) return false;
  for (std::size_t at = bucket_of(hash);; at = (at + 1) & mask_) {
    Bucket& bucket = buckets_[at];
    const std::uint32_t empty = matching(bucket, 0);
    if (empty == 0) {
      ++bucket.passed;
      continue;
    }
    const auto slot = std::size_t(std::countr_zero(empty));
    bucket.signatures[slot] = signature_of(hash);
    bucket.references[slot] = reference;
    ++size_;
    return true;
  }
}

Lookup::Slot Lookup::slot_of(std::uint64_t hash, std::uint32_t reference) const {
  for (std::size_t at = bucket_of(hash);; at = (at + 1) & mask_) {
    const Bucket& bucket = buckets_[at];
    for (std::uint32_t fits = matching(bucket, signature_of(hash)); fits != 0; fits &= fits - 1) {
      const auto slot = std::uint32_t(std::countr_zero(fits));
      if (bucket.references[slot] == reference) return {at, slot};
    }
    ensure(bucket.passed != 0);
  }
}

void Lookup::erase(std::uint64_t hash, std::uint32_t reference) {
  const Slot found = slot_of(hash, reference);
  buckets_[found.bucket].signatures[found.slot] = 0;
  for (std::size_t at = bucket_of(hash); at != found.bucket; at = (at + 1) & mask_) --buckets_[at].passed;
  --size_;
}

void Lookup::replace(std::uint64_t hash, std::uint32_t reference, std::uint32_t by) {
  const Slot found = slot_of(hash, reference);
  buckets_[found.bucket].references[found.slot] = by;
}

}  // namespace poise::l7::tcp
