#pragma once
#include <cstdint>

#include "l7/tcp/buffer.hpp"

namespace poise::l7::tcp {

// Packet - one that came in, from its IP header on. The reference of the buffer is the Stack's from now on.
struct Packet {
  Buffer* buffer = nullptr;
  std::uint32_t offset = 0, length = 0;
  bool is_verified = false;  // the device found the checksums right
};

}  // namespace poise::l7::tcp
