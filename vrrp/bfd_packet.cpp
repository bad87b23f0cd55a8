#include "vrrp/bfd_packet.hpp"

#include "datapath/wire/checksum.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"
#include "datapath/wire/udp.hpp"
#include "vrrp/packet.hpp"

namespace poise::vrrp {
namespace {

using namespace datapath::wire;

struct BfdHeader {
  std::uint8_t version_diagnostic, state_flags, detect_multiplier, length;
  Be32 my_discriminator, your_discriminator, desired_min_tx, required_min_rx, required_min_echo_rx;
};
static_assert(sizeof(BfdHeader) == 24 && alignof(BfdHeader) == 1);

constexpr std::uint8_t bfd_version = 1, bfd_ttl = 255;
constexpr std::uint8_t flag_poll = 0x20, flag_final = 0x10, flag_authentication = 0x04, flag_multipoint = 0x01;

Duration from_wire(const Be32& microseconds) { return std::chrono::microseconds(microseconds.host()); }
Be32 to_wire(Duration time) { return Be32::from(std::uint32_t(time / std::chrono::microseconds(1))); }

struct Udp {
  Envelope envelope;
  std::uint8_t ttl = 0;
  ByteView datagram;
};

std::optional<Udp> read_udp(ByteView packet) {
  if (packet.size() < ipv4_length) return std::nullopt;
  if (packet[0] >> 4 == 4) {
    const Ipv4Header& ip = at<Ipv4Header>(packet.data());
    const std::uint16_t header = ip.header_length(), total = ip.total_length.host();
    if (header < ipv4_length || total < header || total > packet.size() || ip.is_fragment()) return std::nullopt;
    if (ip.protocol != protocol_udp || !Sum().add(packet.data(), header).is_valid()) return std::nullopt;
    return Udp{{to_address(ip.source), to_address(ip.destination)},
               ip.ttl,
               packet.subspan(header, std::size_t(total - header))};
  }
  if (packet[0] >> 4 != 6 || packet.size() < ipv6_length) return std::nullopt;
  const Ipv6Header& ip = at<Ipv6Header>(packet.data());
  const std::size_t payload = ip.payload_length.host();
  if (ip.next_header != protocol_udp || ipv6_length + payload > packet.size()) return std::nullopt;
  return Udp{{to_address(ip.source), to_address(ip.destination)}, ip.hop_limit, packet.subspan(ipv6_length, payload)};
}

}  // namespace

std::optional<BfdPacket> read_bfd(ByteView payload) {
  if (payload.size() < sizeof(BfdHeader)) return std::nullopt;
  const BfdHeader& header = at<BfdHeader>(payload.data());
  if (header.version_diagnostic >> 5 != bfd_version || header.length < sizeof(BfdHeader) ||
      header.length > payload.size())
    return std::nullopt;
  if (header.detect_multiplier == 0 || (header.state_flags & (flag_multipoint | flag_authentication)) != 0)
    return std::nullopt;
  BfdPacket packet;
  packet.diagnostic = header.version_diagnostic & 0x1f;
  packet.state = BfdState(header.state_flags >> 6);
  packet.poll = (header.state_flags & flag_poll) != 0;
  packet.final = (header.state_flags & flag_final) != 0;
  packet.detect_multiplier = header.detect_multiplier;
  packet.my_discriminator = header.my_discriminator.host();
  packet.your_discriminator = header.your_discriminator.host();
  packet.desired_min_tx = from_wire(header.desired_min_tx);
  packet.required_min_rx = from_wire(header.required_min_rx);
  const bool may_be_unknown = packet.state == BfdState::down || packet.state == BfdState::admin_down;
  if (packet.my_discriminator == 0 || (packet.your_discriminator == 0 && !may_be_unknown)) return std::nullopt;
  return packet;
}

Bytes write_bfd(const BfdPacket& packet) {
  Bytes bytes(sizeof(BfdHeader));
  BfdHeader& header = at<BfdHeader>(bytes.data());
  header.version_diagnostic = std::uint8_t(bfd_version << 5 | packet.diagnostic);
  header.state_flags =
      std::uint8_t(std::uint8_t(packet.state) << 6 | (packet.poll ? flag_poll : 0) | (packet.final ? flag_final : 0));
  header.detect_multiplier = packet.detect_multiplier;
  header.length = sizeof(BfdHeader);
  header.my_discriminator.set(packet.my_discriminator);
  header.your_discriminator.set(packet.your_discriminator);
  header.desired_min_tx = to_wire(packet.desired_min_tx);
  header.required_min_rx = to_wire(packet.required_min_rx);
  return bytes;
}

std::optional<BfdReceived> read_bfd_packet(ByteView ip_packet) {
  const auto udp = read_udp(ip_packet);
  if (!udp || udp->ttl != bfd_ttl || udp->datagram.size() < sizeof(UdpHeader)) return std::nullopt;
  const UdpHeader& header = at<UdpHeader>(udp->datagram.data());
  const std::uint16_t length = header.length.host();
  if (header.destination_port.host() != bfd_port || length < sizeof(UdpHeader) || length > udp->datagram.size())
    return std::nullopt;
  const ByteView datagram = udp->datagram.first(length);
  Sum sum = Sum().add_pseudo_header(udp->envelope.source, udp->envelope.destination, protocol_udp, length);
  const bool summed = header.checksum.host() != 0 || udp->envelope.source.is_v6();
  if (summed && !sum.add(datagram.data(), length).is_valid()) return std::nullopt;
  const auto packet = read_bfd(datagram.subspan(sizeof(UdpHeader)));
  if (!packet) return std::nullopt;
  return BfdReceived{udp->envelope, *packet};
}

Bytes make_bfd_packet(const BfdPacket& packet, const Envelope& envelope, std::uint16_t source_port) {
  const Bytes payload = write_bfd(packet);
  const auto length = std::uint16_t(sizeof(UdpHeader) + payload.size());
  Bytes bytes = make_ip_header({envelope, protocol_udp, bfd_ttl, 0}, length);
  const std::size_t header = bytes.size();
  bytes.resize(header + sizeof(UdpHeader));
  UdpHeader& udp = at<UdpHeader>(bytes.data() + header);
  udp.source_port.set(source_port);
  udp.destination_port.set(bfd_port);
  udp.length.set(length);
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  Sum sum = Sum().add_pseudo_header(envelope.source, envelope.destination, protocol_udp, length);
  at<UdpHeader>(bytes.data() + header).checksum = udp_checksum(sum.add(bytes.data() + header, length).checksum());
  return bytes;
}

}  // namespace poise::vrrp
