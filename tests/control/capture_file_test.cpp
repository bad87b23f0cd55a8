#include "control/capture_file.hpp"

#include <gtest/gtest.h>

#include "tests/support/frames.hpp"

namespace poise::control {
namespace {

std::string hex_of(const std::string& text) { return datapath::to_hex({text.begin(), text.end()}); }
std::string bytes(const char* digits) { return datapath::to_hex(datapath::hex(digits)); }

TEST(CaptureFile, the_header_is_pcap_with_nanoseconds_version_2_4_and_ethernet) {
  EXPECT_EQ(hex_of(capture_file_header(256)), bytes("4d3cb2a1 0200 0400 00000000 00000000 00010000 01000000"));
}

TEST(CaptureFile, a_record_has_time_captured_and_original_length_then_the_bytes) {
  const std::uint8_t frame[] = {0xaa, 0xbb, 0xcc};
  EXPECT_EQ(hex_of(capture_record(3'000'000'007, 1500, frame)), bytes("03000000 07000000 03000000 dc050000 aabbcc"));
}

}  // namespace
}  // namespace poise::control
