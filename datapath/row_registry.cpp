#include <set>

#include "datapath/compile.hpp"

namespace poise::datapath {
namespace {

constexpr std::uint32_t no_row = ~0u;

std::string key_of(const std::string& a, const std::string& b) { return a + '\n' + b; }  // no name has a line break

}  // namespace

RowRegistry::Row* RowRegistry::Rows::claim(const std::string& key, std::size_t limit) {
  const auto [at, fresh] = by_key.try_emplace(key);
  Row& row = at->second;
  row.claimed = true;
  if (!fresh) return &row;
  if (!free.empty()) {
    row.index = free.back();
    free.pop_back();
  } else if (next < limit) {
    row.index = next++;
  } else {
    by_key.erase(at);
    return nullptr;
  }
  return &row;
}

template <class May>
bool RowRegistry::Rows::release_if(May&& may) {
  const std::size_t before = by_key.size();
  std::erase_if(by_key, [&](const auto& entry) {
    const Row& row = entry.second;
    if (row.claimed || !may(row)) return false;
    free.push_back(row.index);
    return true;
  });
  return by_key.size() != before;
}

template <class Index>
std::vector<Index> RowRegistry::Rows::unclaimed() const {
  std::vector<Index> indexes;
  for (const auto& [key, row] : by_key)
    if (!row.claimed) indexes.push_back(Index{row.index});
  return indexes;
}

std::vector<ServiceIndex> RowRegistry::removed_services() const { return services_.unclaimed<ServiceIndex>(); }
std::vector<RealIndex> RowRegistry::removed_reals() const { return reals_.unclaimed<RealIndex>(); }

ServiceIndex RowRegistry::service(const std::string& name) {
  const Row* row = services_.claim(name, limits::services);
  return {row != nullptr ? row->index : no_row};
}

ServerIndex RowRegistry::server(const std::string& pool, const std::string& server) {
  const Row* row = servers_.claim(key_of(pool, server), limits::servers);
  return {row != nullptr ? row->index : no_row};
}

RealIndex RowRegistry::real(const std::string& service, const std::string& pool, const std::string& server,
                            const std::string& end) {
  const ServiceIndex of_service = this->service(service);
  const ServerIndex of_server = this->server(pool, server);
  if (of_service.value == no_row || of_server.value == no_row) return {no_row};
  Row* row = reals_.claim(key_of(key_of(service, pool), key_of(server, end)), limits::reals);
  if (row == nullptr) return {no_row};
  row->service = of_service.value;
  row->server = of_server.value;
  return {row->index};
}

void RowRegistry::begin() {
  for (Rows* rows : {&services_, &servers_, &reals_})
    for (auto& [key, row] : rows->by_key) row.claimed = false;
}

void RowRegistry::finish(ServerStates& states) {
  has_removed_ = false;
  for (const Rows* rows : {&services_, &servers_, &reals_})
    for (const auto& [key, row] : rows->by_key) has_removed_ |= !row.claimed;
  for (const ServerIndex server : servers_.unclaimed<ServerIndex>())
    states[server].status.store(ServerState::removed, std::memory_order_relaxed);
}

bool RowRegistry::recycle(const ServerStates& states, const std::function<bool(RealIndex)>& has_flows) {
  const auto is_idle = [&](std::uint32_t server) {
    return states[ServerIndex{server}].connections.load(std::memory_order_relaxed) == 0;
  };
  bool released = reals_.release_if([&](const Row& row) {
    return is_idle(row.server) && (has_flows == nullptr || !has_flows(RealIndex{row.index}));
  });
  std::set<std::uint32_t> services_named, servers_named;  // by reals that are left
  for (const auto& [key, row] : reals_.by_key) {
    services_named.insert(row.service);
    servers_named.insert(row.server);
  }
  released |=
      servers_.release_if([&](const Row& row) { return is_idle(row.index) && !servers_named.contains(row.index); });
  released |= services_.release_if([&](const Row& row) { return !services_named.contains(row.index); });
  return released;
}

ServerIndex RowRegistry::find_server(const std::string& pool, const std::string& server) const {
  const auto found = servers_.by_key.find(key_of(pool, server));
  return {found != servers_.by_key.end() && found->second.claimed ? found->second.index : no_row};
}

}  // namespace poise::datapath
