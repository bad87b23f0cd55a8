#include "datapath/dpdk/packet_pool.hpp"

#include "tests/datapath/dpdk/environment.hpp"

namespace poise::datapath::dpdk {
namespace {

using PacketPoolTest = DpdkTest;

TEST_F(PacketPoolTest, a_buffer_has_headroom_and_room_for_the_largest_frame) {
  const BufferPool::Allocation memory = pool().allocate();
  ASSERT_NE(memory.buffer, nullptr);
  EXPECT_EQ(memory.headroom, 128);
  EXPECT_EQ(memory.capacity, 2048);
  EXPECT_EQ(pool().in_use(), 1u);
  pool().free({&memory.buffer, 1});
}

TEST_F(PacketPoolTest, an_empty_pool_says_so_and_recovers) {
  const auto small = PacketPool::create(1023, 2176);
  ASSERT_TRUE(small) << to_string(small.error());
  std::vector<Buffer*> buffers;
  while (Buffer* buffer = (*small)->allocate().buffer) buffers.push_back(buffer);
  EXPECT_EQ(buffers.size(), 1023u);
  EXPECT_EQ((*small)->in_use(), 1023u);
  (*small)->free(buffers);
  EXPECT_EQ((*small)->in_use(), 0u);
}

TEST_F(PacketPoolTest, more_buffers_than_memory_are_refused_in_words) {
  const auto large = PacketPool::create(1u << 20, 9344);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().path, "memory.packet_buffers");
  EXPECT_NE(large.error().problem.find("1048576"), std::string::npos);
}

TEST_F(PacketPoolTest, a_piece_of_another_buffer_is_held_until_the_frame_is_freed) {
  const auto heads = PacketPool::create(63, 256, 63);
  ASSERT_TRUE(heads) << to_string(heads.error());
  const BufferPool::Allocation data = pool().allocate(), head = (*heads)->allocate();
  ASSERT_TRUE((*heads)->append(head.buffer, data.buffer, data.data + 10, 100));
  pool().free({&data.buffer, 1});
  EXPECT_EQ(pool().in_use(), 1u) << "the frame needs it";
  (*heads)->free({&head.buffer, 1});
  EXPECT_EQ(pool().in_use(), 0u);
}

TEST_F(PacketPoolTest, pieces_beyond_the_number_asked_for_are_refused) {
  const auto heads = PacketPool::create(1023, 256, 7);
  ASSERT_TRUE(heads) << to_string(heads.error());
  const BufferPool::Allocation data = pool().allocate(), head = (*heads)->allocate();
  for (int i = 0; i < 7; ++i) EXPECT_TRUE((*heads)->append(head.buffer, data.buffer, data.data, 1));
  EXPECT_FALSE((*heads)->append(head.buffer, data.buffer, data.data, 1));
  EXPECT_FALSE(pool().append(data.buffer, head.buffer, head.data, 1)) << "this pool was asked for none";
  (*heads)->free({&head.buffer, 1});
  pool().free({&data.buffer, 1});
}

}  // namespace
}  // namespace poise::datapath::dpdk
