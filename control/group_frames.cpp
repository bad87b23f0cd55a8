#include "control/group_frames.hpp"

#include <algorithm>

#include "config/types/result.hpp"
#include "control/ethernet_frame.hpp"
#include "datapath/wire/checksum.hpp"
#include "datapath/wire/ethernet.hpp"
#include "datapath/wire/group.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"

namespace poise::control {
namespace {

using namespace datapath::wire;
using std::chrono::milliseconds;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t traffic_class_control = 0xc0;
constexpr std::uint8_t router_alert_v4[] = {0x94, 4, 0, 0};
// Hop-by-hop options (RFC 8200 4.3): ICMPv6 follows, eight bytes, router alert for MLD (RFC 2711), padding.
constexpr std::uint8_t router_alert_v6[] = {protocol_icmpv6, 0, 5, 2, 0, 0, 1, 0};

IpAddr all_routers(bool v6) {  // 224.0.0.22, ff02::16: where reports of version 3 and 2 go
  IpAddr group = v6 ? IpAddr{} : IpAddr::v4(0xe0000016);
  if (v6) group.octets = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x16};
  return group;
}

// Who sends: our IPv4 address, or the link-local one; an IPv4 host without may send from 0.0.0.0 (RFC 3376 4.2.13).
std::optional<IpAddr> sender(const Link& link, bool v6) {
  if (v6) return link.link_local.is_unspecified() ? std::nullopt : std::optional(link.link_local);
  for (const IpPrefix& subnet : link.subnets)
    if (subnet.address.is_v4()) return subnet.address;
  return std::nullopt;
}

Bytes packet_v4(const IpAddr& source, const IpAddr& destination, Bytes message) {
  at<IgmpMessage>(message.data()).checksum = Sum().add(message.data(), message.size()).checksum();
  constexpr std::size_t header = ipv4_length + sizeof router_alert_v4;
  Bytes packet(header);
  Ipv4Header& ip = at<Ipv4Header>(packet.data());
  ip.version_length = 0x46;
  ip.traffic_class = traffic_class_control;
  ip.total_length.set(std::uint16_t(header + message.size()));
  ip.fragment.set(Ipv4Header::dont_fragment);
  ip.ttl = 1;
  ip.protocol = protocol_igmp;
  ip.source = to_wire_v4(source);
  ip.destination = to_wire_v4(destination);
  std::copy(std::begin(router_alert_v4), std::end(router_alert_v4), packet.begin() + ipv4_length);
  ip.checksum = Sum().add(packet.data(), header).checksum();
  packet.insert(packet.end(), message.begin(), message.end());
  return packet;
}

Bytes packet_v6(const IpAddr& source, const IpAddr& destination, Bytes message) {
  at<MldMessage>(message.data()).checksum =
      Sum()
          .add_pseudo_header(source, destination, protocol_icmpv6, std::uint32_t(message.size()))
          .add(message.data(), message.size())
          .checksum();
  Bytes packet(ipv6_length);
  Ipv6Header& ip = at<Ipv6Header>(packet.data());
  ip.set_version_class_flow(0, 0);
  ip.payload_length.set(std::uint16_t(sizeof router_alert_v6 + message.size()));
  ip.next_header = 0;  // hop-by-hop options
  ip.hop_limit = 1;
  write_address(ip.source, source);
  write_address(ip.destination, destination);
  packet.insert(packet.end(), std::begin(router_alert_v6), std::end(router_alert_v6));
  packet.insert(packet.end(), message.begin(), message.end());
  return packet;
}

FrameBytes frame_of(const Link& link, const IpAddr& source, const IpAddr& destination, Bytes message) {
  const Bytes packet = destination.is_v6() ? packet_v6(source, destination, std::move(message))
                                           : packet_v4(source, destination, std::move(message));
  return ethernet_frame(multicast_mac(destination), link.mac, link.vlan, packet);
}

void append_address(Bytes& bytes, const IpAddr& address) {
  bytes.insert(bytes.end(), address.octets.begin() + (address.is_v6() ? 0 : 12), address.octets.end());
}

std::uint8_t record_type(GroupChange::Kind kind) {
  constexpr std::uint8_t types[] = {GroupRecord::is_member, GroupRecord::leaves, GroupRecord::joins};
  return types[std::size_t(kind)];
}

// RFC 3376 4.1.1, RFC 3810 5.1.3: above the limit exponent and mantissa.
Duration response_time_v4(std::uint8_t code) {
  const unsigned tenths = code < 128 ? code : unsigned((code & 0x0f) | 0x10) << (((code >> 4) & 7) + 3);
  return milliseconds(100) * tenths;
}
Duration response_time_v6(std::uint16_t code) {
  return milliseconds(code < 32768 ? code : unsigned((code & 0x0fff) | 0x1000) << (((code >> 12) & 7) + 3));
}

std::optional<GroupQuery> read_v4(std::span<const std::uint8_t> packet) {
  const Ipv4Header& ip = at<Ipv4Header>(packet.data());
  const std::size_t header = ip.header_length(), total = ip.total_length.host();
  if (header < ipv4_length || total > packet.size() || total < header + sizeof(IgmpMessage)) return std::nullopt;
  if (ip.protocol != protocol_igmp || ip.is_fragment()) return std::nullopt;
  const std::span<const std::uint8_t> message = packet.subspan(header, total - header);
  const IgmpMessage& igmp = at<IgmpMessage>(message.data());
  if (igmp.type != igmp_query || !Sum().add(message.data(), message.size()).is_valid()) return std::nullopt;
  GroupQuery query;
  query.old = message.size() < igmp_query_v3_length;
  if (igmp.group.host() != 0) query.group = to_address(igmp.group);
  query.response_time = query.old ? milliseconds(100) * igmp.response_time : response_time_v4(igmp.response_time);
  return query;
}

std::optional<GroupQuery> read_v6(std::span<const std::uint8_t> packet) {
  constexpr std::size_t before = ipv6_length + sizeof router_alert_v6;
  if (packet.size() < before + sizeof(MldMessage)) return std::nullopt;
  const Ipv6Header& ip = at<Ipv6Header>(packet.data());
  const std::size_t end = ipv6_length + ip.payload_length.host();
  // A query carries a router alert of eight bytes and comes from a link-local address (RFC 3810 5.1.14).
  if (ip.next_header != 0 || packet[ipv6_length] != protocol_icmpv6 || packet[ipv6_length + 1] != 0)
    return std::nullopt;
  if (end > packet.size() || end < before + sizeof(MldMessage) || !to_address(ip.source).is_link_local())
    return std::nullopt;
  const std::span<const std::uint8_t> message = packet.subspan(before, end - before);
  const MldMessage& mld = at<MldMessage>(message.data());
  const bool is_valid = Sum()
                            .add_pseudo_header(to_address(ip.source), to_address(ip.destination), protocol_icmpv6,
                                               std::uint32_t(message.size()))
                            .add(message.data(), message.size())
                            .is_valid();
  if (mld.type != mld_query || !is_valid) return std::nullopt;
  GroupQuery query;
  query.v6 = true;
  query.old = message.size() < mld_query_v2_length;
  const IpAddr group = to_address(mld.group);
  if (!group.is_unspecified()) query.group = group;
  query.response_time = query.old ? milliseconds(mld.response_time.host()) : response_time_v6(mld.response_time.host());
  return query;
}

}  // namespace

