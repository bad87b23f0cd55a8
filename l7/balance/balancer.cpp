#include "l7/balance/balancer.hpp"

#include "config/types/result.hpp"
#include "l7/balance/consistent_hash.hpp"
#include "l7/balance/first.hpp"
#include "l7/balance/least_connections.hpp"
#include "l7/balance/maglev_hash.hpp"
#include "l7/balance/map_hash.hpp"
#include "l7/balance/random_draws.hpp"
#include "l7/balance/round_robin.hpp"
#include "l7/balance/static_round_robin.hpp"

namespace poise::l7::balance {
namespace {

std::unique_ptr<Balancer> make_hash(const Settings& settings) {
  switch (settings.hash_type) {
    case HashType::map_based:
      return std::make_unique<MapHash>();
    case HashType::consistent:
      return std::make_unique<ConsistentHash>(settings.balance_factor);
    case HashType::maglev:
      return std::make_unique<MaglevHash>(settings.balance_factor);
  }
  die(std::source_location::current());
}

}  // namespace

std::unique_ptr<Balancer> make_balancer(const Settings& settings) {
  ensure(settings.random_draws > 0);
  ensure(settings.balance_factor == 0 || settings.balance_factor > 100);
  switch (settings.algorithm) {
    case Algorithm::roundrobin:
      return std::make_unique<RoundRobin>();
    case Algorithm::static_rr:
      return std::make_unique<StaticRoundRobin>();
    case Algorithm::leastconn:
      return std::make_unique<LeastConnections>();
    case Algorithm::first:
      return std::make_unique<First>();
    case Algorithm::hash:
      return make_hash(settings);
    case Algorithm::random:
      return std::make_unique<RandomDraws>(settings.random_draws);
  }
  die(std::source_location::current());
}

void ensure_valid(std::span<const Candidate> candidates) {
  ensure(candidates.size() <= servers_max);
  for (std::size_t at = 0; at < candidates.size(); ++at) {
    ensure(candidates[at].weight > 0 && candidates[at].weight <= weight_max);
    ensure(at == 0 || candidates[at - 1].id < candidates[at].id);
  }
}

}  // namespace poise::l7::balance
