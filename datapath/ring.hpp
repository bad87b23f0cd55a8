#pragma once
#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>
#include <span>

#include "config/types/result.hpp"

namespace poise::datapath {

// SpscRing - a bounded queue from exactly one producer thread to exactly one consumer thread; lock-free, wait-free, no
// allocation after construction. What does not fit is refused (push returns how many it took): the caller counts and
// drops.
template <class T>
class SpscRing {
 public:
  explicit SpscRing(std::size_t capacity) : mask_(capacity - 1), slots_(std::make_unique<T[]>(capacity)) {
    ensure(std::has_single_bit(capacity));
  }
  std::size_t push(std::span<const T> items) {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    std::size_t room = mask_ + 1 - (tail - seen_head_);
    if (room < items.size()) {
      seen_head_ = head_.load(std::memory_order_acquire);
      room = mask_ + 1 - (tail - seen_head_);
    }
    const std::size_t count = items.size() < room ? items.size() : room;
    for (std::size_t i = 0; i < count; ++i) slots_[(tail + i) & mask_] = items[i];
    tail_.store(tail + count, std::memory_order_release);
    return count;
  }
  bool push(const T& item) { return push(std::span<const T>(&item, 1)) == 1; }

  std::size_t pop(std::span<T> into) {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    std::size_t ready = seen_tail_ - head;
    if (ready == 0) {
      seen_tail_ = tail_.load(std::memory_order_acquire);
      ready = seen_tail_ - head;
    }
    const std::size_t count = into.size() < ready ? into.size() : ready;
    for (std::size_t i = 0; i < count; ++i) into[i] = slots_[(head + i) & mask_];
    if (count != 0) head_.store(head + count, std::memory_order_release);
    return count;
  }
  bool pop(T& item) { return pop(std::span<T>(&item, 1)) == 1; }
  // For large items, without a copy. Producer: fill *slot(), then commit(). Consumer: read *front(), then release().
  // Null: full / empty.
  T* slot() {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - seen_head_ > mask_) seen_head_ = head_.load(std::memory_order_acquire);
    return tail - seen_head_ > mask_ ? nullptr : &slots_[tail & mask_];
  }
  void commit() { tail_.store(tail_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }
  T* front() {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head == seen_tail_) seen_tail_ = tail_.load(std::memory_order_acquire);
    return head == seen_tail_ ? nullptr : &slots_[head & mask_];
  }
  void release() { head_.store(head_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

  std::size_t size() const {
    return tail_.load(std::memory_order_acquire) - head_.load(std::memory_order_acquire);
  }  // any thread

 private:
  const std::size_t mask_;
  std::unique_ptr<T[]> slots_;
  alignas(64) std::atomic<std::size_t> tail_{0};
  std::size_t seen_head_ = 0;  // producer's copy
  alignas(64) std::atomic<std::size_t> head_{0};
  std::size_t seen_tail_ = 0;  // consumer's copy
};

}  // namespace poise::datapath
