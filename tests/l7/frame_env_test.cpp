#include "l7/frame_env.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <numeric>
#include <vector>

#include "l7/tcp/segment.hpp"
#include "tests/support/memory_port.hpp"

namespace poise::l7 {
namespace {

using datapath::Buffer;
using datapath::BufferPool;
using datapath::Frame;
using Bytes = std::vector<std::uint8_t>;

// PiecesPool - a pool that knows what was appended to its frames.
class PiecesPool : public datapath::MemoryPool {
 public:
  bool append(Buffer*, Buffer* of, const std::uint8_t* bytes, std::uint16_t length) override {
    if (refuses) return false;
    of_ = of;
    pieces.insert(pieces.end(), bytes, bytes + length);
    return true;
  }
  Allocation allocate() override {
    Allocation memory = MemoryPool::allocate();
    memory.capacity = std::min(memory.capacity, room);
    return memory;
  }
  bool refuses = false;
  std::uint16_t room = capacity;
  Buffer* of_ = nullptr;
  Bytes pieces;
};

class TestEnv : public FrameEnv {
 public:
  using FrameEnv::FrameEnv;
  std::uint64_t random() override { return 4; }
  bool send(const Frame& packet, const BufferPool::Completion& completion) override {
    if (is_full) return false;
    sent.push_back(packet);
    asked = completion;
    return true;
  }
  bool is_full = false;
  std::vector<Frame> sent;
  BufferPool::Completion asked;
};

class FrameEnvTest : public testing::Test {
 protected:
  ~FrameEnvTest() override {
    for (const Frame& frame : env.sent) headers.free({&frame.buffer, 1});
  }
  void use(const FrameEnv::Settings& settings) { env_.emplace(headers, data, settings); }
  tcp::Buffer* filled(std::uint32_t length) {
    tcp::Buffer* buffer = env.allocate();
    std::iota(buffer->data, buffer->data + length, std::uint8_t(1));
    return buffer;
  }
  bool transmit(std::span<const tcp::Slice> payload, std::uint32_t length) {
    tcp::Segment segment;
    segment.source = IpAddr::v4(0x0a000001);
    segment.destination = IpAddr::v4(0x0a000002);
    segment.flags = tcp::flag_ack;
    std::array<std::uint8_t, tcp::headers_length_max> bytes{};
    const std::size_t count = tcp::write_headers(segment, length, bytes);
    return env.transmit({std::span(bytes).first(count), payload, length, 0});
  }
  // Header and payload of what was sent last, as a device would send it.
  Bytes last() {
    const Frame& frame = env.sent.back();
    Bytes whole(frame.data, frame.data + frame.length);
    whole.insert(whole.end(), headers.pieces.begin(), headers.pieces.end());
    return whole;
  }

  PiecesPool headers;
  datapath::MemoryPool data;
  std::optional<TestEnv> env_{std::in_place, headers, data, FrameEnv::Settings{}};
  TestEnv& env = *env_;
};

TEST_F(FrameEnvTest, a_small_payload_is_copied_behind_its_headers) {
  tcp::Buffer* buffer = filled(100);
  const tcp::Slice slice{buffer, 0, 100};
  ASSERT_TRUE(transmit({&slice, 1}, 100));
  EXPECT_TRUE(headers.pieces.empty());
  const Bytes sent = last();
  const auto read = tcp::read_segment(sent);
  ASSERT_TRUE(read) << "its checksum is right";
  EXPECT_EQ(read->payload.size(), 100u);
  EXPECT_EQ(read->payload[99], 100);
  buffer->references = 0;
  env.free(*buffer);
}

TEST_F(FrameEnvTest, a_large_payload_becomes_pieces_of_the_frame) {
  tcp::Buffer* buffer = filled(1000);
  const tcp::Slice slices[] = {{buffer, 0, 400}, {buffer, 500, 300}};
  ASSERT_TRUE(transmit(slices, 700));
  EXPECT_EQ(headers.pieces.size(), 700u);
  EXPECT_TRUE(tcp::read_segment(last()));
  buffer->references = 0;
  env.free(*buffer);
  EXPECT_EQ(env.held(), 0u);
  EXPECT_EQ(data.outstanding(), 0u);
}

TEST_F(FrameEnvTest, a_little_payload_that_does_not_fit_behind_its_headers_becomes_a_piece) {
  headers.room = 100;
  tcp::Buffer* buffer = filled(200);
  const tcp::Slice slice{buffer, 0, 200};
  ASSERT_TRUE(transmit({&slice, 1}, 200));
  EXPECT_EQ(headers.pieces.size(), 200u);
  buffer->references = 0;
  env.free(*buffer);
}

TEST_F(FrameEnvTest, what_can_t_be_in_pieces_is_copied_into_a_large_buffer) {
  use({8, false, false});
  tcp::Buffer* buffer = filled(1000);
  const tcp::Slice slice{buffer, 0, 1000};
  ASSERT_TRUE(transmit({&slice, 1}, 1000));
  EXPECT_TRUE(headers.pieces.empty());
  EXPECT_TRUE(tcp::read_segment(last()));
  EXPECT_EQ(data.outstanding(), 2u);
  buffer->references = 0;
  env.free(*buffer);
}

TEST_F(FrameEnvTest, a_device_that_completes_checksums_is_asked_to) {
  use({8, true, true});
  ASSERT_TRUE(transmit({}, 0));
  EXPECT_EQ(env.asked.ip_length, 20);
  EXPECT_EQ(env.asked.tcp_length, 20);
  EXPECT_TRUE(env.asked.is_v4);
  EXPECT_FALSE(tcp::read_segment(last())) << "the sum of the pseudo header is not it";
}

TEST_F(FrameEnvTest, a_segment_that_finds_no_room_leaves_nothing_behind) {
  tcp::Buffer* buffer = filled(1000);
  const tcp::Slice slice{buffer, 0, 1000};
  env.is_full = true;
  EXPECT_FALSE(transmit({&slice, 1}, 1000));
  env.is_full = false;
  headers.refuses = true;
  EXPECT_FALSE(transmit({&slice, 1}, 1000));
  EXPECT_EQ(headers.outstanding(), 0u);
  EXPECT_EQ(env.counters().without_buffer, 2u);
  buffer->references = 0;
  env.free(*buffer);
}

TEST_F(FrameEnvTest, acknowledgments_need_no_buffer_for_data) {
  data.empty();
  EXPECT_EQ(env.allocate(), nullptr);
  EXPECT_TRUE(transmit({}, 0));
  data.refill();
}

TEST_F(FrameEnvTest, a_frame_becomes_a_packet_in_place) {
  use({1, true, false});
  const auto frame = [&] {
    const BufferPool::Allocation memory = data.allocate();
    return Frame{memory.buffer, memory.data, 114, memory.headroom, std::uint16_t(memory.capacity - 114)};
  };
  const Frame first = frame();
  first.data[14] = 42;
  const tcp::Packet packet = env.take(first, 14);
  ASSERT_NE(packet.buffer, nullptr);
  EXPECT_EQ(packet.length, 100u);
  EXPECT_EQ(packet.buffer->data[packet.offset], 42);
  EXPECT_EQ(packet.buffer->size, datapath::MemoryPool::headroom + datapath::MemoryPool::capacity);
  EXPECT_EQ(env.take(frame(), 14).buffer, nullptr) << "one is all that may be held";
  EXPECT_EQ(env.counters().without_record, 1u);
  packet.buffer->references = 0;
  env.free(*packet.buffer);
  EXPECT_EQ(data.outstanding(), 0u);
}

}  // namespace
}  // namespace poise::l7
