#include "datapath/dpdk/tap_fix.hpp"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <poll.h>

#include <array>
#include <filesystem>

#include "tests/datapath/dpdk/environment.hpp"
#include "tests/datapath/dpdk/kernel_end.hpp"

namespace poise::datapath::dpdk {
namespace {

class Tap : public DpdkTest {
 protected:
  void SetUp() override {
    DpdkTest::SetUp();
    if (!taps_can_be_made()) GTEST_SKIP() << "taps need root";
  }
  // The next test frame on any queue of the port; other frames are the kernel's own chatter.
  bool receives(DevicePort& port, std::size_t workers, std::uint8_t fill) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    std::array<Packet, limits::burst> packets;
    bool found = false;
    while (!found && std::chrono::steady_clock::now() < deadline)
      for (std::size_t worker = 0; worker < workers; ++worker) {
        const std::size_t count = port.queue(worker)->receive(packets);
        for (std::size_t i = 0; i < count; ++i) {
          const std::uint8_t* data = packets[i].data;
          found = found || (data[12] == 0x88 && data[13] == 0xb5 && data[packets[i].length - 1] == fill);
          free(packets[i]);
        }
      }
    return found;
  }
  bool transmits(PortQueue& queue, KernelEnd& kernel, std::uint8_t fill) {
    const std::vector<std::uint8_t> bytes = test_frame(test_type, 100, fill);
    const Frame frame = make_frame(100);
    std::copy(bytes.begin(), bytes.end(), frame.data);
    if (queue.transmit({&frame, 1}) != 1) return false;
    return kernel.receive(test_type) == bytes;
  }
};

TEST_F(Tap, carries_frames_both_ways_again_and_again) {
  const auto port = open("net_tap_t0,iface=poise-t0");
  ASSERT_NE(port, nullptr);
  KernelEnd kernel("poise-t0");
  for (std::uint8_t round = 1; round < 50; ++round) {
    ASSERT_TRUE(kernel.send(test_frame(test_type, 100, round)));
    ASSERT_TRUE(receives(*port, 1, round)) << int(round);
    ASSERT_TRUE(transmits(*port->queue(0), kernel, round)) << int(round);
  }
}

TEST_F(Tap, is_not_signalled_by_each_packet) {
  const auto port = open("net_tap_t0,iface=poise-t0", 2);
  ASSERT_NE(port, nullptr);
  EXPECT_TRUE(silence_taps()) << "the driver works otherwise than expected: kick_taps() does nothing";
  int taps = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    if (std::filesystem::read_symlink(entry.path(), error) != "/dev/net/tun") continue;
    ++taps;
    EXPECT_EQ(fcntl(std::stoi(entry.path().filename()), F_GETFL) & O_ASYNC, 0);
  }
  EXPECT_GE(taps, 2);
}

TEST_F(Tap, of_several_workers_brings_every_flow_to_one_of_them) {
  const auto port = open("net_tap_t0,iface=poise-t0", 2);
  ASSERT_NE(port, nullptr);
  KernelEnd kernel("poise-t0");
  for (std::uint8_t flow = 1; flow < 20; ++flow) {
    ASSERT_TRUE(kernel.send(test_frame(test_type, 100, flow)));
    ASSERT_TRUE(receives(*port, 2, flow));
    ASSERT_TRUE(transmits(*port->queue(flow % 2), kernel, flow));
  }
  EXPECT_FALSE(port->hardware_rss());
}

TEST_F(Tap, has_another_mac_address_at_the_kernel_s_end) {
  config::Interface interface;
  interface.device = "net_tap_t0,iface=poise-t0";
  for (const std::optional<MacAddr> wanted :
       {std::optional<MacAddr>{}, std::optional<MacAddr>{MacAddr{{2, 0, 0, 0, 1, 1}}}}) {
    interface.mac = wanted;
    const auto port = try_open(interface);
    ASSERT_TRUE(port) << to_string(port.error());
    EXPECT_EQ((*port)->mac(), wanted.value_or((*port)->mac()));
    EXPECT_NE(KernelEnd("poise-t0").mac(), (*port)->mac());
    EXPECT_FALSE(KernelEnd("poise-t0").mac().is_multicast());
  }
}

