#include "l7/tcp/arena.hpp"

#include "config/types/result.hpp"

namespace poise::l7::tcp {
namespace {

constexpr std::size_t largest = std::size_t(Arena::unit) << (Arena::orders - 1);
constexpr std::uint32_t kept_apart = 32;  // free blocks of an order that are not merged

}  // namespace

Arena::Arena(std::size_t bytes) : memory_(bytes / largest * largest), free_order_(memory_.size() / unit) {
  for (std::size_t at = memory_.size() / largest; at > 0; --at)
    push(Block((at - 1) * (largest / unit)) + 1, orders - 1);
}

void Arena::push(Block block, unsigned order) {
  links(block) = {free_[order], 0};
  if (free_[order] != 0) links(free_[order]).before = block;
  free_[order] = block;
  free_order_[block - 1] = std::uint8_t(order + 1);
  ++free_count_[order];
}

void Arena::take_out(Block block, unsigned order) {
  const Links around = links(block);
  if (around.next != 0) links(around.next).before = around.before;
  (around.before != 0 ? links(around.before).next : free_[order]) = around.next;
  free_order_[block - 1] = 0;
  --free_count_[order];
}

Arena::Block Arena::pop(unsigned order) {
  unsigned from = order;
  while (from < orders && free_[from] == 0) ++from;
  if (from == orders) return 0;
  const Block block = free_[from];
  take_out(block, from);
  while (from > order) {
    --from;
    push(block + (1u << from), from);
  }
  return block;
}

Arena::Block Arena::allocate(unsigned order) {
  if (order >= orders) return 0;
  Block block = pop(order);
  if (block == 0 && gather(order)) block = pop(order);
  if (block != 0) used_ += std::size_t(unit) << order;
  return block;
}

void Arena::free(Block block, unsigned order) {
  ensure(block != 0 && free_order_[block - 1] == 0);
  used_ -= std::size_t(unit) << order;
  if (free_count_[order] < kept_apart)
    push(block, order);
  else
    merge(block, order);
}

void Arena::merge(Block block, unsigned order) {
  while (order + 1 < orders) {
    const Block buddy = ((block - 1) ^ (1u << order)) + 1;
    if (free_order_[buddy - 1] != order + 1) break;
    take_out(buddy, order);
    if (buddy < block) block = buddy;
    ++order;
  }
  push(block, order);
}

// Merges what was kept apart. Whether a block of this order came of it.
bool Arena::gather(unsigned order) {
  for (unsigned small = 0; small < order; ++small) {
    Block block = free_[small];
    for (std::uint32_t looked_at = 0; block != 0 && looked_at < 2 * kept_apart; ++looked_at) {
      const Block buddy = ((block - 1) ^ (1u << small)) + 1;
      const Block next = links(block).next;
      const bool is_mergeable = free_order_[buddy - 1] == small + 1;
      if (is_mergeable) {
        take_out(block, small);
        merge(block, small);
      }
      block = is_mergeable ? free_[small] : next;
    }
  }
  for (unsigned found = order; found < orders; ++found)
    if (free_[found] != 0) return true;
  return false;
}

}  // namespace poise::l7::tcp
