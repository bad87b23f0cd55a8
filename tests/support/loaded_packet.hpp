#pragma once
#include <cstring>
#include <vector>

#include "config/types/result.hpp"
#include "datapath/ip_facts.hpp"
#include "datapath/packet.hpp"
#include "tests/support/frames.hpp"

namespace poise::datapath {

// LoadedPacket - an IP packet in a buffer with an Ethernet header and room before it, described as parse would: for the
// pure functions that change packets. The buffer ends with the packet, so that ASan sees a byte too many.
class LoadedPacket {
 public:
  explicit LoadedPacket(const Bytes& ip_bytes, std::uint16_t headroom = 128)
      : memory_(headroom + ethernet_length + ip_bytes.size()) {
    packet.data = memory_.data() + headroom;
    packet.headroom = headroom;
    packet.length = std::uint16_t(ethernet_length + ip_bytes.size());
    packet.l3_offset = ethernet_length;
    packet.l3_length = std::uint16_t(ip_bytes.size());
    std::memcpy(packet.l3(), ip_bytes.data(), ip_bytes.size());
    const auto facts = read_ip(packet.l3(), ip_bytes.size());
    ensure(facts.has_value());
    packet.family = facts->family;
    packet.traffic_class = facts->traffic_class;
    packet.l4_offset = packet.payload_offset = std::uint16_t(packet.l3_offset + facts->header_length);
    packet.fragment_offset = facts->fragment_offset;
    packet.fragment_id = facts->identification;
    packet.key = {facts->source, facts->destination, 0, 0, facts->protocol};
    if (facts->is_fragment()) packet.set(flag_fragment);
    if (facts->more_fragments && facts->fragment_offset == 0) packet.set(flag_first_fragment);
  }
  LoadedPacket(const LoadedPacket&) = delete;
  LoadedPacket& operator=(const LoadedPacket&) = delete;

  Bytes bytes() const { return Bytes(packet.l3(), packet.l3() + packet.l3_length); }  // of the IP packet

  Packet packet;

 private:
  static constexpr std::uint16_t ethernet_length = 14;
  std::vector<std::uint8_t> memory_;
};

}  // namespace poise::datapath
