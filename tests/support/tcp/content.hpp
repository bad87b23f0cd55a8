#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace poise::l7::tcp {

// Content - endless bytes that are a function of their offset and a seed, so that a reader can tell at any offset
// whether what it has got is what was sent.
class Content {
 public:
  explicit Content(std::uint64_t seed) : seed_(seed) {}

  void write(std::uint64_t offset, std::span<std::uint8_t> to) const {
    for (std::size_t done = 0; done < to.size();) {
      const std::uint64_t word = word_of((offset + done) / 8);
      const std::size_t skip = (offset + done) % 8, count = std::min(8 - skip, to.size() - done);
      std::memcpy(to.data() + done, reinterpret_cast<const std::uint8_t*>(&word) + skip, count);
      done += count;
    }
  }
  bool matches(std::uint64_t offset, std::span<const std::uint8_t> bytes) const {
    for (std::size_t done = 0; done < bytes.size();) {
      const std::uint64_t word = word_of((offset + done) / 8);
      const std::size_t skip = (offset + done) % 8, count = std::min(8 - skip, bytes.size() - done);
      if (std::memcmp(bytes.data() + done, reinterpret_cast<const std::uint8_t*>(&word) + skip, count) != 0)
        return false;
      done += count;
    }
    return true;
  }

 private:
  std::uint64_t word_of(std::uint64_t index) const {
    const std::uint64_t mixed = (index + seed_) * 0x9e3779b97f4a7c15ull;
    return (mixed ^ mixed >> 31) * 0xbf58476d1ce4e5b9ull;
  }
  std::uint64_t seed_;
};

}  // namespace poise::l7::tcp
