#include "control/capture_file.hpp"

#include <cstring>

namespace poise::control {
namespace {

constexpr std::uint32_t magic_nanoseconds = 0xa1b23c4d, link_type_ethernet = 1;

void append32(std::string& text, std::uint32_t value) {
  char bytes[4];
  std::memcpy(bytes, &value, 4);  // the magic tells readers our byte order
  text.append(bytes, 4);
}

}  // namespace

std::string capture_file_header(std::uint32_t snap_length) {
  std::string text;
  append32(text, magic_nanoseconds);
  append32(text, 4u << 16 | 2u);  // version 2.4
  append32(text, 0);              // time zone
  append32(text, 0);              // accuracy
  append32(text, snap_length);
  append32(text, link_type_ethernet);
  return text;
}

std::string capture_record(std::uint64_t time_ns, std::uint32_t original_length, std::span<const std::uint8_t> bytes) {
  std::string text;
  append32(text, std::uint32_t(time_ns / 1'000'000'000));
  append32(text, std::uint32_t(time_ns % 1'000'000'000));
  append32(text, std::uint32_t(bytes.size()));
  append32(text, original_length);
  text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return text;
}

}  // namespace poise::control
