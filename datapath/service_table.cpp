#include "datapath/service_table.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <bit>
#include <map>
#include <set>

namespace poise::datapath {
namespace {

constexpr ServiceIndex no_service{~0u};

// The narrower of two rows that cover a port wins: exact before range before any.
bool is_narrower(const ServiceTable::Row& a, const ServiceTable::Row& b) { return a.last - a.first < b.last - b.first; }

}  // namespace

ServiceTable::ServiceTable(std::span<const Row> rows) {
  std::map<IpAddr, std::vector<Row>> by_address;
  for (const Row& row : rows) by_address[row.address].push_back(row);
  slots_.resize(std::bit_ceil(std::max<std::size_t>(16, by_address.size() * 2)));
  mask_ = slots_.size() - 1;
  for (const auto& [address, of_address] : by_address) {
    Slot slot{address, true};
    for (const std::uint8_t protocol : {IPPROTO_TCP, IPPROTO_UDP}) {
      const auto begin = std::uint32_t(segments_.size());
      append_segments(of_address, protocol);
      const auto end = std::uint32_t(segments_.size());
      (protocol == IPPROTO_TCP ? slot.tcp_begin : slot.udp_begin) = begin;
      (protocol == IPPROTO_TCP ? slot.tcp_end : slot.udp_end) = end;
    }
    for (const Row& row : of_address)
      if (row.protocol == 0) slot.other = row.service;
    std::size_t i = std::hash<IpAddr>{}(address) & mask_;
    while (slots_[i].used) i = (i + 1) & mask_;
    slots_[i] = slot;
  }
}

// Cuts the rows of one protocol into disjoint segments, each with the service that wins there.
void ServiceTable::append_segments(std::span<const Row> rows, std::uint8_t protocol) {
  std::set<std::uint32_t> edges;  // where a segment may begin
  for (const Row& row : rows) {
    if (row.protocol != protocol && row.protocol != 0) continue;
    edges.insert(row.first);
    edges.insert(std::uint32_t(row.last) + 1);
  }
  for (auto edge = edges.begin(); edge != edges.end() && std::next(edge) != edges.end(); ++edge) {
    const Row* best = nullptr;
    for (const Row& row : rows) {
      const bool covers = (row.protocol == protocol || row.protocol == 0) && row.first <= *edge && *edge <= row.last;
      if (!covers) continue;
      const bool better = best == nullptr || (best->protocol == 0 && row.protocol != 0) ||
                          ((best->protocol == 0) == (row.protocol == 0) && is_narrower(row, *best));
      if (better) best = &row;
    }
    if (best != nullptr) segments_.push_back({std::uint16_t(*edge), std::uint16_t(*std::next(edge) - 1), best->service});
  }
}

ServiceTable::Answer ServiceTable::find(const IpAddr& address, std::uint8_t protocol, std::uint16_t port) const {
  std::size_t i = std::hash<IpAddr>{}(address) & mask_;
  while (slots_[i].used && slots_[i].address != address) i = (i + 1) & mask_;
  const Slot& slot = slots_[i];
  if (!slot.used) return {};
  const bool tcp = protocol == IPPROTO_TCP;
  if (!tcp && protocol != IPPROTO_UDP) {
    const bool icmp = protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
    return icmp || slot.other == no_service ? Answer{Found::no_port, no_service} : Answer{Found::service, slot.other};
  }
  const Segment* begin = segments_.data() + (tcp ? slot.tcp_begin : slot.udp_begin);
  const Segment* end = segments_.data() + (tcp ? slot.tcp_end : slot.udp_end);
  const Segment* after = std::upper_bound(begin, end, port, [](std::uint16_t p, const Segment& segment) { return p < segment.first; });
  if (after == begin || port > after[-1].last) return {Found::no_port, no_service};
  return {Found::service, after[-1].service};
}

}  // namespace poise::datapath
