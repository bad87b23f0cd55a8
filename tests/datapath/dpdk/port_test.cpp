#include "datapath/dpdk/port.hpp"

#include <pcap/pcap.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ring.h>

#include <array>

#include "tests/datapath/dpdk/environment.hpp"

namespace poise::datapath::dpdk {
namespace {

using Packets = std::array<Packet, limits::burst>;

config::Interface interface_of(const std::string& device) {
  config::Interface interface;
  interface.device = device;
  return interface;
}

class DevicePortTest : public DpdkTest {
 protected:
  Packets packets;
};

TEST_F(DevicePortTest, what_a_worker_transmits_on_a_looped_device_it_receives_again) {
  const auto port = open("net_ring_loop");
  ASSERT_NE(port, nullptr);
  const Frame sent = make_frame(100, 0x5a);
  ASSERT_EQ(port->queue(0)->transmit({&sent, 1}), 1u);
  ASSERT_EQ(port->queue(0)->receive(packets), 1u);
  EXPECT_EQ(packets[0].buffer, sent.buffer);
  EXPECT_EQ(packets[0].length, 100);
  EXPECT_EQ(packets[0].headroom, sent.headroom);
  EXPECT_EQ(packets[0].tailroom, sent.tailroom);
  EXPECT_EQ(packets[0].data[99], 0x5a);
  free(packets[0]);
}

TEST_F(DevicePortTest, a_frame_that_was_moved_into_its_headroom_is_sent_from_there) {
  const auto port = open("net_ring_loop");
  ASSERT_NE(port, nullptr);
  Frame sent = make_frame(100, 1);
  sent.data -= 20;
  sent.length = 120;
  sent.data[0] = 0x45;
  ASSERT_EQ(port->queue(0)->transmit({&sent, 1}), 1u);
  ASSERT_EQ(port->queue(0)->receive(packets), 1u);
  EXPECT_EQ(packets[0].length, 120);
  EXPECT_EQ(packets[0].data[0], 0x45);
  EXPECT_EQ(packets[0].headroom + 20, sent.headroom);
  free(packets[0]);
}

TEST_F(DevicePortTest, workers_of_a_device_with_enough_queues_have_one_each) {
  const auto port = open("net_ring_loop", 2);
  ASSERT_NE(port, nullptr);
  EXPECT_FALSE(port->queue(1)->transmits_through_another());
  const Frame sent = make_frame(60);
  ASSERT_EQ(port->queue(1)->transmit({&sent, 1}), 1u);
  EXPECT_EQ(port->queue(0)->receive(packets), 0u);
  ASSERT_EQ(port->queue(1)->receive(packets), 1u);
  free(packets[0]);
}

class OneQueueDevice {
 public:
  OneQueueDevice() : ring_(rte_ring_create("one_queue", 1024, SOCKET_ID_ANY, 0)) {
    EXPECT_GE(rte_eth_from_rings("one", &ring_, 1, &ring_, 1, 0), 0);
  }
  ~OneQueueDevice() { rte_ring_free(ring_); }
  OneQueueDevice(const OneQueueDevice&) = delete;
  OneQueueDevice& operator=(const OneQueueDevice&) = delete;

