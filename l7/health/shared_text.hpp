#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace poise::l7::health {

// SharedText - a short text that one thread writes and any may read, without a lock: who reads while it is written
// reads again. What is longer is cut.
class SharedText {
 public:
  static constexpr std::size_t length_max = 127;

  void set(std::string_view text) {
    std::array<char, words * 8> bytes{};
    const std::size_t length = std::min(text.size(), length_max);
    bytes[0] = char(length);
    std::memcpy(bytes.data() + 1, text.data(), length);
    const std::uint32_t turn = turn_.load(std::memory_order_relaxed);
    turn_.store(turn + 1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    for (std::size_t i = 0; i < words; ++i) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + 8 * i, 8);
      words_[i].store(word, std::memory_order_release);
    }
    turn_.store(turn + 2, std::memory_order_release);
  }
  std::string read() const {
    std::array<char, words * 8> bytes{};
    for (int tries = 0; tries < 1000; ++tries) {
      const std::uint32_t turn = turn_.load(std::memory_order_acquire);
      for (std::size_t i = 0; i < words; ++i) {
        const std::uint64_t word = words_[i].load(std::memory_order_acquire);
        std::memcpy(bytes.data() + 8 * i, &word, 8);
      }
      if (turn % 2 == 0 && turn_.load(std::memory_order_relaxed) == turn)
        return {bytes.data() + 1, std::min<std::size_t>(std::uint8_t(bytes[0]), length_max)};
    }
    return {};
  }

 private:
  static constexpr std::size_t words = 16;
  static_assert(words * 8 == length_max + 1);
  std::atomic<std::uint32_t> turn_{0};
  std::array<std::atomic<std::uint64_t>, words> words_{};
};

}  // namespace poise::l7::health