std::optional<FrameBytes> make_group_report(const Link& link, const std::vector<GroupChange>& changes) {
  ensure(!changes.empty());
  const bool v6 = changes[0].group.is_v6();
  const auto source = sender(link, v6);
  if (!source) return std::nullopt;
  Bytes message(sizeof(GroupReport));
  GroupReport& report = at<GroupReport>(message.data());
  report.type = v6 ? std::uint8_t(mld_report_v2) : std::uint8_t(igmp_report_v3);
  report.records.set(std::uint16_t(changes.size()));
  for (const GroupChange& change : changes) {
    const std::size_t place = message.size();
    message.resize(place + sizeof(GroupRecord));
    at<GroupRecord>(message.data() + place).type = record_type(change.kind);
    append_address(message, change.group);
  }
  return frame_of(link, *source, all_routers(v6), std::move(message));
}

std::optional<FrameBytes> make_old_group_report(const Link& link, const IpAddr& group) {
  const auto source = sender(link, group.is_v6());
  if (!source) return std::nullopt;
  if (group.is_v6()) {
    Bytes message(sizeof(MldMessage));
    MldMessage& mld = at<MldMessage>(message.data());
    mld.type = mld_report_v1;
    write_address(mld.group, group);
    return frame_of(link, *source, group, std::move(message));
  }
  Bytes message(sizeof(IgmpMessage));
  IgmpMessage& igmp = at<IgmpMessage>(message.data());
  igmp.type = igmp_report_v2;
  igmp.group = to_wire_v4(group);
  return frame_of(link, *source, group, std::move(message));
}

std::optional<GroupQuery> read_group_query(std::span<const std::uint8_t> frame) {
  const std::span<const std::uint8_t> packet = packet_of(frame);
  if (packet.size() < ipv4_length) return std::nullopt;
  if (packet[0] >> 4 == 4) return read_v4(packet);
  if (packet[0] >> 4 == 6) return read_v6(packet);
  return std::nullopt;
}

}  // namespace poise::control
