#include "l7/tcp/source_ports.hpp"

#include <bit>
#include <utility>

#include "config/types/result.hpp"

namespace poise::l7::tcp {

SourcePorts::SourcePorts(ReceiveSideScaling scaling, const Limits& limits)
    : scaling_(std::move(scaling)), limits_(limits), toeplitz_(scaling_.key) {
  ensure(limits_.first <= limits_.last && std::has_single_bit(scaling_.table.size()));
}

SourcePorts::Ports* SourcePorts::ports_of(const Destination& destination) {
  const auto found = destinations_.find(destination);
  if (found != destinations_.end()) return &found->second;
  while (destinations_.size() >= limits_.destinations && !unused_.empty()) {
    const auto old = destinations_.find(unused_.back());
    unused_.pop_back();
    if (old != destinations_.end() && old->second.count == 0) destinations_.erase(old);
  }
  if (destinations_.size() >= limits_.destinations) return nullptr;
  const std::size_t ports = limits_.last - limits_.first + 1u;
  return &destinations_.try_emplace(destination, Ports{std::vector<std::uint64_t>((ports + 63) / 64)}).first->second;
}

bool SourcePorts::is_ours(const Tuple& tuple) const {
  const bool is_v4 = tuple.local.is_v4();
  const std::uint32_t hash = toeplitz_.of_addresses(tuple.remote, tuple.local) ^
                             toeplitz_.source_port_term(is_v4, tuple.remote_port) ^
                             toeplitz_.destination_port_term(is_v4, tuple.local_port);
  return queue_of(hash) == scaling_.queue;
}

std::optional<std::uint16_t> SourcePorts::take(const IpAddr& local, const IpAddr& remote, std::uint16_t remote_port,
                                               std::uint64_t random) {
  Ports* ports = ports_of({local, remote, remote_port});
  if (ports == nullptr) return std::nullopt;
  const bool is_v4 = local.is_v4();
  const std::uint32_t base = toeplitz_.of_addresses(remote, local) ^ toeplitz_.source_port_term(is_v4, remote_port);
  const std::uint32_t count = limits_.last - limits_.first + 1u;
  const auto begin = std::uint32_t(random % count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t at = (begin + i) % count;
    const std::uint64_t bit = std::uint64_t(1) << at % 64;
    const auto port = std::uint16_t(limits_.first + at);
    if ((ports->taken[at / 64] & bit) != 0) continue;
    if (queue_of(base ^ toeplitz_.destination_port_term(is_v4, port)) != scaling_.queue) continue;
    ports->taken[at / 64] |= bit;
    ++ports->count;
    return port;
  }
  return std::nullopt;
}

void SourcePorts::give_back(const Tuple& tuple) {
  const Destination destination{tuple.local, tuple.remote, tuple.remote_port};
  const auto found = destinations_.find(destination);
  ensure(found != destinations_.end());
  const std::uint32_t at = tuple.local_port - limits_.first;
  const std::uint64_t bit = std::uint64_t(1) << at % 64;
  ensure((found->second.taken[at / 64] & bit) != 0);
  found->second.taken[at / 64] &= ~bit;
  if (--found->second.count == 0 && unused_.size() < 2 * limits_.destinations) unused_.push_back(destination);
}

}  // namespace poise::l7::tcp
