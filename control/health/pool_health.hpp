#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "config/model.hpp"

namespace poise::control::health {

// What the workers do with a server.
enum class ServerUse : std::uint8_t {
  healthy,
  inhibited,  // takes no new flows; those that it has go on
  failed      // takes no new flows; Service::failed_server decides about those that it has
};

// Member - a server of a pool as its rules see it.
struct Member {
  std::string_view name;
  std::uint32_t weight = 1;
  bool takes_flows = true;    // administratively
  bool passes = true;         // all its checks
  bool is_inhibited = false;  // when they do not
};

// PoolState - whether a pool has its quorum, and what becomes of each member then. Pure.
struct PoolState {
  bool has_quorum = false;
  std::uint64_t weight = 0;  // of the members that count
  std::vector<ServerUse> use;
};

// `had_quorum`: before. The sorry server is a member that never counts.
PoolState judge_pool(const config::Pool& pool, const std::vector<Member>& members, bool had_quorum);

}  // namespace poise::control::health
