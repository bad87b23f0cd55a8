#include "vrrp/bfd_packet.hpp"

#include <gtest/gtest.h>

#include "tests/support/frames.hpp"

namespace poise::vrrp {
namespace {

using namespace std::chrono_literals;
using datapath::hex;
using datapath::ip;

BfdPacket some_packet() {
  BfdPacket packet;
  packet.state = BfdState::up;
  packet.diagnostic = 1;
  packet.poll = true;
  packet.detect_multiplier = 5;
  packet.my_discriminator = 0x01020304;
  packet.your_discriminator = 0x0a0b0c0d;
  packet.desired_min_tx = 1ms;
  packet.required_min_rx = 5ms;
  return packet;
}

TEST(BfdPacket, the_bytes_are_those_of_rfc_5880) {
  EXPECT_EQ(write_bfd(some_packet()), hex("21 e0 05 18 01020304 0a0b0c0d 000003e8 00001388 00000000"));
}

TEST(BfdPacket, what_was_written_is_read_again_in_both_families) {
  for (const Envelope& envelope :
       {Envelope{ip("192.0.2.1"), ip("192.0.2.2")}, Envelope{ip("fe80::1"), ip("fe80::2")}}) {
    Bytes bytes = make_bfd_packet(some_packet(), envelope, 49152);
    EXPECT_EQ(datapath::faults(bytes), "");
    const auto received = read_bfd_packet(bytes);
    ASSERT_TRUE(received.has_value());
    EXPECT_EQ(received->packet, some_packet());
    EXPECT_EQ(received->envelope.source, envelope.source);
    bytes.back() ^= 1;
    EXPECT_FALSE(read_bfd_packet(bytes).has_value()) << "damaged";
    EXPECT_FALSE(read_bfd_packet(ByteView(bytes).first(bytes.size() - 1)).has_value()) << "cut";
  }
}

TEST(BfdPacket, what_rfc_5880_discards_is_discarded) {
  const Bytes good = write_bfd(some_packet());
  const auto with = [&](std::size_t at, std::uint8_t value) {
    Bytes changed = good;
    changed[at] = value;
    return read_bfd(changed).has_value();
  };
  EXPECT_TRUE(read_bfd(good).has_value());
  EXPECT_FALSE(read_bfd(ByteView(good).first(23)).has_value());
  EXPECT_FALSE(with(0, 0x01)) << "version 0";
  EXPECT_FALSE(with(1, 0xe1)) << "multipoint";
  EXPECT_FALSE(with(1, 0xe4)) << "authentication, which is not set up";
  EXPECT_FALSE(with(2, 0)) << "multiplier 0";
  EXPECT_FALSE(with(3, 23)) << "a length that is too short";
  EXPECT_FALSE(with(3, 25)) << "and one that is too long";
  Bytes unknown = good;
  std::fill_n(unknown.begin() + 8, 4, std::uint8_t(0));
  EXPECT_FALSE(read_bfd(unknown).has_value()) << "up, and does not know us";
  unknown[1] = 0x40;
  EXPECT_TRUE(read_bfd(unknown).has_value()) << "down";
  std::fill_n(unknown.begin() + 4, 4, std::uint8_t(0));
  EXPECT_FALSE(read_bfd(unknown).has_value()) << "no discriminator";
}

}  // namespace
}  // namespace poise::vrrp
