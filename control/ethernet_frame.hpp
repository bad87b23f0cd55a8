#pragma once
#include <span>

#include "control/neighbor_frames.hpp"

namespace poise::control {

// An IP packet in an Ethernet frame, tagged when there is a VLAN.
FrameBytes ethernet_frame(const MacAddr& destination, const MacAddr& source, std::uint16_t vlan,
                          const std::vector<std::uint8_t>& packet);

// What is behind the Ethernet header and its tag; empty when the frame is too short.
std::span<const std::uint8_t> packet_of(std::span<const std::uint8_t> frame);

}  // namespace poise::control
