#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "config/types/ids.hpp"

namespace poise::datapath {

// Snapshots - hands immutable values from control to workers; an old value is freed when no worker can still see it.
// enter(): that worker's thread, first line of every batch, wait-free. publish(), reclaim(), settled(): control's
// thread only. Epoch-based reclamation (Fraser 2004); the value entered stays valid until the same worker's next
// enter() or leave().
template <class T>
class Snapshots {
 public:
  Snapshots(std::size_t workers, std::unique_ptr<const T> first) : seen_(workers), current_(first.release()) {}
  ~Snapshots() {
    for (auto& [old, epoch] : retired_) delete old;
    delete current_.load();
  }
  Snapshots(const Snapshots&) = delete;
  Snapshots& operator=(const Snapshots&) = delete;

  const T* enter(WorkerId worker) {
    seen_[worker.value].epoch.store(epoch_.load(std::memory_order_seq_cst), std::memory_order_seq_cst);
    return current_.load(std::memory_order_seq_cst);
  }
  // A worker that stops (or sleeps for long) holds nothing back.
  void leave(WorkerId worker) { seen_[worker.value].epoch.store(~0ull, std::memory_order_release); }

  void publish(std::unique_ptr<const T> next) {
    const T* old = current_.exchange(next.release(), std::memory_order_seq_cst);
    retired_.emplace_back(old, epoch_.fetch_add(1, std::memory_order_seq_cst) + 1);
    reclaim();
  }
  // Frees what no worker can see any more; call now and then. Returns how many values still wait.
  std::size_t reclaim() {
    const std::uint64_t oldest = oldest_seen();
    std::erase_if(retired_, [&](const auto& item) {
      if (item.second > oldest) return false;
      delete item.first;
      return true;
    });
    return retired_.size();
  }
  bool has_retired() const { return !retired_.empty(); }
  // Whether every running worker has entered the newest value.
  bool settled() const { return oldest_seen() >= epoch_.load(std::memory_order_seq_cst); }
  const T& current() const { return *current_.load(std::memory_order_acquire); }

 private:
  struct alignas(64) Seen {
    std::atomic<std::uint64_t> epoch{~0ull};
  };
  std::uint64_t oldest_seen() const {
    std::uint64_t oldest = ~0ull;
    for (const Seen& seen : seen_) oldest = std::min(oldest, seen.epoch.load(std::memory_order_seq_cst));
    return oldest;
  }
  std::vector<Seen> seen_;
  std::atomic<const T*> current_;
  std::atomic<std::uint64_t> epoch_{0};
  std::vector<std::pair<const T*, std::uint64_t>> retired_;
};

}  // namespace poise::datapath
