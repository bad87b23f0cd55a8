#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace poise::control {

// The pcap file format with nanosecond time stamps (magic 0xa1b23c4d, link type Ethernet), as pieces of a stream. Pure.
std::string capture_file_header(std::uint32_t snap_length);
std::string capture_record(std::uint64_t time_ns, std::uint32_t original_length, std::span<const std::uint8_t> bytes);

}  // namespace poise::control
