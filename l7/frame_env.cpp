#include "l7/frame_env.hpp"

#include <algorithm>
#include <cstring>

#include "config/types/result.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"
#include "l7/tcp/checksum.hpp"

namespace poise::l7 {
namespace {

using datapath::BufferPool;
using datapath::Frame;
namespace wire = datapath::wire;

constexpr std::uint32_t copied_max = 256;  // a piece of its own costs more than copying so much

}  // namespace

FrameEnv::FrameEnv(BufferPool& headers, BufferPool& data, const Settings& settings)
    : headers_(headers),
      data_(data),
      settings_(settings),
      takes_pieces_(settings.takes_pieces),
      records_(settings.buffers_max) {
  for (Record& each : records_) free_.push_back(&each);
}

FrameEnv::Record* FrameEnv::record(datapath::Buffer* frame, std::uint8_t* data, std::uint32_t size) {
  Record* const record = free_.back();
  free_.pop_back();
  record->frame = frame;
  record->data = data;
  record->size = size;
  record->references = 1;
  return record;
}

tcp::Packet FrameEnv::take(const Frame& frame, std::uint16_t ip_offset) {
  if (free_.empty()) {
    ++counters_.without_record;
    data_.free({&frame.buffer, 1});
    return {};
  }
  const std::uint32_t size = std::uint32_t(frame.headroom) + frame.length + frame.tailroom;
  return {record(frame.buffer, frame.data - frame.headroom, size), std::uint32_t(frame.headroom) + ip_offset,
          std::uint32_t(frame.length - ip_offset), frame.is_verified};
}

tcp::Buffer* FrameEnv::allocate() {
  if (free_.empty()) return nullptr;
  const BufferPool::Allocation memory = data_.allocate();
  if (memory.buffer == nullptr) return nullptr;
  return record(memory.buffer, memory.data, memory.capacity);
}

void FrameEnv::free(tcp::Buffer& buffer) {
  auto& record = static_cast<Record&>(buffer);
  ensure(record.frame != nullptr && record.references == 0);
  data_.free({&record.frame, 1});
  record.frame = nullptr;
  free_.push_back(&record);
}

// The payload behind the headers: copied where it is little or must be in one piece.
bool FrameEnv::append(Frame& packet, const tcp::Outgoing& segment) {
  const bool is_little = segment.payload_length <= std::min<std::uint32_t>(copied_max, packet.tailroom);
  if (is_little || !takes_pieces_) {
    ensure(segment.payload_length <= packet.tailroom);  // a buffer has room for what the ports can send
    for (const tcp::Slice& slice : segment.payload) {
      std::memcpy(packet.data + packet.length, slice.begin(), slice.length);
      packet.length = std::uint16_t(packet.length + slice.length);
    }
    packet.tailroom = std::uint16_t(packet.tailroom - segment.payload_length);
    return true;
  }
  for (const tcp::Slice& slice : segment.payload) {
    datapath::Buffer* const of = static_cast<Record*>(slice.buffer)->frame;
    if (!headers_.append(packet.buffer, of, slice.begin(), std::uint16_t(slice.length))) return false;
  }
  return true;
}

bool FrameEnv::transmit(const tcp::Outgoing& segment) {
  BufferPool& pool = segment.payload_length == 0 || takes_pieces_ ? headers_ : data_;
  const BufferPool::Allocation memory = pool.allocate();
  if (memory.buffer == nullptr) {
    ++counters_.without_buffer;
    return false;
  }
  const auto length = std::uint16_t(segment.headers.size());
  Frame packet{memory.buffer, memory.data, length, memory.headroom, std::uint16_t(memory.capacity - length)};
  std::memcpy(packet.data, segment.headers.data(), length);
  const bool is_v4 = packet.data[0] >> 4 == 4;
  const std::uint16_t ip_length = is_v4 ? wire::ipv4_length : wire::ipv6_length;
  BufferPool::Completion completion;
  if (settings_.completes_checksums)
    completion = {0, ip_length, std::uint16_t(length - ip_length), std::uint16_t(segment.segment_size), is_v4};
  else
    tcp::complete_checksum({packet.data, length}, segment.payload);
  if (append(packet, segment) && send(packet, completion)) return true;
  ++counters_.without_buffer;
  pool.free({&packet.buffer, 1});
  return false;
}

}  // namespace poise::l7
