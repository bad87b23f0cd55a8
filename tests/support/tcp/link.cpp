#include "tests/support/tcp/link.hpp"

#include <algorithm>
#include <utility>

#include "datapath/wire/checksum.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"
#include "tests/support/frames.hpp"

namespace poise::l7::tcp {
namespace {

namespace wire_format = datapath::wire;

constexpr std::uint8_t ecn_bits = 3;

}  // namespace

void mark_congestion(Bytes& packet) {
  if (packet[0] >> 4 == 4) {
    auto& ip = wire_format::at<wire_format::Ipv4Header>(packet.data());
    if ((ip.traffic_class & ecn_bits) == 0) return;
    ip.traffic_class |= ecn_bits;
    ip.checksum = wire_format::ipv4_checksum(packet.data(), ip.header_length());
  } else if ((packet[1] >> 4 & ecn_bits) != 0) {
    packet[1] |= ecn_bits << 4;
  }
}

Bytes too_big(const Bytes& packet, std::uint32_t mtu) {
  constexpr std::uint8_t icmp_unreachable = 3, icmp_fragmentation_needed = 4, icmpv6_packet_too_big = 2;
  constexpr std::uint8_t protocol_icmp = 1, protocol_icmpv6 = 58;
  if (packet[0] >> 4 == 4) {
    const auto& ip = wire_format::at<wire_format::Ipv4Header>(packet.data());
    const Bytes quoted(packet.begin(), packet.begin() + std::min<std::ptrdiff_t>(28, std::ptrdiff_t(packet.size())));
    const std::string to = to_string(wire_format::to_address(ip.source));
    return datapath::ip_packet({"203.0.113.254", to}, protocol_icmp,
                               datapath::icmp(icmp_unreachable, icmp_fragmentation_needed, mtu, quoted));
  }
  const auto& ip = wire_format::at<wire_format::Ipv6Header>(packet.data());
  const Bytes quoted(packet.begin(), packet.begin() + std::min<std::ptrdiff_t>(1232, std::ptrdiff_t(packet.size())));
  const std::string to = to_string(wire_format::to_address(ip.source));
  const datapath::Ends ends{"fd00::fffe", to};
  return datapath::ip_packet(ends, protocol_icmpv6, datapath::icmpv6(ends, icmpv6_packet_too_big, 0, mtu, quoted));
}

bool Link::chance(double of_one) {
  return of_one > 0 && double(random_() >> 11) * 0x1p-53 < of_one;  // the same on every machine
}

bool Link::is_lost(Instant now) {
  const Impairments& it = impairments_;
  if (now >= it.outage_begins && now < it.outage_ends) return true;
  is_in_burst_ = is_in_burst_ ? !chance(it.burst_ends) : chance(it.burst_begins);
  return is_in_burst_ || chance(it.loss);
}

void Link::damage(Bytes& packet) {
  if (chance(impairments_.corruption)) {
    const std::size_t bit = random_() % (packet.size() * 8);
    packet[bit / 8] ^= std::uint8_t(1u << bit % 8);
  }
  if (chance(impairments_.truncation)) packet.resize(random_() % packet.size());
}

void Link::carry(Instant now, Bytes packet, std::vector<Carried>& into) {
  const Impairments& it = impairments_;
  if (is_lost(now) || is_too_big(packet)) return;
  Instant at = now;
  if (it.bits_per_second != 0) {
    sent_at_ = std::max(sent_at_, now);
    const auto queued = std::uint64_t((sent_at_ - now).count()) * it.bits_per_second / 8 / 1'000'000'000;
    if (queued + packet.size() > it.queue_bytes) return;
    if (queued > it.mark_above) mark_congestion(packet);
    sent_at_ += Duration(std::int64_t(packet.size() * 8 * 1'000'000'000 / it.bits_per_second));
    at = sent_at_;
  }
  if (chance(it.marking)) mark_congestion(packet);
  at = std::max(at + it.delay + up_to(it.jitter), last_at_);
  if (chance(it.reorder)) {
    at += up_to(it.held_back);
  } else {
    last_at_ = at;
  }
  if (chance(it.duplication)) into.push_back({at + up_to(it.held_back), packet});
  damage(packet);
  into.push_back({at, std::move(packet)});
}

}  // namespace poise::l7::tcp
