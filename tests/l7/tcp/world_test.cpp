#include <gtest/gtest.h>

#include <array>

#include "l7/tcp/segment.hpp"
#include "tests/support/frames.hpp"
#include "tests/support/tcp/content.hpp"
#include "tests/support/tcp/link.hpp"
#include "tests/support/tcp/memory_env.hpp"

// What the simulations stand on.
namespace poise::l7::tcp {
namespace {

using namespace std::chrono_literals;

const datapath::Ends ends{"192.0.2.1", "192.0.2.2", 1000, 80};

Bytes packet_of(std::size_t payload) {
  return datapath::ip_packet(ends, 6, datapath::tcp(ends, flag_ack, Bytes(payload, 7)));
}

// The headers of what a Stack sends, with the sum of the pseudo header where the checksum will be.
Bytes outgoing_headers(std::uint32_t payload, std::uint8_t flags) {
  Bytes packet = datapath::ip_packet(ends, 6, datapath::tcp(ends, flags, Bytes(payload, 7)));
  packet.resize(40);
  const Bytes pseudo =
      datapath::pseudo_header(datapath::ip(ends.source), datapath::ip(ends.destination), 6, 20 + payload);
  const std::uint16_t sum = std::uint16_t(~datapath::checksum_of(pseudo));
  packet[36] = std::uint8_t(sum >> 8);
  packet[37] = std::uint8_t(sum);
  return packet;
}

TEST(MemoryEnv, completes_the_checksum_of_what_is_sent) {
  MemoryEnv env(1);
  std::vector<Bytes> sent;
  env.wire = [&](Bytes packet) { sent.push_back(std::move(packet)); };
  Buffer* const buffer = env.allocate();
  std::fill_n(buffer->data, 101, std::uint8_t(7));
  const std::array<Slice, 2> slices = {Slice{buffer, 0, 51}, Slice{buffer, 51, 50}};
  const Bytes headers = outgoing_headers(101, flag_ack);
  EXPECT_TRUE(env.transmit({headers, slices, 101, 0}));
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(datapath::faults(sent[0]), "");
  EXPECT_EQ(sent[0], packet_of(101));
  env.release(slices[0]);
  EXPECT_EQ(env.outstanding(), 0u);
}

TEST(MemoryEnv, cuts_what_is_larger_than_a_segment_as_a_device_would) {
  MemoryEnv env(1);
  std::vector<Bytes> sent;
  env.wire = [&](Bytes packet) { sent.push_back(std::move(packet)); };
  Buffer* const buffer = env.allocate();
  std::fill_n(buffer->data, 250, std::uint8_t(7));
  const std::array<Slice, 1> slices = {Slice{buffer, 0, 250}};
  const Bytes headers = outgoing_headers(250, flag_ack | flag_psh | flag_fin);
  EXPECT_TRUE(env.transmit({headers, slices, 250, 100}));
  ASSERT_EQ(sent.size(), 3u);
  const std::uint32_t first = read_segment(sent[0])->sequence.value;
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(datapath::faults(sent[i]), "");
    const auto segment = read_segment(sent[i]);
    EXPECT_EQ(segment->sequence.value, first + 100 * i);
    EXPECT_EQ(segment->payload.size(), i == 2 ? 50u : 100u);
    EXPECT_EQ(segment->has(flag_fin), i == 2);
  }
  env.release(slices[0]);
}

TEST(MemoryEnv, takes_no_more_than_the_queue_has_place_for) {
  MemoryEnv env(1);
  env.queue_left = 1;
  const Bytes headers = outgoing_headers(0, flag_ack);
  EXPECT_TRUE(env.transmit({headers, {}, 0, 0}));
  EXPECT_FALSE(env.transmit({headers, {}, 0, 0}));
  EXPECT_EQ(env.packets, 1u);
  EXPECT_EQ(env.refused, 1u);
}

TEST(MemoryEnv, has_no_more_buffers_than_it_was_given) {
  MemoryEnv env(1, {2, 2048});
  Buffer* const first = env.allocate();
  ASSERT_TRUE(first != nullptr && env.allocate() != nullptr);
  EXPECT_EQ(env.allocate(), nullptr);
  EXPECT_EQ(env.receive(packet_of(1)).buffer, nullptr);
  env.release({first, 0, 0});
  EXPECT_NE(env.receive(packet_of(1)).buffer, nullptr);
}

TEST(MemoryEnvDeathTest, a_buffer_that_is_given_back_twice_ends_the_process) {
  MemoryEnv env(1);
  Buffer* const buffer = env.allocate();
  env.release({buffer, 0, 0});
  EXPECT_EQ(buffer->data[5], 0xdd);
  EXPECT_DEATH(env.free(*buffer), "");
}

std::vector<Link::Carried> carried(const Impairments& impairments, unsigned packets, Duration apart = 1ms) {
  Link link(impairments, 1);
  std::vector<Link::Carried> all;
  for (unsigned i = 0; i < packets; ++i) link.carry(Instant(1h) + i * apart, packet_of(100 + i % 10), all);
  return all;
}

TEST(Link, loses_duplicates_and_delays_as_often_as_it_is_told) {
  EXPECT_EQ(carried({}, 1000).size(), 1000u);
  EXPECT_NEAR(double(carried({.loss = 0.3}, 1000).size()), 700, 60);
  EXPECT_NEAR(double(carried({.burst_begins = 0.01, .burst_ends = 0.1}, 10'000).size()), 9090, 300);
  EXPECT_NEAR(double(carried({.duplication = 0.1}, 1000).size()), 1100, 40);
  EXPECT_EQ(carried({.delay = 5ms}, 1)[0].at, Instant(1h) + 5ms);
  EXPECT_EQ(carried({.mtu = 145}, 100).size(), 60u);
  const auto at = [](int ms) { return Instant(1h) + ms * 1ms; };
  EXPECT_EQ(carried({.outage_begins = at(10), .outage_ends = at(30)}, 100).size(), 80u);
}

TEST(Link, keeps_the_order_when_it_only_delays_and_not_when_it_holds_back) {
  const auto is_ordered = [](const std::vector<Link::Carried>& all) {
    return std::is_sorted(all.begin(), all.end(),
                          [](const auto& left, const auto& right) { return left.at < right.at; });
  };
  EXPECT_TRUE(is_ordered(carried({.delay = 5ms, .jitter = 20ms}, 1000)));
  EXPECT_FALSE(is_ordered(carried({.delay = 5ms, .reorder = 0.1, .held_back = 20ms}, 1000)));
}

TEST(Link, has_a_queue_that_ends_and_takes_the_time_that_bits_take) {
  // 140 bytes each and more, at 1 Mbit/s 1.12 ms.
  const auto all = carried({.bits_per_second = 1'000'000, .queue_bytes = 950}, 50, 0ms);
  EXPECT_NEAR(double(all.size()), 6, 1);
  EXPECT_EQ(all[0].at, Instant(1h) + 1120us);
}

TEST(Link, damages_what_then_is_refused) {
  for (const Link::Carried& damaged : carried({.corruption = 1}, 500)) {
    const auto segment = read_segment(damaged.packet);
    if (!segment) continue;
    Bytes payload(segment->payload.begin(), segment->payload.end());  // fields of the IP header that do not matter
    EXPECT_EQ(payload, Bytes(payload.size(), 7));
  }
  for (const Link::Carried& damaged : carried({.truncation = 1}, 500)) EXPECT_FALSE(read_segment(damaged.packet));
}

TEST(Link, marks_only_packets_whose_sender_understands_it) {
  Bytes packet = packet_of(10);
  mark_congestion(packet);
  EXPECT_EQ(packet, packet_of(10));
  packet = datapath::ip_packet(ends, 6, datapath::tcp(ends, flag_ack, {}), {.traffic_class = 2});
  mark_congestion(packet);
  EXPECT_EQ(datapath::faults(packet), "");
  EXPECT_EQ(read_segment(packet)->ecn, Ecn::congestion);
}

TEST(Link, says_what_is_too_big_to_whom_sent_it) {
  EXPECT_EQ(datapath::faults(too_big(packet_of(1000), 600)), "");
  const datapath::Ends v6{"fd00::1", "fd00::2", 1000, 80};
  EXPECT_EQ(datapath::faults(too_big(datapath::ip_packet(v6, 6, datapath::tcp(v6, flag_ack, Bytes(1400, 1))), 1280)),
            "");
}

TEST(Content, is_the_same_at_any_offset) {
  const Content content(5);
  Bytes all(1000), part(100);
  content.write(0, all);
  for (const std::uint64_t offset : {0u, 1u, 7u, 8u, 500u}) {
    content.write(offset, part);
    EXPECT_TRUE(std::equal(part.begin(), part.end(), all.begin() + std::ptrdiff_t(offset)));
    EXPECT_TRUE(content.matches(offset, part));
    part[50] ^= 1;
    EXPECT_FALSE(content.matches(offset, part));
  }
}

}  // namespace
}  // namespace poise::l7::tcp
