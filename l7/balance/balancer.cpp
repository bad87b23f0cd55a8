#include "l7/balance/balancer.hpp"

#include "l7/balance/hashing.hpp"
#include "l7/balance/load.hpp"
#include "l7/balance/rotation.hpp"

namespace poise::l7::balance {
namespace {

std::unique_ptr<Balancer> make_hash(const Settings& settings) {
  if (settings.hash_type == HashType::consistent) return std::make_unique<HashRing>(settings.balance_factor);
  if (settings.hash_type == HashType::maglev) return std::make_unique<MaglevHash>(settings.balance_factor);
  return std::make_unique<HashMap>();
}

}  // namespace

std::unique_ptr<Balancer> make_balancer(const Settings& settings) {
  switch (settings.algorithm) {
    case Algorithm::roundrobin:
      break;
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
  return std::make_unique<RoundRobin>();
}

}  // namespace poise::l7::balance
