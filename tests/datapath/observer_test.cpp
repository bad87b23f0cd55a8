#include "datapath/observer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

namespace poise::datapath {
namespace {

// 192.0.2.7:1024 -> 198.51.100.1:port, TCP, header only.
std::array<std::uint8_t, 54> tcp_frame(std::uint16_t port) {
  std::array<std::uint8_t, 54> frame{2,
                                     0,
                                     0,
                                     0,
                                     0,
                                     1,
                                     2,
                                     0,
                                     0,
                                     0,
                                     0,
                                     2,
                                     8,
                                     0,
                                     0x45,
                                     0,
                                     0,
                                     40,
                                     0,
                                     0,
                                     0,
                                     0,
                                     64,
                                     6,
                                     0,
                                     0,
                                     192,
                                     0,
                                     2,
                                     7,
                                     198,
                                     51,
                                     100,
                                     1,
                                     4,
                                     0,
                                     std::uint8_t(port >> 8),
                                     std::uint8_t(port)};
  frame[46] = 0x50;
  return frame;
}

bool matches(const std::string& filter, const std::array<std::uint8_t, 54>& frame) {
  const auto observation = make_observation(filter);
  EXPECT_TRUE(observation) << filter;
  Observer observer;
  observer.set(observation->get());
  return observer.matches(frame.data(), std::uint16_t(frame.size()));
}

TEST(Observer, a_filter_tells_frames_apart) {
  EXPECT_TRUE(matches("tcp port 443", tcp_frame(443)));
  EXPECT_FALSE(matches("tcp port 443", tcp_frame(80)));
  EXPECT_TRUE(matches("host 192.0.2.7 and dst net 198.51.100.0/24", tcp_frame(80)));
  EXPECT_FALSE(matches("udp or arp or ip6", tcp_frame(80)));
}

TEST(Observer, no_filter_matches_everything) { EXPECT_TRUE(matches("", tcp_frame(1))); }

TEST(Observer, a_frame_that_is_cut_short_matches_nothing_beyond_its_end) {
  const auto observation = make_observation("tcp port 443");
  ASSERT_TRUE(observation);
  Observer observer;
  observer.set(observation->get());
  const auto frame = tcp_frame(443);
  for (std::uint16_t length = 0; length < 36; ++length) EXPECT_FALSE(observer.matches(frame.data(), length)) << length;
}

TEST(Observer, a_wrong_filter_is_refused_with_what_libpcap_says) {
  for (const std::string filter : {"tcp prot 443", "host", "port 70000", "(tcp", "\x01\xff"}) {
    const auto observation = make_observation(filter);
    ASSERT_FALSE(observation) << filter;
    EXPECT_EQ(observation.error().path, "filter");
    EXPECT_GT(observation.error().problem.size(), filter.size() + 25) << observation.error().problem;
    EXPECT_NE(observation.error().fix.find("pcap-filter"), std::string::npos);
  }
}

TEST(Observer, one_matching_frame_in_n_is_taken) {
  const auto observation = make_observation("tcp port 443");
  ASSERT_TRUE(observation);
  (*observation)->sample = 4;
  Observer observer;
  observer.set(observation->get());
  int taken = 0;
  for (int i = 0; i < 40; ++i) {
    const auto wanted = tcp_frame(443), other = tcp_frame(80);
    taken += observer.matches(other.data(), std::uint16_t(other.size())) ? 100 : 0;
    taken += observer.matches(wanted.data(), std::uint16_t(wanted.size())) ? 1 : 0;
  }
  EXPECT_EQ(taken, 10);
}

TEST(Observer, is_active_only_with_an_observation) {
  Observer observer;
  EXPECT_FALSE(observer.active());
  const auto observation = make_observation("");
  observer.set(observation->get());
  EXPECT_TRUE(observer.active());
  const std::uint64_t first = observer.next_packet_id();
  EXPECT_EQ(observer.next_packet_id(), first + 1) << "traced packets are told apart";
}

}  // namespace
}  // namespace poise::datapath