 private:
  rte_ring* ring_;
};

TEST_F(DevicePortTest, a_device_with_one_queue_is_polled_and_fed_by_the_first_worker_alone) {
  const OneQueueDevice device;
  const auto port = open("net_ring_one", 2);
  ASSERT_NE(port, nullptr);
  ASSERT_TRUE(port->queue(1)->transmits_through_another());
  const Frame sent = make_frame(60);
  ASSERT_EQ(port->queue(1)->transmit({&sent, 1}), 1u);
  EXPECT_TRUE(port->queue(1)->frames_wait());
  EXPECT_EQ(port->queue(1)->receive(packets), 0u);
  ASSERT_EQ(port->queue(0)->receive(packets), 1u);
  EXPECT_EQ(packets[0].buffer, sent.buffer);
  EXPECT_FALSE(port->queue(1)->frames_wait());
  free(packets[0]);
}

TEST_F(DevicePortTest, frames_that_wait_for_the_first_worker_are_freed_with_the_port) {
  const OneQueueDevice device;
  const auto port = open("net_ring_one", 2);
  ASSERT_NE(port, nullptr);
  const Frame sent = make_frame(60);
  ASSERT_EQ(port->queue(1)->transmit({&sent, 1}), 1u);
}

TEST_F(DevicePortTest, a_full_device_gives_the_rest_of_a_burst_back) {
  const auto port = open("net_ring_loop");
  ASSERT_NE(port, nullptr);
  std::vector<Frame> frames;
  for (int i = 0; i < 2000; ++i) frames.push_back(make_frame(60));
  const std::size_t sent = port->queue(0)->transmit(frames);
  EXPECT_LT(sent, frames.size());
  EXPECT_GT(sent, 0u);
  for (std::size_t i = sent; i < frames.size(); ++i) pool().free({&frames[i].buffer, 1});
  for (std::size_t count = 1; count != 0;) {
    count = port->queue(0)->receive(packets);
    for (std::size_t i = 0; i < count; ++i) free(packets[i]);
  }
}

void write_capture(const std::string& path, const std::vector<std::uint8_t>& frame) {
  pcap_t* handle = pcap_open_dead(DLT_EN10MB, 2000);
  pcap_dumper_t* file = pcap_dump_open(handle, path.c_str());
  const pcap_pkthdr header{{1, 2}, bpf_u_int32(frame.size()), bpf_u_int32(frame.size())};
  pcap_dump(reinterpret_cast<u_char*>(file), &header, frame.data());
  pcap_dump_close(file);
  pcap_close(handle);
}

TEST_F(DevicePortTest, a_capture_file_is_played_and_another_one_written) {
  const TemporaryFolder folder;
  write_capture(folder.path() + "/in.pcap", std::vector<std::uint8_t>(80, 7));
  {
    const auto port = open("net_pcap0,rx_pcap=" + folder.path() + "/in.pcap,tx_pcap=" + folder.path() + "/out.pcap");
    ASSERT_NE(port, nullptr);
    ASSERT_EQ(receive_soon(*port->queue(0), packets), 1u);
    ASSERT_EQ(packets[0].length, 80);
    EXPECT_EQ(packets[0].data[79], 7);
    const Frame frame_back = packets[0];
    ASSERT_EQ(port->queue(0)->transmit({&frame_back, 1}), 1u);
  }
  const auto replay = open("net_pcap1,rx_pcap=" + folder.path() + "/out.pcap,tx_pcap=/dev/null");
  ASSERT_NE(replay, nullptr);
  ASSERT_EQ(receive_soon(*replay->queue(0), packets), 1u);
  EXPECT_EQ(packets[0].length, 80);
  free(packets[0]);
}

TEST_F(DevicePortTest, a_device_may_be_closed_and_opened_again) {
  for (int i = 0; i < 3; ++i) ASSERT_NE(open("net_null0"), nullptr);
}

TEST_F(DevicePortTest, the_configured_mac_address_is_the_port_s) {
  config::Interface interface = interface_of("net_ring_loop");
  interface.mac = MacAddr{{2, 0, 0, 1, 2, 3}};
  const auto port = try_open(interface);
  ASSERT_TRUE(port) << to_string(port.error());
  EXPECT_EQ((*port)->mac(), interface.mac);
  EXPECT_TRUE((*port)->link_up());
}

TEST_F(DevicePortTest, an_unknown_device_is_refused_with_what_the_library_says) {
  const auto port = try_open(interface_of("net_nonsense0"));
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error().path, "interfaces.test.device");
  EXPECT_NE(port.error().problem.find("net_nonsense0"), std::string::npos);
  EXPECT_NE(port.error().fix, "");
}

TEST_F(DevicePortTest, a_device_that_is_open_already_is_refused) {
  const auto first = open("net_ring_loop");
  const auto second = try_open(interface_of("net_ring_loop"));
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().fix.find("another process or interface"), std::string::npos) << to_string(second.error());
  const Frame sent = make_frame(60);  // and the first is none the worse
  ASSERT_EQ(first->queue(0)->transmit({&sent, 1}), 1u);
  ASSERT_EQ(first->queue(0)->receive(packets), 1u);
  free(packets[0]);
}

TEST_F(DevicePortTest, a_device_that_spreads_by_our_key_and_table_steers_in_hardware) {
  const auto port = open("net_null0,size=64", 2);  // which promises to, and keeps key and table
  ASSERT_NE(port, nullptr);
  EXPECT_TRUE(port->hardware_rss());
  config::Interface software = interface_of("net_null1");
  software.rss = config::Rss::software;
  const auto other = try_open(software, 2);
  ASSERT_TRUE(other) << to_string(other.error());
  EXPECT_FALSE((*other)->hardware_rss());
}

TEST_F(DevicePortTest, hardware_steering_is_refused_where_the_device_has_none) {
  config::Interface interface = interface_of("net_ring_loop");
  interface.rss = config::Rss::hardware;
  const auto port = try_open(interface, 2);
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error().path, "interfaces.test.rss");
  EXPECT_TRUE(try_open(interface, 1)) << "one worker needs no spreading";
}

TEST_F(DevicePortTest, bonds_of_every_mode_can_be_opened_and_closed) {
  for (const auto mode : {config::BondMode::active_backup, config::BondMode::balance, config::BondMode::lacp}) {
    config::Interface interface;
    interface.bond = config::Bond{mode, {"net_null_a", "net_null_b"}};
    const auto port = try_open(interface, 2);
    EXPECT_TRUE(port) << to_string(port.error());
  }
}

TEST_F(DevicePortTest, a_bond_with_an_unknown_member_names_the_member) {
  config::Interface interface;
  interface.bond = config::Bond{config::BondMode::active_backup, {"net_null_a", "net_nonsense0"}};
  const auto port = try_open(interface);
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error().path, "interfaces.test.bond");
  EXPECT_NE(port.error().problem.find("net_nonsense0"), std::string::npos);
  EXPECT_NE(open("net_null_a"), nullptr) << "the good member was not let go";
}

}  // namespace
}  // namespace poise::datapath::dpdk
