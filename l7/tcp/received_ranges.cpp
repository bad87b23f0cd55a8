#include "l7/tcp/received_ranges.hpp"

#include <algorithm>

#include "config/types/result.hpp"

namespace poise::l7::tcp {

void ReceivedRanges::erase(std::size_t first, std::size_t last) {
  std::copy(ranges_.begin() + last, ranges_.begin() + count_, ranges_.begin() + first);
  std::copy(changed_.begin() + last, changed_.begin() + count_, changed_.begin() + first);
  count_ -= last - first;
}

ReceivedRanges::Insertion ReceivedRanges::insert(Range range) {
  ensure(range.left < range.right);
  // Those from `first` up to `last` overlap or touch it.
  const auto begin = ranges_.begin(), end = begin + count_;
  const auto from = std::partition_point(begin, end, [&](const Range& each) { return each.right < range.left; });
  const auto to = std::partition_point(from, end, [&](const Range& each) { return each.left <= range.right; });
  Insertion insertion;
  for (auto each = from; each != to && !insertion.duplicate; ++each) {
    const Range both{later(each->left, range.left), earlier(each->right, range.right)};
    if (both.left < both.right) insertion.duplicate = both;
  }
  const std::size_t first = std::size_t(from - begin), last = std::size_t(to - begin);
  if (first != last) {
    range = {earlier(ranges_[first].left, range.left), later(ranges_[last - 1].right, range.right)};
    erase(first + 1, last);
  } else if (count_ == ranges_max) {
    insertion.is_kept = false;
    return insertion;
  } else {
    std::copy_backward(ranges_.begin() + first, ranges_.begin() + count_, ranges_.begin() + count_ + 1);
    std::copy_backward(changed_.begin() + first, changed_.begin() + count_, changed_.begin() + count_ + 1);
    ++count_;
  }
  ranges_[first] = range;
  changed_[first] = ++insertions_;
  return insertion;
}

bool ReceivedRanges::would_keep(Range range) const {
  const auto touches = [&](const Range& each) { return each.right >= range.left && each.left <= range.right; };
  return count_ < ranges_max || std::ranges::any_of(ranges(), touches);
}

Sequence ReceivedRanges::advance(Sequence next) {
  std::size_t passed = 0;
  for (; passed < count_ && ranges_[passed].left <= next; ++passed) next = later(next, ranges_[passed].right);
  erase(0, passed);
  return next;
}

std::size_t ReceivedRanges::write_blocks(std::span<Range> to) const {
  std::array<std::size_t, ranges_max> order;
  for (std::size_t i = 0; i < count_; ++i) order[i] = i;
  const std::size_t blocks = std::min(to.size(), count_);
  std::partial_sort(
      order.begin(), order.begin() + blocks, order.begin() + count_,
      [this](std::size_t left, std::size_t right) { return std::int32_t(changed_[left] - changed_[right]) > 0; });
  for (std::size_t i = 0; i < blocks; ++i) to[i] = ranges_[order[i]];
  return blocks;
}

}  // namespace poise::l7::tcp
