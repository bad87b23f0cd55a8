#pragma once
#include <cstdint>
#include <optional>

#include "vrrp/advert.hpp"

namespace poise::vrrp {

enum class BfdState : std::uint8_t { admin_down, down, init, up };  // RFC 5880 4.1

constexpr std::string_view name_of(BfdState state) {
  constexpr std::string_view names[] = {"admin_down", "down", "init", "up"};
  return names[std::size_t(state)];
}

// BfdPacket - a BFD control packet without authentication (RFC 5880 4.1), host order. Intervals are whole microseconds.
struct BfdPacket {
  BfdState state = BfdState::down;
  std::uint8_t diagnostic = 0;
  bool poll = false, final = false;
  std::uint8_t detect_multiplier = 3;
  std::uint32_t my_discriminator = 0, your_discriminator = 0;
  Duration desired_min_tx{}, required_min_rx{};
  bool operator==(const BfdPacket&) const = default;
};

inline constexpr std::uint16_t bfd_port = 3784;  // RFC 5881 4, one hop

// The control packet of a UDP payload; nothing if RFC 5880 6.8.6 says to discard it, whatever the session.
std::optional<BfdPacket> read_bfd(ByteView payload);
Bytes write_bfd(const BfdPacket& packet);

// The IP packet around it: UDP, TTL 255 both ways (RFC 5881 5).
struct BfdReceived {
  Envelope envelope;
  BfdPacket packet;
};
std::optional<BfdReceived> read_bfd_packet(ByteView ip_packet);
Bytes make_bfd_packet(const BfdPacket& packet, const Envelope& envelope, std::uint16_t source_port);

}  // namespace poise::vrrp
