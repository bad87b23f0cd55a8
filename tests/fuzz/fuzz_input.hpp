#pragma once
#include <algorithm>
#include <cstdint>
#include <span>

#include "tests/support/frames.hpp"

// What the targets that work on packets share.
namespace poise::datapath {

// FuzzInput - the fuzzer's bytes, taken from the front; behind their end there are zeros.
class FuzzInput {
 public:
  FuzzInput(const std::uint8_t* data, std::size_t size) : left_(data, size) {}
  bool empty() const { return left_.empty(); }
  std::size_t size() const { return left_.size(); }
  std::uint8_t u8() {
    if (left_.empty()) return 0;
    const std::uint8_t value = left_.front();
    left_ = left_.subspan(1);
    return value;
  }
  std::uint16_t u16() {
    const std::uint8_t high = u8();
    return std::uint16_t(high << 8 | u8());
  }
  std::uint32_t u32() {
    const std::uint32_t high = u16();
    return high << 16 | u16();
  }
  Bytes take(std::size_t bytes) {
    const auto taken = left_.first(std::min(bytes, left_.size()));
    left_ = left_.subspan(taken.size());
    return Bytes(taken.begin(), taken.end());
  }

 private:
  std::span<const std::uint8_t> left_;
};

// The packet with every checksum right that can be: of the IPv4 header, of a whole TCP, UDP (if it has one), ICMP or
// ICMPv6 message, and of the packet inside an ICMP error. A fuzzer does not guess checksums.
Bytes mended(Bytes packet);
// The same for a frame, from its Ethernet header on.
Bytes mended_frame(Bytes frame);

}  // namespace poise::datapath