TEST_F(Tap, tells_when_the_other_end_goes_down) {
  const auto port = open("net_tap_t0,iface=poise-t0");
  ASSERT_NE(port, nullptr);
  EXPECT_TRUE(port->link_up());
  KernelEnd("poise-t0").take_down();
  EXPECT_FALSE(port->link_up());
}

TEST_F(Tap, has_an_event_that_a_packet_makes_ready) {
  const auto port = open("net_tap_t0,iface=poise-t0");
  ASSERT_NE(port, nullptr);
  ASSERT_GE(port->receive_event(0), 0);
  std::array<Packet, limits::burst> packets;
  KernelEnd kernel("poise-t0");
  ASSERT_TRUE(kernel.send(test_frame(test_type, 100, 7)));
  pollfd event{port->receive_event(0), POLLIN, 0};
  EXPECT_EQ(poll(&event, 1, 5000), 1);
  EXPECT_TRUE(receives(*port, 1, 7));
}

TEST_F(Tap, refuses_an_mtu_that_it_cannot_carry_and_says_which_it_can) {
  config::Interface interface;
  interface.device = "net_tap_t0,iface=poise-t0";
  interface.mtu = 9000;
  const auto refused = try_open(interface);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().path, "interfaces.test.mtu");
  EXPECT_NE(refused.error().problem.find("1504"), std::string::npos);
  interface.mtu = 1500;
  interface.vlans["lan.5"].id = 5;
  interface.vlans["lan.5"].mtu = 9000;
  EXPECT_FALSE(try_open(interface)) << "the largest of the interface and its VLANs counts";
}

TEST_F(Tap, carries_a_tagged_frame_of_full_size) {
  const auto port = open("net_tap_t0,iface=poise-t0");
  ASSERT_NE(port, nullptr);
  const Frame frame = make_frame(1518);
  const std::vector<std::uint8_t> bytes = test_frame(test_type, 1518, 3);
  std::copy(bytes.begin(), bytes.end(), frame.data);
  KernelEnd kernel("poise-t0");
  ASSERT_EQ(port->queue(0)->transmit({&frame, 1}), 1u);
  EXPECT_EQ(kernel.receive(test_type).size(), 1518u);
}

TEST_F(Tap, is_refused_while_another_process_or_interface_has_it) {
  const auto first = open("net_tap_t0,iface=poise-t0");
  config::Interface interface;
  interface.device = "net_tap_t1,iface=poise-t0";
  const auto second = try_open(interface);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().problem.find("poise-t0"), std::string::npos);
}

TEST_F(Tap, that_is_persistent_can_be_opened_as_soon_as_its_holder_has_gone) {
  const int fd = ::open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  ifreq request{};
  std::strcpy(request.ifr_name, "poise-t2");
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE;
  ASSERT_EQ(ioctl(fd, TUNSETIFF, &request), 0);
  ASSERT_EQ(ioctl(fd, TUNSETPERSIST, 1), 0);
  close(fd);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(tap_is_taken("poise-t2"));
    const auto port = open("net_tap_t0,iface=poise-t2");
    ASSERT_NE(port, nullptr);
    EXPECT_TRUE(tap_is_taken("poise-t2"));
  }
}

TEST_F(Tap, may_be_a_member_of_a_bond) {
  config::Interface interface;
  interface.bond =
      config::Bond{config::BondMode::active_backup, {"net_tap_t0,iface=poise-t0", "net_tap_t1,iface=poise-t1"}};
  const auto port = try_open(interface);
  ASSERT_TRUE(port) << to_string(port.error());
  KernelEnd first("poise-t0");
  ASSERT_TRUE(first.send(test_frame(test_type, 100, 7)));
  EXPECT_TRUE(receives(**port, 1, 7));
  EXPECT_TRUE(transmits(*(*port)->queue(0), first, 8));
}

}  // namespace
}  // namespace poise::datapath::dpdk
