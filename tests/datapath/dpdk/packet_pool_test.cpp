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

}  // namespace
}  // namespace poise::datapath::dpdk
