#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "l7/tcp/options.hpp"
#include "l7/tcp/sequence.hpp"

namespace poise::l7::tcp {

// ReceivedRanges - what arrived beyond the next byte that is expected, as disjoint ranges in order, and the SACK blocks
// that tell of it (RFC 2018 4, RFC 2883). Fixed memory: ranges_max of them. Sans-io; owner: one connection.
class ReceivedRanges {
 public:
  static constexpr std::size_t ranges_max = 64;

  struct Insertion {
    bool is_kept = true;             // false: it would be one range too many, and the segment is as good as lost
    std::optional<Range> duplicate;  // the first part of it that was here already: for a D-SACK block
  };
  // Not empty, wholly beyond the next expected byte, within 2^31 of all others.
  Insertion insert(Range range);
  bool would_keep(Range range) const;
  // In-order data came up to `next`: returns what is expected then, past the ranges that it joined.
  Sequence advance(Sequence next);

  // The block with what came last is the first, then those before it in the order of their last change.
  std::size_t write_blocks(std::span<Range> to) const;
  std::span<const Range> ranges() const { return std::span(ranges_).first(count_); }
  bool is_empty() const { return count_ == 0; }
  void clear() { count_ = 0; }

 private:
  void erase(std::size_t first, std::size_t last);

  std::array<Range, ranges_max> ranges_{};
  std::array<std::uint32_t, ranges_max> changed_{};  // when, counted in insertions
  std::uint32_t insertions_ = 0;
  std::size_t count_ = 0;
};

}  // namespace poise::l7::tcp
