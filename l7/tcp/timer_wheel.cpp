#include "l7/tcp/timer_wheel.hpp"

#include <algorithm>
#include <bit>

namespace poise::l7::tcp {
namespace {

constexpr std::uint32_t block_ms = 1024;  // of a slot of the far wheel

}  // namespace

std::uint32_t TimerWheel::Wheel::distance(std::uint32_t from) const {
  // The words from the one of `from` on, which is looked at twice: its high bits first, its low ones last.
  for (std::uint32_t i = 0; i <= filled.size(); ++i) {
    const std::uint32_t word = (from / 64 + i) % std::uint32_t(filled.size());
    std::uint64_t bits = filled[word];
    if (i == 0) bits &= ~std::uint64_t(0) << from % 64;
    if (i == filled.size()) bits &= ~(~std::uint64_t(0) << from % 64);
    if (bits != 0) return (word * 64 + std::uint32_t(std::countr_zero(bits)) - from) % slots;
  }
  return slots;
}

TimerWheel::TimerWheel(std::uint32_t nodes, std::uint32_t now_ms) : nodes_(nodes), reached_ms_(now_ms) {
  for (std::uint32_t i = 0; i < nodes; ++i) nodes_[i].slot = nowhere;
}

bool TimerWheel::is_scheduled(std::uint32_t node) const { return nodes_[node].slot != nowhere; }

// Near: what is due within 1,023 ms, so that a slot is one tick. Far: a slot is a block of 1,024 ms that begins later.
void TimerWheel::link(std::uint32_t index) {
  Node& node = nodes_[index];
  if (node.at_ms - reached_ms_ < slots) {
    node.slot = node.at_ms % slots;
  } else {
    const std::uint32_t blocks = (node.at_ms / block_ms - reached_ms_ / block_ms) % (0xffffffff / block_ms + 1);
    node.slot = slots + (reached_ms_ / block_ms + std::min(blocks, slots - 1)) % slots;
  }
  Wheel& wheel = wheel_of(node.slot);
  const std::uint32_t slot = node.slot % slots;
  std::uint32_t& head = wheel.heads[slot];
  node.next = head;
  node.before = nobody;
  if (head != nobody) nodes_[head].before = index;
  head = index;
  wheel.filled[slot / 64] |= std::uint64_t(1) << slot % 64;
}

void TimerWheel::unlink(std::uint32_t index) {
  Node& node = nodes_[index];
  Wheel& wheel = wheel_of(node.slot);
  const std::uint32_t slot = node.slot % slots;
  if (node.next != nobody) nodes_[node.next].before = node.before;
  (node.before != nobody ? nodes_[node.before].next : wheel.heads[slot]) = node.next;
  if (wheel.heads[slot] == nobody) wheel.filled[slot / 64] &= ~(std::uint64_t(1) << slot % 64);
  node.slot = nowhere;
}

void TimerWheel::schedule(std::uint32_t index, std::uint32_t at_ms) {
  Node& node = nodes_[index];
  if (std::int32_t(at_ms - reached_ms_) <= 0) at_ms = reached_ms_ + 1;
  if (node.slot != nowhere) {
    if (std::int32_t(at_ms - node.at_ms) >= 0) return;
    unlink(index);
    --size_;
  }
  node.at_ms = at_ms;
  link(index);
  ++size_;
}

void TimerWheel::cancel(std::uint32_t index) {
  if (!is_scheduled(index)) return;
  unlink(index);
  --size_;
}

std::optional<std::uint32_t> TimerWheel::next() const {
  if (size_ == 0) return std::nullopt;
  const bool is_some_left =
      near_.heads[reached_ms_ % slots] != nobody || far_.heads[reached_ms_ / block_ms % slots] != nobody;
  if (is_some_left) return reached_ms_;
  std::optional<std::uint32_t> found;
  if (const std::uint32_t away = near_.distance((reached_ms_ + 1) % slots); away < slots)
    found = reached_ms_ + 1 + away;
  if (const std::uint32_t away = far_.distance((reached_ms_ / block_ms + 1) % slots); away < slots) {
    const std::uint32_t begins = (reached_ms_ / block_ms + 1 + away) * block_ms;
    if (!found || std::int32_t(begins - *found) < 0) found = begins;
  }
  return found;
}

std::size_t TimerWheel::advance(std::uint32_t now_ms, std::span<std::uint32_t> expired) {
  std::size_t count = 0, looked_at = 0;
  while (true) {
    // Of the block that has begun everything goes to the near wheel, or comes round again.
    for (std::uint32_t& head = far_.heads[reached_ms_ / block_ms % slots]; head != nobody;) {
      if (looked_at++ == expired.size()) return count;
      const std::uint32_t index = head;
      unlink(index);
      link(index);
    }
    for (std::uint32_t& head = near_.heads[reached_ms_ % slots]; head != nobody; ++count) {
      if (looked_at++ == expired.size()) return count;
      expired[count] = head;
      unlink(head);
      --size_;
    }
    const auto tick = next();
    if (!tick || std::int32_t(*tick - now_ms) > 0) break;
    reached_ms_ = *tick;
  }
  if (std::int32_t(now_ms - reached_ms_) > 0) reached_ms_ = now_ms;
  return count;
}

}  // namespace poise::l7::tcp
