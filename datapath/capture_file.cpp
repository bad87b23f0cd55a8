#include "datapath/capture_file.hpp"

#include <algorithm>

namespace poise::datapath {
namespace {

constexpr std::uint32_t magic_nanoseconds = 0xa1b23c4d, link_type_ethernet = 1;
constexpr std::uint16_t version_major = 2, version_minor = 4;
constexpr std::uint64_t nanoseconds_per_second = 1'000'000'000;

template <class Number>
void append(std::vector<std::uint8_t>& out, Number number) {
  for (std::size_t byte = 0; byte < sizeof number; ++byte) out.push_back(std::uint8_t(number >> (8 * byte)));
}

}  // namespace

void append_capture_header(std::vector<std::uint8_t>& out, std::uint32_t snap_length) {
  append(out, magic_nanoseconds);
  append(out, version_major);
  append(out, version_minor);
  append(out, std::uint64_t(0));  // reserved
  append(out, snap_length);
  append(out, link_type_ethernet);
}

void append_captured_frame(std::vector<std::uint8_t>& out, const CapturedFrame& frame) {
  append(out, std::uint32_t(frame.unix_ns / nanoseconds_per_second));
  append(out, std::uint32_t(frame.unix_ns % nanoseconds_per_second));
  append(out, std::uint32_t(frame.bytes.size()));
  append(out, std::max(frame.original_length, std::uint32_t(frame.bytes.size())));
  out.insert(out.end(), frame.bytes.begin(), frame.bytes.end());
}

}  // namespace poise::datapath
