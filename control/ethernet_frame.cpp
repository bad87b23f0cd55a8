#include "control/ethernet_frame.hpp"

#include "datapath/wire/ethernet.hpp"

namespace poise::control {

namespace wire = datapath::wire;

FrameBytes ethernet_frame(const MacAddr& destination, const MacAddr& source, std::uint16_t vlan,
                          const std::vector<std::uint8_t>& packet) {
  FrameBytes frame(wire::ethernet_length + (vlan != 0 ? wire::vlan_tag_length : 0));
  wire::EthernetHeader& ethernet = wire::at<wire::EthernetHeader>(frame.data());
  ethernet.destination = destination;
  ethernet.source = source;
  if (vlan != 0) {
    wire::VlanTag& tag = wire::at<wire::VlanTag>(frame.data() + 12);
    tag.tag_type.set(wire::ethertype_vlan);
    tag.control.set(vlan);
  }
  wire::at<wire::Be16>(frame.data() + frame.size() - 2)
      .set(packet[0] >> 4 == 6 ? wire::ethertype_ipv6 : wire::ethertype_ipv4);
  frame.insert(frame.end(), packet.begin(), packet.end());
  return frame;
}

std::span<const std::uint8_t> packet_of(std::span<const std::uint8_t> frame) {
  constexpr std::size_t longest = wire::ethernet_length + wire::vlan_tag_length;
  if (frame.size() <= longest) return {};
  const bool tagged = wire::at<wire::EthernetHeader>(frame.data()).type.host() == wire::ethertype_vlan;
  return frame.subspan(tagged ? longest : wire::ethernet_length);
}

}  // namespace poise::control
