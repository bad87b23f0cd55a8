#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace poise::datapath {

// Writes a capture as tcpdump and Wireshark read it: the classic pcap format with nanosecond stamps, Ethernet, little-endian.
// Pure: bytes are appended to `out`, so that a capture can be streamed. Source: draft-ietf-opsawg-pcap, sections 4 and 5.

// Once, at the beginning. `snap_length`: the most bytes that any frame of the file has.
void append_capture_header(std::vector<std::uint8_t>& out, std::uint32_t snap_length);

struct CapturedFrame {
  std::uint64_t unix_ns = 0;                // wall clock
  std::uint32_t original_length = 0;        // on the wire; at least bytes.size()
  std::span<const std::uint8_t> bytes;      // what was kept
};
void append_captured_frame(std::vector<std::uint8_t>& out, const CapturedFrame& frame);

}  // namespace poise::datapath
