#pragma once
#include <cstdint>
#include <vector>

#include "config/types/ip.hpp"
#include "config/types/mac.hpp"

namespace poise::bench {

// Frames for the benches: TCP segments of a numbered flow, in either family, checksums right.
struct FrameSpec {
  bool v6 = false;
  std::uint32_t flow = 0;         // client 10.0.0.0/8 or 2001:db8:1::/64 and its port follow from the number
  std::uint8_t tcp_flags = 0x10;  // ACK
  std::uint16_t payload = 0;
};
inline constexpr std::uint16_t service_port = 80;

IpAddr client_address(bool v6, std::uint32_t flow);
std::uint16_t client_port(std::uint32_t flow);
IpAddr service_address(bool v6);
IpAddr server_address(bool v6, std::uint32_t number);

// Writes the frame, returns its length (54 or 74 bytes and the payload).
std::uint16_t write_frame(std::uint8_t* at, const FrameSpec& spec, const MacAddr& to);

// Turns a frame that the appliance sent to a server into that server's answer: addresses, ports and MACs swapped, new
// flags.
void turn_round(std::uint8_t* frame, std::uint8_t tcp_flags, const MacAddr& to);

}  // namespace poise::bench
