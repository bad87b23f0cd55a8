#include "datapath/client_address.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "datapath/wire/bytes.hpp"
#include "datapath/wire/checksum.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/proxy_v2.hpp"
#include "datapath/wire/tcp.hpp"

namespace poise::datapath {
namespace {

using wire::load16;
using wire::load32;
using wire::store16;
using wire::store32;

constexpr std::uint8_t option_toa = 254;

std::uint16_t tcp_header_length(const Packet& packet) { return std::uint16_t((packet.l4()[12] >> 4) * 4); }

void set_l3_length(Packet& packet, std::uint16_t length) {
  std::uint8_t* ip = packet.l3();
  packet.l3_length = length;
  packet.length = std::uint16_t(packet.l3_offset + length);
  store16(ip + (packet.family == 4 ? 2 : 4), packet.family == 4 ? length : std::uint16_t(length - 40));
  if (packet.family == 4)
    wire::at<wire::Ipv4Header>(ip).checksum = wire::ipv4_checksum(ip, std::size_t(ip[0] & 0x0f) * 4);
}

// TcpChange - keeps the checksum of a segment right by difference (RFC 1624), so that one that came damaged leaves
// damaged. It sums the segment up to `end` (an offset from data) and its length before the change and again after it.
class TcpChange {
 public:
  TcpChange(const Packet& packet, std::uint16_t end) : before_(sum(packet, end)) {}
  void finish(Packet& packet, std::uint16_t end) const {
    wire::TcpHeader& tcp = wire::at<wire::TcpHeader>(packet.l4());
    tcp.checksum = wire::Sum().replace16(before_, sum(packet, end)).applied_to(tcp.checksum);
  }

