#pragma once
#include <cstddef>
#include <vector>

#include "config/types/time.hpp"

namespace poise::vrrp {

// DeadlineQueue - which of many rows is due next: a binary heap that knows where each row stands. No allocation but
// when the number of rows grows.
class DeadlineQueue {
 public:
  void resize(std::size_t rows);
  void set(std::size_t row, Instant deadline);
  bool empty() const { return heap_.empty(); }
  Instant next() const { return heap_.empty() ? never : deadlines_[heap_[0]]; }
  std::size_t row() const { return heap_[0]; }  // whose deadline `next` is

 private:
  bool earlier(std::size_t left, std::size_t right) const { return deadlines_[heap_[left]] < deadlines_[heap_[right]]; }
  void swap(std::size_t left, std::size_t right);
  void rise(std::size_t place);
  void sink(std::size_t place);

  std::vector<Instant> deadlines_;   // by row
  std::vector<std::size_t> heap_;    // rows
  std::vector<std::size_t> places_;  // by row: where in heap_
};

}  // namespace poise::vrrp
