#include "datapath/service_table.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <tuple>

namespace poise::datapath {
namespace {

constexpr ServiceIndex no_service{~0u};

constexpr std::uint32_t ports_end = 65536;

bool is_any_port(const ServiceTable::Row& row) { return row.first == 0 && row.last == 65535; }

// Lower comes first: exact port, range, any port; then the protocol itself before any protocol; then a narrow range
// before a wide one.
std::tuple<int, bool, int> precedence(const ServiceTable::Row& row) {
  const int ports = row.first == row.last ? 0 : is_any_port(row) ? 2 : 1;
  return {ports, row.protocol == 0, row.last - row.first};
}

// Where a row begins to cover ports, or no longer does.
struct Edge {
  std::uint32_t port;
  std::size_t row;
  bool begins;
};

}  // namespace

ServiceTable::ServiceTable(std::span<const Row> rows) {
  std::map<IpAddr, std::vector<Row>> by_address;
  for (const Row& row : rows) by_address[row.address].push_back(row);
  slots_.resize(std::bit_ceil(std::max<std::size_t>(16, by_address.size() * 2)));
  mask_ = slots_.size() - 1;
  for (auto& [address, of_address] : by_address) {
    std::stable_sort(of_address.begin(), of_address.end(),
                     [](const Row& a, const Row& b) { return precedence(a) < precedence(b); });
    Slot slot{address, true};
    for (const std::uint8_t protocol : {IPPROTO_TCP, IPPROTO_UDP}) {
      const auto begin = std::uint32_t(segments_.size());
      append_segments(of_address, protocol);
      const auto end = std::uint32_t(segments_.size());
      (protocol == IPPROTO_TCP ? slot.tcp_begin : slot.udp_begin) = begin;
      (protocol == IPPROTO_TCP ? slot.tcp_end : slot.udp_end) = end;
    }
    for (const Row& row : of_address)
      if (row.protocol == 0 && is_any_port(row) && slot.other == no_service) slot.other = row.service;
    std::size_t i = std::hash<IpAddr>{}(address)&mask_;
    while (slots_[i].used) i = (i + 1) & mask_;
    slots_[i] = slot;
  }
}

// Cuts the rows of one protocol, in order of precedence, into disjoint segments, each with the service that wins there.
void ServiceTable::append_segments(std::span<const Row> rows, std::uint8_t protocol) {
  std::vector<Edge> edges;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].protocol != protocol && rows[i].protocol != 0) continue;
    edges.push_back({rows[i].first, i, true});
    edges.push_back({std::uint32_t(rows[i].last) + 1, i, false});
  }
  std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) { return a.port < b.port; });
  std::set<std::size_t> covering;  // rows over the ports from the present edge to the next, the winner first
  for (std::size_t i = 0; i < edges.size();) {
    const std::uint32_t port = edges[i].port;
    for (; i < edges.size() && edges[i].port == port; ++i) {
      if (edges[i].begins)
        covering.insert(edges[i].row);
      else
        covering.erase(edges[i].row);
    }
    if (covering.empty()) continue;
    const std::uint32_t next = i < edges.size() ? edges[i].port : ports_end;
    segments_.push_back({std::uint16_t(port), std::uint16_t(next - 1), rows[*covering.begin()].service});
  }
}

ServiceTable::Answer ServiceTable::find(const IpAddr& address, std::uint8_t protocol, std::uint16_t port) const {
  std::size_t i = std::hash<IpAddr>{}(address)&mask_;
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
  const Segment* after =
      std::upper_bound(begin, end, port, [](std::uint16_t p, const Segment& segment) { return p < segment.first; });
  if (after == begin || port > after[-1].last) return {Found::no_port, no_service};
  return {Found::service, after[-1].service};
}

}  // namespace poise::datapath
