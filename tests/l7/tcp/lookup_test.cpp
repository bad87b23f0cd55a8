#include "l7/tcp/lookup.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <utility>
#include <vector>

namespace poise::l7::tcp {
namespace {

TEST(Lookup, finds_what_was_put_in_whatever_hashes_are_alike) {
  std::mt19937_64 random(1);
  constexpr std::uint32_t capacity = 600;
  Lookup lookup(capacity);
  std::map<std::uint32_t, std::uint64_t> hash_of;  // by reference
  std::uint32_t next = 0;
  const auto a_hash = [&] { return random() & (random() % 4 == 0 ? 0x0001000000000001u : ~std::uint64_t(0)); };
  for (int step = 0; step < 200'000; ++step) {
    const auto one = hash_of.empty() ? hash_of.end() : hash_of.lower_bound(std::uint32_t(random() % (next + 1)));
    switch (random() % 4) {
      case 0:
      case 1: {
        const std::uint64_t hash = a_hash();
        const bool is_in = lookup.insert(hash, next);
        ASSERT_EQ(is_in, hash_of.size() < capacity);
        if (is_in) hash_of[next++] = hash;
        break;
      }
      case 2:
        if (one == hash_of.end()) break;
        lookup.erase(one->second, one->first);
        hash_of.erase(one);
        break;
      default:
        if (one == hash_of.end()) break;
        lookup.replace(one->second, one->first, next);
        hash_of[next++] = one->second;
        hash_of.erase(one);
    }
    ASSERT_EQ(lookup.size(), hash_of.size());
    if (step % 97 != 0) continue;
    for (const auto& [reference, hash] : hash_of) {
      const auto found = lookup.find(hash, [&](std::uint32_t each) { return each == reference; });
      ASSERT_EQ(found, reference);
    }
    ASSERT_FALSE(lookup.find(a_hash(), [](std::uint32_t) { return false; }));
  }
}

TEST(Lookup, names_a_candidate_for_a_prefetch) {
  Lookup lookup(100);
  EXPECT_EQ(lookup.first_candidate(5), ~0u);
  ASSERT_TRUE(lookup.insert(5, 77));
  EXPECT_EQ(lookup.first_candidate(5), 77u);
}

}  // namespace
}  // namespace poise::l7::tcp
