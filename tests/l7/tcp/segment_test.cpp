#include "l7/tcp/segment.hpp"

#include <gtest/gtest.h>

#include "l7/tcp/checksum.hpp"
#include "tests/support/frames.hpp"

namespace poise::l7::tcp {
namespace {

using datapath::Bytes;
using datapath::Ends;
using datapath::hex;
using datapath::ip;
using datapath::ip_packet;
using datapath::text;
using datapath::operator+;

constexpr Ends v4{"192.0.2.1", "198.51.100.7", 40000, 80}, v6{"2001:db8::1", "2001:db8::7", 40000, 80};

std::string verdict(const Bytes& packet, bool is_verified = false) {
  const auto segment = read_segment(packet, is_verified);
  return segment ? "segment" : std::string(refusals[std::size_t(segment.error())].counter);
}

TEST(Segment, is_read_with_its_addresses_and_payload_in_both_families) {
  for (const Ends& ends : {v4, v6}) {
    const Bytes packet = ip_packet(ends, 6, datapath::tcp(ends, flag_ack | flag_psh, text("hello"))) + Bytes(6);
    const auto segment = read_segment(packet);
    ASSERT_TRUE(segment) << ends.source;
    EXPECT_EQ(segment->source, ip(ends.source));
    EXPECT_EQ(segment->destination, ip(ends.destination));
    EXPECT_EQ(segment->source_port, 40000);
    EXPECT_EQ(segment->destination_port, 80);
    EXPECT_TRUE(segment->has(flag_ack) && segment->has(flag_psh) && !segment->has(flag_syn));
    EXPECT_EQ(Bytes(segment->payload.begin(), segment->payload.end()), text("hello")) << "without the padding";
    EXPECT_EQ(segment->length(), 5u);
    EXPECT_EQ(segment->end(), segment->sequence + 5);
  }
}

TEST(Segment, that_is_written_is_right_and_reads_the_same) {
  for (const Ends& ends : {v4, v6})
    for (const std::string payload : {"", "x", "seven b"}) {
      const Bytes body = text(payload);
      Segment segment;
      segment.source = ip(ends.source);
      segment.destination = ip(ends.destination);
      segment.source_port = 1;
      segment.destination_port = 65535;
      segment.sequence = {0xffffffff};
      segment.acknowledgment = {0x80000000};
      segment.flags = flag_syn | flag_ack | flag_ece;
      segment.ecn = Ecn::ect0;
      segment.window = 65535;
      segment.options.mss = 1460;
      segment.options.window_shift = 3;
      segment.options.timestamps = Timestamps{5, 6};
      segment.payload = body;
      Bytes packet(headers_length_max);
      packet.resize(write_headers(segment, std::uint32_t(body.size()), packet));
      Buffer buffer{const_cast<std::uint8_t*>(body.data()), std::uint32_t(body.size()), 1};
      complete_checksum(packet, std::array{Slice{&buffer, 0, buffer.size}});
      packet = packet + body;
      EXPECT_EQ(datapath::faults(packet), "") << ends.source << payload;
      const auto read = read_segment(packet);
      ASSERT_TRUE(read);
      EXPECT_EQ(read->options, segment.options);
      EXPECT_EQ(read->sequence, segment.sequence);
      EXPECT_EQ(read->acknowledgment, segment.acknowledgment);
      EXPECT_EQ(read->flags, segment.flags);
      EXPECT_EQ(read->ecn, Ecn::ect0);
      EXPECT_EQ(read->window, 65535);
      EXPECT_EQ(read->length(), payload.size() + 1);
    }
}

TEST(Segment, what_is_none_is_refused_with_its_cause) {
  for (const Ends& ends : {v4, v6}) {
    const Bytes good = ip_packet(ends, 6, datapath::tcp(ends, flag_ack, text("hello")));
    EXPECT_EQ(verdict(good), "segment");
    for (std::size_t length = 0; length < good.size(); ++length)
      EXPECT_EQ(verdict(Bytes(good.begin(), good.begin() + length)), "truncated") << length;
    const std::size_t header = ends.source == v4.source ? 20 : 40;
    Bytes packet = good;
    packet[header + 12] = 0x40;
    EXPECT_EQ(verdict(packet), "offset") << "16 bytes are no header";
    packet[header + 12] = 0xf0;
    EXPECT_EQ(verdict(packet), "offset") << "60 bytes are not there";
    packet = good;
    packet.back() ^= 1;
    EXPECT_EQ(verdict(packet), "checksum");
    EXPECT_EQ(verdict(packet, true), "segment") << "the device has looked";
  }
  EXPECT_EQ(verdict(ip_packet(v4, 17, datapath::udp(v4, {}))), "not_tcp");
  EXPECT_EQ(verdict(hex("0000")), "not_tcp");
  EXPECT_EQ(verdict(ip_packet(v4, 6, datapath::tcp(v4, flag_ack, {}), {.fragment = 0x2000})), "fragment");
  EXPECT_EQ(verdict(ip_packet(v4, 6, datapath::tcp(v4, flag_ack, {}), {.fragment = 3})), "fragment");
}

TEST(Segment, of_nobody_who_could_be_answered_is_refused) {
  for (const Ends& ends :
       {Ends{"224.0.0.1", "192.0.2.1", 1, 2}, Ends{"192.0.2.1", "255.255.255.255", 1, 2},
        Ends{"0.0.0.0", "192.0.2.1", 1, 2}, Ends{"ff02::1", "2001:db8::1", 1, 2}, Ends{"2001:db8::1", "::", 1, 2}})
    EXPECT_EQ(verdict(ip_packet(ends, 6, datapath::tcp(ends, flag_syn, {}))), "address") << ends.source;
  Bytes mapped = ip_packet(v6, 6, datapath::tcp(v6, flag_syn, {}));
  const Bytes prefix = hex("00000000000000000000ffff");
  std::copy(prefix.begin(), prefix.end(), mapped.begin() + 8);
  EXPECT_EQ(verdict(mapped, true), "address") << "an IPv4 address in an IPv6 packet";
}

TEST(Segment, extension_headers_are_passed_over_unless_the_packet_goes_on) {
  const Bytes message = datapath::tcp(v6, flag_ack, {});
  const auto with = [&](std::uint8_t first, const char* extra) {
    return verdict(ip_packet(v6, 6, message, {.extra = hex(extra), .next_header = first}));
  };
  EXPECT_EQ(with(0, "0600010400000000"), "segment") << "hop by hop";
  EXPECT_EQ(with(60, "0600010400000000"), "segment") << "destination options";
  EXPECT_EQ(with(43, "0600040000000000"), "segment") << "routing, at its end";
  EXPECT_EQ(with(43, "0604040100000000"), "truncated") << "longer than the packet";
  EXPECT_EQ(with(43, "0600040100000000"), "not_tcp") << "routing, with a hop left";
  EXPECT_EQ(with(44, "0600000100000001"), "fragment");
}

}  // namespace
}  // namespace poise::l7::tcp
