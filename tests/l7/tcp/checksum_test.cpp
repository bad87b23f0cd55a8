#include "l7/tcp/checksum.hpp"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <vector>

#include "l7/tcp/segment.hpp"

namespace poise::l7::tcp {
namespace {

Segment between(const char* source, const char* destination) {
  Segment segment;
  segment.source = *parse_ip(source);
  segment.destination = *parse_ip(destination);
  segment.source_port = 1;
  segment.destination_port = 65535;
  segment.flags = flag_ack;
  segment.options.timestamps = Timestamps{5, 6};
  return segment;
}

TEST(Checksum, is_right_however_the_payload_is_cut) {
  std::vector<std::uint8_t> bytes(1001);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t(1));
  Buffer buffer{bytes.data(), std::uint32_t(bytes.size()), 1};
  for (const Segment& segment : {between("192.0.2.1", "198.51.100.2"), between("2001:db8::1", "2001:db8::2")})
    for (const std::vector<std::uint32_t>& cuts :
         {std::vector<std::uint32_t>{1001}, {1, 1000}, {2, 3, 5, 991}, {500, 501}, {1, 1, 1, 1, 997}}) {
      std::vector<Slice> slices;
      for (std::uint32_t at = 0; const std::uint32_t length : cuts) {
        slices.push_back({&buffer, at, length});
        at += length;
      }
      std::array<std::uint8_t, headers_length_max> headers;
      const std::size_t length = write_headers(segment, 1001, headers);
      complete_checksum(std::span(headers).first(length), slices);
      std::vector<std::uint8_t> packet(headers.begin(), headers.begin() + length);
      packet.insert(packet.end(), bytes.begin(), bytes.end());
      EXPECT_TRUE(read_segment(packet)) << cuts.size();
      packet.back() ^= 1;
      EXPECT_FALSE(read_segment(packet));
    }
}

}  // namespace
}  // namespace poise::l7::tcp
