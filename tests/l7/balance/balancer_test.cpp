#include "l7/balance/balancer.hpp"

#include <gtest/gtest.h>

#include "tests/l7/balance/balance_support.hpp"

namespace poise::l7::balance {
namespace {

TEST(Balancer, every_algorithm_picks_of_what_it_was_given) {
  for (const Algorithm algorithm : {Algorithm::roundrobin, Algorithm::static_rr, Algorithm::leastconn, Algorithm::first,
                                    Algorithm::hash, Algorithm::random})
    for (const HashType type : {HashType::map_based, HashType::consistent, HashType::maglev}) {
      const auto balancer = make_balancer({.algorithm = algorithm, .hash_type = type});
      EXPECT_EQ(picks(*balancer, 1), "-");
      balancer->set_servers(candidates({0, 16, 0, 16}));
      for (const auto& [letter, count] : counts(picks(*balancer, 200))) EXPECT_TRUE(letter == 'b' || letter == 'd');
    }
}

}  // namespace
}  // namespace poise::l7::balance
