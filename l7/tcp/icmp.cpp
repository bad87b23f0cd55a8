#include "datapath/wire/icmp.hpp"

#include <algorithm>
#include <optional>

#include "datapath/wire/checksum.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"
#include "datapath/wire/tcp.hpp"
#include "l7/tcp/core.hpp"

// ICMP about connections. It may be forged: what it quotes must be in flight (RFC 5927), and nothing of it ends an
// established connection (RFC 9293 3.9.2.2 and RFC 5461).
namespace poise::l7::tcp {
namespace {

namespace wire = datapath::wire;

struct Report {
  Tuple tuple;
  Sequence sequence;
  std::uint16_t size = 0, next_hop_mtu = 0;  // of the packet quoted, and what would fit
  bool is_too_big = false, is_hard = false;
};

constexpr std::size_t ports_and_sequence = 8;

void read_tcp(Report& report, const std::uint8_t* at) {
  const auto& header = wire::at<wire::TcpHeader>(at);
  report.tuple.local_port = header.source_port.host();
  report.tuple.remote_port = header.destination_port.host();
  report.sequence = {header.sequence.host()};
}

std::optional<Report> read_v4(std::span<const std::uint8_t> packet) {
  if (packet.size() < wire::ipv4_length) return std::nullopt;
  const auto& outer = wire::at<wire::Ipv4Header>(packet.data());
  const std::size_t start = outer.header_length(), total = outer.total_length.host();
  if (start < wire::ipv4_length || total > packet.size() || total < start + wire::icmp_length + wire::ipv4_length)
    return std::nullopt;
  if (outer.protocol != wire::protocol_icmp || outer.is_fragment()) return std::nullopt;
  const std::span<const std::uint8_t> message = packet.subspan(start, total - start);
  if (!wire::Sum().add(message.data(), message.size()).is_valid()) return std::nullopt;
  const auto& icmp = wire::at<wire::IcmpHeader>(message.data());
  if (icmp.type != wire::icmp_unreachable) return std::nullopt;
  const std::span<const std::uint8_t> quote = message.subspan(wire::icmp_length);
  const auto& inner = wire::at<wire::Ipv4Header>(quote.data());
  const std::size_t inner_length = inner.header_length();
  if (inner.version() != 4 || inner.protocol != wire::protocol_tcp || inner.fragment_offset() != 0 ||
      inner_length < wire::ipv4_length || quote.size() < inner_length + ports_and_sequence)
    return std::nullopt;
  Report report;
  report.tuple.local = wire::to_address(inner.source);
  report.tuple.remote = wire::to_address(inner.destination);
  report.size = inner.total_length.host();
  report.is_too_big = icmp.code == wire::icmp_fragmentation_needed;
  report.next_hop_mtu = icmp.word2.host();
  report.is_hard = icmp.code == wire::icmp_unreachable_protocol || icmp.code == wire::icmp_unreachable_port;
  read_tcp(report, quote.data() + inner_length);
  return report;
}

std::optional<Report> read_v6(std::span<const std::uint8_t> packet) {
  if (packet.size() < wire::ipv6_length) return std::nullopt;
  const auto& outer = wire::at<wire::Ipv6Header>(packet.data());
  const std::size_t length = outer.payload_length.host();
  if (outer.next_header != wire::protocol_icmpv6 || length > packet.size() - wire::ipv6_length ||
      length < wire::icmp_length + wire::ipv6_length + ports_and_sequence)
    return std::nullopt;
  const std::span<const std::uint8_t> message = packet.subspan(wire::ipv6_length, length);
  wire::Sum sum;
  sum.add_pseudo_header(wire::to_address(outer.source), wire::to_address(outer.destination), wire::protocol_icmpv6,
                        std::uint32_t(length));
  if (!sum.add(message.data(), message.size()).is_valid()) return std::nullopt;
  const auto& icmp = wire::at<wire::IcmpHeader>(message.data());
  if (icmp.type != wire::icmpv6_unreachable && icmp.type != wire::icmpv6_packet_too_big) return std::nullopt;
  const std::span<const std::uint8_t> quote = message.subspan(wire::icmp_length);
  const auto& inner = wire::at<wire::Ipv6Header>(quote.data());
  if (inner.version() != 6 || inner.next_header != wire::protocol_tcp) return std::nullopt;  // we send no extensions
  Report report;
  report.tuple.local = wire::to_address(inner.source);
  report.tuple.remote = wire::to_address(inner.destination);
  report.size = std::uint16_t(std::min<std::uint32_t>(inner.payload_length.host() + wire::ipv6_length, 65535));
  report.is_too_big = icmp.type == wire::icmpv6_packet_too_big;
  report.next_hop_mtu = std::uint16_t(std::min<std::uint32_t>(icmp.value(), 65535));
  report.is_hard = icmp.code == wire::icmpv6_unreachable_port || icmp.code == wire::icmpv6_unreachable_admin;
  read_tcp(report, quote.data() + wire::ipv6_length);
  return report;
}

// What is too large goes out again in smaller pieces. That is no sign of congestion.
void on_too_big(Core& core, Connection& connection, const Report& report) {
  if (!connection.path_mtu.on_too_big(report.next_hop_mtu, report.size, core.now_ms())) {
    core.counters.add(Counter::icmp_ignored);
    return;
  }
  core.counters.add(Counter::icmp_too_big);
  connection.congestion.set_mss(std::uint16_t(payload_max(connection)));
  Flight* flight = flight_of(core, connection);
  if (flight == nullptr || flight->is_recovering) return;
  for (std::uint32_t i = 0; i < flight->count; ++i) {
    Record& record = flight->at(i);
    if (record.length > payload_max(connection) && !record.has(record_sacked))
      set_bits(*flight, record, std::uint8_t((record.bits | record_lost) & ~record_resent));
  }
  if (!flight->is_after_timeout) flight->recover = connection.snd_nxt;
  flight->is_after_timeout = flight->must_resend = true;
  flight->can_undo = false;
  flight->has_undo_ts = true;
  make_outgoing(core, connection);
}

}  // namespace

void take_icmp(Core& core, std::span<const std::uint8_t> packet) {
  const std::uint8_t version = packet.empty() ? 0 : packet[0] >> 4;
  const auto report = version == 4 ? read_v4(packet) : version == 6 ? read_v6(packet) : std::nullopt;
  const auto found = report ? core.find(report->tuple, core.hash_of(report->tuple)) : std::nullopt;
  if (!found || found->kind() != Kind::connection) {
    core.counters.add(Counter::icmp_ignored);
    return;
  }
  Connection& connection = core.connections[found->index()];
  if (report->sequence < connection.snd_una || report->sequence >= connection.snd_nxt) {
    core.counters.add(Counter::icmp_ignored);
    return;
  }
  if (report->is_too_big) {
    on_too_big(core, connection, *report);
    return;
  }
  core.counters.add(Counter::icmp_unreachable);
  if (report->is_hard && connection.state == State::syn_sent) finish_connection(core, connection, Closed::unreachable);
}

}  // namespace poise::l7::tcp
