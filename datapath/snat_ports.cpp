#include "datapath/snat_ports.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <span>

namespace poise::datapath {
namespace {

constexpr std::uint32_t free_ports_tried =
    32;  // ports that hash to this worker, looked up in the flow table, per address
constexpr std::size_t addresses_tried = 4;

struct Search {
  Worker& worker;
  ServerEnd server;
  std::uint16_t port_first, port_last;
};

std::optional<std::uint16_t> choose_port(const Search& search, const IpAddr& local) {
  Worker& worker = search.worker;
  const Steering& steering = *worker.tables->steering;
  FlowKey reply{search.server.address, local, search.server.port, 0, search.server.protocol};
  const bool by_port = search.server.protocol == IPPROTO_TCP || search.server.protocol == IPPROTO_UDP;
  const std::uint32_t base = steering.hash(reply, by_port);
  const std::uint32_t range = std::uint32_t(search.port_last - search.port_first) + 1;
  std::uint32_t offset = std::uint32_t(next_random(worker) % range);
  const auto most = std::uint32_t(std::min<std::size_t>(range, free_ports_tried * steering.workers() * 2));
  for (std::uint32_t tried = 0; tried < most; ++tried, offset = offset + 1 == range ? 0 : offset + 1) {
    const auto port = std::uint16_t(search.port_first + offset);
    if (by_port && steering.workers() > 1 &&
        steering.owner_of_hash(base ^ steering.destination_port_term(local.is_v4(), port)) != worker.id)
      continue;
    // A ping's answer is steered by its identifier, see owner_of.
    if (!by_port && port % steering.workers() != worker.id.value) continue;
    reply.destination_port = port;
    if (!worker.flows.find(reply, worker.flows.hash(reply)).flow.valid()) return port;
  }
  return std::nullopt;
}

}  // namespace

std::optional<LocalEnd> choose_local_end(Worker& worker, std::uint16_t snat_pool, const ServerEnd& server) {
  IpAddr of_interface;
  std::span<const IpAddr> addresses(&of_interface, 1);
  Search search{worker, server, worker.tables->own_port_first, 65535};
  if (snat_pool != 0xffff) {
    const SnatPool& pool = worker.tables->snat_pools[snat_pool];
    addresses = server.address.is_v4() ? pool.v4 : pool.v6;
    search.port_first = pool.port_first;
    search.port_last = pool.port_last;
  } else {
    const Hop* hop = find_hop(*worker.tables, server.address, 0);
    if (hop == nullptr) return std::nullopt;
    const Interface& interface = worker.tables->interfaces[hop->interface.value];
    // A link-local source would not reach past the gateway.
    const bool by_server = hop->on_link || (hop->gateway.is_v6() && hop->gateway.is_link_local());
    const auto own = interface.source_for(by_server ? server.address : hop->gateway);
    if (!own) return std::nullopt;
    of_interface = *own;
  }
  if (addresses.empty()) return std::nullopt;
  std::size_t next = std::size_t(next_random(worker) % addresses.size());
  for (std::size_t i = 0; i < std::min(addresses.size(), addresses_tried); ++i, next = (next + 1) % addresses.size())
    if (const auto port = choose_port(search, addresses[next])) return LocalEnd{addresses[next], *port};
  return std::nullopt;
}

}  // namespace poise::datapath
