#include "vrrp/deadline_queue.hpp"

#include <utility>

namespace poise::vrrp {

void DeadlineQueue::resize(std::size_t rows) {
  deadlines_.assign(rows, never);
  heap_.resize(rows);
  places_.resize(rows);
  for (std::size_t row = 0; row < rows; ++row) heap_[row] = places_[row] = row;
}

void DeadlineQueue::set(std::size_t row, Instant deadline) {
  const Instant before = std::exchange(deadlines_[row], deadline);
  if (deadline < before) rise(places_[row]);
  if (deadline > before) sink(places_[row]);
}

void DeadlineQueue::swap(std::size_t left, std::size_t right) {
  std::swap(heap_[left], heap_[right]);
  places_[heap_[left]] = left;
  places_[heap_[right]] = right;
}

void DeadlineQueue::rise(std::size_t place) {
  for (; place > 0 && earlier(place, (place - 1) / 2); place = (place - 1) / 2) swap(place, (place - 1) / 2);
}

void DeadlineQueue::sink(std::size_t place) {
  for (;;) {
    std::size_t first = place;
    for (const std::size_t child : {2 * place + 1, 2 * place + 2})
      if (child < heap_.size() && earlier(child, first)) first = child;
    if (first == place) return;
    swap(place, first);
    place = first;
  }
}

}  // namespace poise::vrrp
