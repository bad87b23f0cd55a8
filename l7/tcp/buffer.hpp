#pragma once
#include <cstdint>

namespace poise::l7::tcp {

// Buffer - memory of a packet, as its owner, the Env, hands it out. The stack counts its own references; when the last
// one goes, it gives the buffer back.
struct Buffer {
  std::uint8_t* data = nullptr;
  std::uint32_t size = 0;        // of the whole: what holding it costs, however little of it is used
  std::uint32_t references = 0;  // of the stack
};

// Slice - bytes of a buffer. Queues hold these; the bytes themselves are not looked at. A slice that lies in a queue
// owns one reference.
struct Slice {
  Buffer* buffer = nullptr;
  std::uint32_t offset = 0, length = 0;

  std::uint8_t* begin() const { return buffer->data + offset; }
  Slice from(std::uint32_t skip) const { return {buffer, offset + skip, length - skip}; }
  Slice first(std::uint32_t count) const { return {buffer, offset, count}; }
};

}  // namespace poise::l7::tcp
