#include "tests/bench/bench_frames.hpp"

#include <cstring>
#include <utility>

#include "datapath/wire/checksum.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/tcp.hpp"

namespace poise::bench {
namespace {

using namespace datapath;

void write_tcp(std::uint8_t* ip, const FrameSpec& spec, std::size_t ip_length) {
  auto& tcp = wire::at<wire::TcpHeader>(ip + ip_length);
  std::memset(ip + ip_length, 0, 20u + spec.payload);
  tcp.source_port.set(client_port(spec.flow));
  tcp.destination_port.set(service_port);
  tcp.data_offset = 5 << 4;
  tcp.flags = spec.tcp_flags;
  tcp.window.set(65535);
}

void set_tcp_checksum(std::uint8_t* ip, bool v6, std::uint16_t length) {
  auto& tcp = wire::at<wire::TcpHeader>(ip + (v6 ? 40 : 20));
  tcp.checksum.set(0);
  wire::Sum sum;
  sum.add(ip + (v6 ? 8 : 12), v6 ? 32 : 8).add16(6).add16(length).add(ip + (v6 ? 40 : 20), length);
  tcp.checksum = sum.checksum();
}

}  // namespace

IpAddr client_address(bool v6, std::uint32_t flow) {
  const std::uint32_t host = flow / 50000 + 1;
  if (!v6) return IpAddr::v4(0x0a000000 + host);
  static const IpAddr network = *parse_ip("2001:db8:1::");
  IpAddr address = network;
  for (int i = 0; i < 4; ++i) address.octets[std::size_t(15 - i)] = std::uint8_t(host >> (8 * i));
  return address;
}
std::uint16_t client_port(std::uint32_t flow) { return std::uint16_t(10000 + flow % 50000); }
IpAddr service_address(bool v6) {
  static const IpAddr v4_address = *parse_ip("192.0.2.1"), v6_address = *parse_ip("2001:db8:2::1");
  return v6 ? v6_address : v4_address;
}
IpAddr server_address(bool v6, std::uint32_t number) {
  if (!v6) return IpAddr::v4(0xc6336400 + 10 + number);
  IpAddr address = *parse_ip("2001:db8:3::");
  address.octets[15] = std::uint8_t(10 + number);
  return address;
}

std::uint16_t write_frame(std::uint8_t* at, const FrameSpec& spec, const MacAddr& to) {
  std::memcpy(at, to.octets.data(), 6);
  std::memcpy(at + 6, "\x02\x00\x00\x00\x00\x99", 6);
  at[12] = spec.v6 ? 0x86 : 0x08;
  at[13] = spec.v6 ? 0xdd : 0x00;
  std::uint8_t* ip = at + 14;
  const auto tcp_length = std::uint16_t(20 + spec.payload);
  const IpAddr source = client_address(spec.v6, spec.flow), destination = service_address(spec.v6);
  if (spec.v6) {
    std::memset(ip, 0, 40);
    ip[0] = 0x60;
    wire::at<wire::Be16>(ip + 4).set(tcp_length);
    ip[6] = 6;
    ip[7] = 64;
    std::memcpy(ip + 8, source.octets.data(), 16);
    std::memcpy(ip + 24, destination.octets.data(), 16);
  } else {
    std::memset(ip, 0, 20);
    auto& header = wire::at<wire::Ipv4Header>(ip);
    header.version_length = 0x45;
    header.total_length.set(std::uint16_t(20 + tcp_length));
    header.ttl = 64;
    header.protocol = 6;
    header.source = wire::to_wire_v4(source);
    header.destination = wire::to_wire_v4(destination);
    header.checksum = wire::ipv4_checksum(ip, 20);
  }
  write_tcp(ip, spec, spec.v6 ? 40 : 20);
  set_tcp_checksum(ip, spec.v6, tcp_length);
  return std::uint16_t(14 + (spec.v6 ? 40 : 20) + tcp_length);
}

void turn_round(std::uint8_t* frame, std::uint8_t tcp_flags, const MacAddr& to) {
  std::memcpy(frame, to.octets.data(), 6);
  const bool v6 = frame[12] == 0x86;
  std::uint8_t* ip = frame + 14;
  const std::size_t first = v6 ? 8 : 12, length = v6 ? 16 : 4;
  for (std::size_t i = 0; i < length; ++i) std::swap(ip[first + i], ip[first + length + i]);
  auto& tcp = wire::at<wire::TcpHeader>(ip + (v6 ? 40 : 20));
  std::swap(tcp.source_port, tcp.destination_port);
  tcp.flags = tcp_flags;
  ip[v6 ? 7 : 8] = 64;
  if (!v6) {
    auto& header = wire::at<wire::Ipv4Header>(ip);
    header.checksum.set(0);
    header.checksum = wire::ipv4_checksum(ip, 20);
  }
  const std::uint16_t tcp_length =
      v6 ? wire::at<wire::Be16>(ip + 4).host() : std::uint16_t(wire::at<wire::Ipv4Header>(ip).total_length.host() - 20);
  set_tcp_checksum(ip, v6, tcp_length);
}

}  // namespace poise::bench
