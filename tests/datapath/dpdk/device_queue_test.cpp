#include "datapath/dpdk/device_queue.hpp"

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <array>
#include <cstring>

#include "tests/datapath/dpdk/environment.hpp"

namespace poise::datapath::dpdk {
namespace {

class DeviceQueueTest : public DpdkTest {
 protected:
  // Sends a frame of two segments of these lengths through the looped device, as a driver with scattered receive would
  // bring it.
  std::size_t receive_segments(DevicePort& port, std::uint16_t first, std::uint16_t second) {
    rte_mbuf* head = to_mbuf(make_frame(first, 1).buffer);
    rte_mbuf* tail = to_mbuf(make_frame(second, 2).buffer);
    rte_pktmbuf_append(head, first);
    rte_pktmbuf_append(tail, second);
    EXPECT_EQ(rte_pktmbuf_chain(head, tail), 0);
    std::uint16_t id = 0;
    EXPECT_EQ(rte_eth_dev_get_port_by_name("net_ring_loop", &id), 0);
    EXPECT_EQ(rte_eth_tx_burst(id, 0, &head, 1), 1);
    return port.queue(0)->receive(packets);
  }
  std::array<Packet, limits::burst> packets;
};

TEST_F(DeviceQueueTest, a_frame_in_two_segments_becomes_one_piece) {
  const auto port = open("net_ring_loop");
  ASSERT_NE(port, nullptr);
  ASSERT_EQ(receive_segments(*port, 100, 50), 1u);
  EXPECT_EQ(packets[0].length, 150);
  EXPECT_EQ(packets[0].data[99], 1);
  EXPECT_EQ(packets[0].data[100], 2);
  free(packets[0]);
}

TEST_F(DeviceQueueTest, a_frame_longer_than_a_buffer_is_dropped_and_counted) {
  const auto port = open("net_ring_loop");
  ASSERT_NE(port, nullptr);
  EXPECT_EQ(receive_segments(*port, 2000, 2000), 0u);
  EXPECT_EQ(port->queue(0)->lost(), 1u);
  EXPECT_EQ(port->missed(), 1u);
}

TEST_F(DeviceQueueTest, a_frame_in_pieces_is_sent_whole) {
  const auto heads = PacketPool::create(63, 2176, 63);  // what comes back is put together in the first of its buffers
  ASSERT_TRUE(heads) << to_string(heads.error());
  const auto port = open("net_ring_loop");
  ASSERT_NE(port, nullptr);
  const Frame data = make_frame(1000, 7);
  const BufferPool::Allocation head = (*heads)->allocate();
  std::memset(head.data - 14, 5, 54);
  ASSERT_TRUE((*heads)->append(head.buffer, data.buffer, data.data + 100, 500));
  ASSERT_TRUE((*heads)->append(head.buffer, data.buffer, data.data + 700, 200));
  const Frame frame{head.buffer, head.data - 14, 54, std::uint16_t(head.headroom - 14), 0};
  ASSERT_EQ(port->queue(0)->transmit({&frame, 1}), 1u);
  pool().free({&data.buffer, 1});
  ASSERT_EQ(port->queue(0)->receive(packets), 1u);
  EXPECT_EQ(packets[0].length, 54 + 500 + 200);
  EXPECT_EQ(packets[0].data[53], 5);
  EXPECT_EQ(packets[0].data[54], 7);
  EXPECT_EQ(packets[0].data[753], 7);
  free(packets[0]);
}

TEST_F(DeviceQueueTest, a_burst_larger_than_the_device_s_own_is_sent_in_parts) {
  const auto port = open("net_ring_loop");
  ASSERT_NE(port, nullptr);
  std::vector<Frame> frames;
  for (std::uint8_t i = 0; i < 2 * limits::burst; ++i) frames.push_back(make_frame(60, i));
  ASSERT_EQ(port->queue(0)->transmit(frames), frames.size());
  std::uint8_t expected = 0;
  for (int half = 0; half < 2; ++half) {
    ASSERT_EQ(port->queue(0)->receive(packets), limits::burst);
    for (const Packet& packet : packets) {
      EXPECT_EQ(packet.data[0], expected++);
      free(packet);
    }
  }
}

TEST_F(DeviceQueueTest, a_narrow_batch_gets_no_more_than_fits) {
  const auto port = open("net_ring_loop");
  ASSERT_NE(port, nullptr);
  const std::array<Frame, 3> frames{make_frame(60), make_frame(60), make_frame(60)};
  ASSERT_EQ(port->queue(0)->transmit(frames), 3u);
  ASSERT_EQ(port->queue(0)->receive({packets.data(), 2}), 2u);
  ASSERT_EQ(port->queue(0)->receive({packets.data() + 2, 2}), 1u);
  for (int i = 0; i < 3; ++i) free(packets[i]);
}

}  // namespace
}  // namespace poise::datapath::dpdk
