#include "control/flight_recorder.hpp"

#include <algorithm>

#include "config/types/result.hpp"
#include "control/ethernet_frame.hpp"
#include "datapath/wire/arp.hpp"
#include "datapath/wire/ethernet.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"
#include "vrrp/packet.hpp"
#include "vrrp/wire.hpp"

namespace poise::control {
namespace {

namespace wire = datapath::wire;

void read_arp(FlightRecorder::Row& row, std::span<const std::uint8_t> packet) {
  row.kind = FlightRecorder::Kind::gratuitous_arp;
  if (packet.size() < sizeof(wire::ArpPacket)) return;
  const wire::ArpPacket& arp = wire::at<wire::ArpPacket>(packet.data());
  row.source = IpAddr::v4(arp.sender_ip.host());
  row.destination = IpAddr::v4(arp.target_ip.host());
}

void read_advertisement(FlightRecorder::Row& row, std::span<const std::uint8_t> packet) {
  row.kind = FlightRecorder::Kind::unsolicited_na;
  const wire::Ipv6Header& ip = wire::at<wire::Ipv6Header>(packet.data());
  row.source = wire::to_address(ip.source);
  row.destination = wire::to_address(ip.destination);
}

// What the header says, right or wrong: a refused advert is read, too.
void read_advert(FlightRecorder::Row& row, std::span<const std::uint8_t> packet) {
  row.kind = FlightRecorder::Kind::advert;
  const auto received = vrrp::read_packet(packet);
  if (!received || received->message.size() < sizeof(vrrp::AdvertHeader)) return;
  const vrrp::AdvertHeader& header = wire::at<vrrp::AdvertHeader>(received->message.data());
  const std::uint16_t interval = header.interval.host();
  row.source = received->envelope.source;
  row.destination = received->envelope.destination;
  row.priority = header.priority;
  row.interval = header.version_type >> 4 == 2
                     ? Duration(std::chrono::seconds(interval & 0xff))
                     : Duration(std::chrono::milliseconds(10 * (interval & vrrp::interval_v3_mask)));
}

}  // namespace

std::string_view FlightRecorder::Row::verdict() const {
  if (fate.verdict == Verdict::refused) return vrrp::discards[std::size_t(fate.cause)].counter;
  constexpr std::string_view names[] = {"sent", "not_sent", "accepted"};
  return names[std::size_t(fate.verdict)];
}

void FlightRecorder::record(Instant at, const Fate& fate, std::span<const std::uint8_t> frame) {
  if (ring_ == nullptr) ring_ = std::make_unique<Ring>();
  Row& row = (*ring_)[count_++ % rows_max];
  row = Row{};
  row.at = at;
  row.fate = fate;
  row.length = std::uint16_t(frame.size());
  std::copy_n(frame.begin(), row.kept().size(), row.bytes.begin());
  const std::span<const std::uint8_t> packet = packet_of(frame);
  if (packet.empty()) return;
  const std::uint16_t type = wire::at<wire::Be16>(packet.data() - 2).host();
  const bool v6 = type == wire::ethertype_ipv6 && packet.size() >= wire::ipv6_length;
  if (type == wire::ethertype_arp) return read_arp(row, packet);
  if (v6 && wire::at<wire::Ipv6Header>(packet.data()).next_header == wire::protocol_icmpv6)
    return read_advertisement(row, packet);
  read_advert(row, packet);
}

const FlightRecorder::Row& FlightRecorder::operator[](std::size_t index) const {
  ensure(index < size());
  return (*ring_)[(count_ - size() + index) % rows_max];
}

std::string_view name_of(FlightRecorder::Kind kind) {
  constexpr std::string_view names[] = {"advert", "gratuitous_arp", "unsolicited_na"};
  return names[std::size_t(kind)];
}

}  // namespace poise::control