 private:
  static std::uint16_t sum(const Packet& packet, std::uint16_t end) {
    const auto length = std::uint16_t(packet.l3_length - (packet.l4_offset - packet.l3_offset));
    const std::uint16_t folded =
        wire::Sum().add16(length).add(packet.l4(), std::size_t(end - packet.l4_offset)).folded();
    return __builtin_bswap16(folded);
  }
  std::uint16_t before_;
};

// Opens a gap of `bytes` at `at` (an offset from data) by moving what is before it into the headroom, which has room.
// The payload stays where it is.
void open_gap(Packet& packet, std::uint16_t at, std::uint16_t bytes) {
  std::memmove(packet.data - bytes, packet.data, at);
  packet.data -= bytes;
  packet.headroom = std::uint16_t(packet.headroom - bytes);
  packet.length = std::uint16_t(packet.length + bytes);
}

bool fits(const Worker& worker, const Packet& packet, std::uint16_t more) {
  return packet.l3_length + more <= worker.neighbors[packet.neighbor].mtu;
}

void add_toa(Worker& worker, Packet& packet, const FlowKey& client) {
  const bool v4 = client.source.is_v4();
  const std::uint16_t length = v4 ? 8 : 20;
  const std::uint16_t header = tcp_header_length(packet);
  if (header + length > wire::tcp_length_max || !fits(worker, packet, length)) return;
  if (packet.headroom < length) return;
  const TcpChange change(packet, packet.payload_offset);
  open_gap(packet, std::uint16_t(packet.l4_offset + 20), length);
  std::uint8_t* option = packet.l4() + 20;  // first, so that no end-of-options comes before it
  option[0] = option_toa;
  option[1] = std::uint8_t(length);
  store16(option + 2, client.source_port);
  std::memcpy(option + 4, client.source.octets.data() + (v4 ? 12 : 0), v4 ? 4 : 16);
  packet.l4()[12] = std::uint8_t((header + length) / 4 << 4 | (packet.l4()[12] & 0x0f));
  packet.payload_offset = std::uint16_t(packet.payload_offset + length);
  set_l3_length(packet, std::uint16_t(packet.l3_length + length));
  change.finish(packet, packet.payload_offset);
}

// The server's MSS, lowered by `bytes` (a SYN-ACK on its way to the client).
void lower_mss(Packet& packet, std::uint16_t bytes) {
  const std::uint16_t header = tcp_header_length(packet);
  std::uint8_t* tcp = packet.l4();
  for (std::uint16_t at = 20; at + 1 < header;) {
    if (tcp[at] == wire::tcp_option_end) return;
    if (tcp[at] == wire::tcp_option_nop) {
      ++at;
      continue;
    }
    const std::uint8_t length = tcp[at + 1];
    if (length < 2 || at + length > header) return;
    if (tcp[at] == wire::tcp_option_mss && length == 4) {
      const TcpChange change(packet, packet.payload_offset);
      const std::uint16_t mss = load16(tcp + at + 2);
      store16(tcp + at + 2, std::uint16_t(std::min<int>(mss, std::max(mss - bytes, 500))));
      return change.finish(packet, packet.payload_offset);
    }
    at = std::uint16_t(at + length);
  }
}

void write_proxy_header(std::uint8_t* at, const FlowKey& client) {
  const bool v4 = client.source.is_v4();
  using Header = wire::ProxyV2Header;
  std::copy(Header::signature_bytes.begin(), Header::signature_bytes.end(), at);
  at[12] = Header::version2_proxy;
  at[13] = v4 ? Header::tcp_v4 : Header::tcp_v6;
  const std::uint16_t address = v4 ? 4 : 16, skip = v4 ? 12 : 0;
  store16(at + 14, std::uint16_t(2 * address + 4));
  std::memcpy(at + 16, client.source.octets.data() + skip, address);
  std::memcpy(at + 16 + address, client.destination.octets.data() + skip, address);
  store16(at + 16 + 2 * address, client.source_port);
  store16(at + 18 + 2 * address, client.destination_port);
}

void cut_payload(Packet& packet) {
  const auto length = std::uint16_t(packet.payload_offset - packet.l3_offset);
  if (length == packet.l3_length) return;
  const TcpChange change(packet, std::uint16_t(packet.l3_offset + packet.l3_length));
  packet.tailroom = std::uint16_t(packet.tailroom + packet.l3_length - length);
  set_l3_length(packet, length);
  change.finish(packet, packet.payload_offset);
}

// How far a segment begins behind the first byte of the client's stream; negative: before it.
std::int32_t distance_from_first_byte(const FlowState& state, const std::uint8_t* tcp) {
  return std::int32_t(load32(tcp + 4) - state.sequence);
}

// Shifts the sequence number of a client's segment, or puts the header before its first byte.
Drop proxy_to_server(FlowState& state, Packet& packet, const FlowKey& client) {
  const std::uint16_t length = proxy_header_length(client.source.is_v4());
  std::uint8_t* tcp = packet.l4();
  if ((packet.tcp_flags & tcp_syn) != 0) {
    if (!state.has(flow_proxy_header)) state.sequence = load32(tcp + 4) + 1;  // else a stray one, or a forged one
    cut_payload(packet);
    return Drop::count_;
  }
  const std::int32_t distance = distance_from_first_byte(state, tcp);
  if (state.has(flow_proxy_acked) || distance > 0) {
    const TcpChange change(packet, packet.payload_offset);
    store32(tcp + 4, load32(tcp + 4) + length);
    change.finish(packet, packet.payload_offset);
    return Drop::count_;
  }
  if (distance < 0) {
    cut_payload(packet);
    return Drop::count_;
  }
  if ((packet.tcp_flags & tcp_rst) != 0) return Drop::count_;
  if (packet.headroom < length) return Drop::no_headroom;
  const TcpChange change(packet, packet.payload_offset);
  open_gap(packet, packet.payload_offset, length);
  write_proxy_header(packet.data + packet.payload_offset, client);
  set_l3_length(packet, std::uint16_t(packet.l3_length + length));
  change.finish(packet, std::uint16_t(packet.payload_offset + length));
  state.set(flow_proxy_header);
  return Drop::count_;
}

// Shifts SACK edges (RFC 2018) back by the header that the client does not know of.
void shift_sack(std::uint8_t* tcp, std::uint16_t header, std::uint32_t bytes) {
  constexpr std::uint8_t option_sack = 5;
  for (std::uint16_t at = 20; at + 1 < header;) {
    if (tcp[at] == wire::tcp_option_end) return;
    if (tcp[at] == wire::tcp_option_nop) {
      ++at;
      continue;
    }
    const std::uint8_t length = tcp[at + 1];
    if (length < 2 || at + length > header) return;
    if (tcp[at] == option_sack)
      for (std::uint16_t edge = std::uint16_t(at + 2); edge + 4 <= at + length; edge = std::uint16_t(edge + 4))
        store32(tcp + edge, load32(tcp + edge) - bytes);
    at = std::uint16_t(at + length);
  }
}

void proxy_to_client(FlowState& state, Packet& packet, std::uint16_t length) {
  std::uint8_t* tcp = packet.l4();
  if ((packet.tcp_flags & tcp_syn) != 0) return lower_mss(packet, length);
  if (!state.has(flow_proxy_header) || (packet.tcp_flags & tcp_ack) == 0) return;
  const std::uint32_t acknowledged = load32(tcp + 8);
  const std::uint32_t beyond = acknowledged - state.sequence;  // bytes past the SYN
  if (beyond == 0 || beyond > 0x7fffffffu) return;             // nothing of the header yet
  if (beyond >= length) state.set(flow_proxy_acked);
  const TcpChange change(packet, packet.payload_offset);
  store32(tcp + 8, beyond >= length ? acknowledged - length : state.sequence);
  shift_sack(tcp, tcp_header_length(packet), length);
  change.finish(packet, packet.payload_offset);
}

// What the client itself says about its address counts for nothing.
void blank_foreign_toa(Packet& packet) {
  const std::uint16_t header = tcp_header_length(packet);
  std::uint8_t* tcp = packet.l4();
  for (std::uint16_t at = 20; at + 1 < header && tcp[at] != wire::tcp_option_end;) {
    const std::uint8_t length = tcp[at] == wire::tcp_option_nop ? 1 : tcp[at + 1];
    if (tcp[at] != wire::tcp_option_nop && (length < 2 || at + length > header)) break;
    if (tcp[at] == option_toa) {
      const TcpChange change(packet, packet.payload_offset);
      std::memset(tcp + at, wire::tcp_option_nop, length);
      change.finish(packet, packet.payload_offset);
    }
    at = std::uint16_t(at + length);
  }
}

void toa_to_server(Worker& worker, const FlowState& state, Packet& packet, const FlowKey& client) {
  const bool opens = (packet.tcp_flags & tcp_syn) != 0;
  const bool before_first_answer = (packet.tcp_flags & tcp_ack) != 0 && load32(packet.l4() + 8) == state.sequence;
  if (tcp_header_length(packet) > wire::tcp_length) blank_foreign_toa(packet);
  if (opens || (state.sequence != 0 && before_first_answer)) add_toa(worker, packet, client);
}

void toa_to_client(FlowState& state, Packet& packet, bool v4) {
  if ((packet.tcp_flags & (tcp_syn | tcp_ack)) != (tcp_syn | tcp_ack)) return;
  state.sequence = load32(packet.l4() + 4) + 1;
  lower_mss(packet, v4 ? 8 : 20);
}

}  // namespace

Drop pass_client_address(Worker& worker, const Service& service, Packet& packet) {
  FlowState& state = worker.flows.state(packet.flow);
  const FlowKey client = worker.flows.client_key(packet.flow);
  const bool v4 = client.source.is_v4(), to_client = packet.has(flag_to_client);
  packet.payload_offset = std::uint16_t(packet.l4_offset + tcp_header_length(packet));
  if (service.client_address == config::ClientAddress::toa)
    to_client ? toa_to_client(state, packet, v4) : toa_to_server(worker, state, packet, client);
  else if (to_client)
    proxy_to_client(state, packet, proxy_header_length(v4));
  else
    return proxy_to_server(state, packet, client);
  return Drop::count_;
}

std::uint16_t client_address_growth(const Worker& worker, const Packet& packet) {
  if (!packet.flow.valid() || packet.real.value == ~0u || packet.key.protocol != IPPROTO_TCP ||
      packet.has(flag_to_client) || packet.has(flag_icmp_error) || packet.has(flag_fragment) ||
      (packet.tcp_flags & (tcp_syn | tcp_rst)) != 0)
    return 0;
  const Service& service = worker.tables->services[worker.tables->reals[packet.real.value].service.value];
  const FlowState& state = worker.flows.state(packet.flow);
  const bool inserts = service.client_address == config::ClientAddress::proxy_v2 && !state.has(flow_proxy_acked) &&
                       distance_from_first_byte(state, packet.l4()) == 0;
  return inserts ? proxy_header_length(packet.family == 4) : std::uint16_t(0);
}

}  // namespace poise::datapath
