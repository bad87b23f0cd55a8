#include "datapath/stages/reset.hpp"

#include <netinet/in.h>

#include <cstring>

#include "datapath/wire/checksum.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/tcp.hpp"

namespace poise::datapath {
namespace {

constexpr std::uint8_t reset_ttl = 64;

// How far the segment moves the sequence number on.
std::uint32_t segment_length(const Packet& packet) {
  const auto payload = std::uint32_t(packet.l3_offset + packet.l3_length - packet.payload_offset);
  return payload + ((packet.tcp_flags & tcp_syn) != 0 ? 1 : 0) + ((packet.tcp_flags & tcp_fin) != 0 ? 1 : 0);
}

void write_ip_header(Packet& reset, const Packet& cause) {
  std::uint8_t* ip = reset.l3();
  const std::uint8_t* from = cause.l3();
  if (cause.family == 4) {
    std::memset(ip, 0, 20);
    wire::Ipv4Header& header = wire::at<wire::Ipv4Header>(ip);
    header.version_length = 0x45;
    header.total_length.set(40);
    header.fragment.set(wire::Ipv4Header::dont_fragment);
    header.ttl = reset_ttl;
    header.protocol = IPPROTO_TCP;
    std::memcpy(ip + 12, from + 16, 4);
    std::memcpy(ip + 16, from + 12, 4);
    header.checksum = wire::ipv4_checksum(ip, 20);
  } else {
    std::memset(ip, 0, 40);
    ip[0] = 0x60;
    ip[5] = 20;
    ip[6] = IPPROTO_TCP;
    ip[7] = reset_ttl;
    std::memcpy(ip + 8, from + 24, 16);
    std::memcpy(ip + 24, from + 8, 16);
  }
}

void write_tcp_header(std::uint8_t* bytes, const Packet& cause) {
  const wire::TcpHeader& segment = wire::at<wire::TcpHeader>(cause.l4());
  wire::TcpHeader& tcp = wire::at<wire::TcpHeader>(bytes);
  std::memset(bytes, 0, 20);
  tcp.source_port = segment.destination_port;
  tcp.destination_port = segment.source_port;
  tcp.data_offset = 5 << 4;
  tcp.flags = tcp_rst;
  if ((cause.tcp_flags & tcp_ack) != 0) {
    tcp.sequence = segment.acknowledgment;
  } else {
    tcp.flags |= tcp_ack;
    tcp.acknowledgment.set(segment.sequence.host() + segment_length(cause));
  }
}

}  // namespace

void send_reset(Worker& worker, const Packet& packet) {
  if (packet.key.protocol != IPPROTO_TCP || (packet.tcp_flags & tcp_rst) != 0 || packet.has(flag_icmp_error) ||
      packet.has(flag_link_broadcast) || (packet.has(flag_fragment) && !packet.has(flag_first_fragment)))
    return;
  if (!worker.error_budget.take(worker.now, worker.tables->icmp.errors_per_second)) {
    worker.counters.drops[std::size_t(Drop::icmp_rate_limited)].add();
    return;
  }
  Packet* reset = new_packet(worker);
  if (reset == nullptr) return;
  reset->family = packet.family;
  const std::uint16_t ip_length = packet.family == 4 ? 20 : 40;
  reset->l3_length = std::uint16_t(ip_length + 20);
  reset->length = std::uint16_t(reset->l3_offset + reset->l3_length);
  write_ip_header(*reset, packet);
  std::uint8_t* bytes = reset->l3() + ip_length;
  write_tcp_header(bytes, packet);
  const bool v4 = packet.family == 4;
  wire::Sum sum;
  sum.add(reset->l3() + (v4 ? 12 : 8), v4 ? 8 : 32).add16(IPPROTO_TCP).add16(20).add(bytes, 20);
  wire::at<wire::TcpHeader>(bytes).checksum = sum.checksum();
  worker.counters.tcp_resets_sent.add();
}

}  // namespace poise::datapath
