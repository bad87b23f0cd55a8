#include "control/health/pool_health.hpp"

#include <gtest/gtest.h>

namespace poise::control::health {
namespace {

// "h" healthy, "i" inhibited, "f" failed, and whether there is a quorum.
std::string judged(const config::Pool& pool, const std::vector<Member>& members, bool had_quorum = true) {
  const PoolState state = judge_pool(pool, members, had_quorum);
  std::string text;
  for (const ServerUse use : state.use)
    text += use == ServerUse::healthy ? 'h' : use == ServerUse::inhibited ? 'i' : 'f';
  return text + (state.has_quorum ? " quorum" : "");
}
Member member(const char* name, bool passes, std::uint32_t weight = 1) { return {name, weight, true, passes}; }

TEST(PoolHealth, a_server_that_fails_is_out_or_inhibited) {
  EXPECT_EQ(judged({}, {member("a", true), member("b", false)}), "hf quorum");
  EXPECT_EQ(judged({}, {member("a", true), {"b", 1, true, false, true}, member("c", false)}), "hif quorum");
  EXPECT_EQ(judged({}, {member("a", false)}), "f");
}

TEST(PoolHealth, the_quorum_counts_the_weight_of_healthy_servers_that_may_take_flows) {
  const config::Pool pool{.quorum = 3};
  EXPECT_EQ(judged(pool, {member("a", true, 2), member("b", true, 1)}), "hh quorum");
  EXPECT_EQ(judged(pool, {member("a", true, 2), member("b", false, 9)}), "hf");
  EXPECT_EQ(judged(pool, {{"a", 9, false, true}, member("b", true, 1)}), "hh");
  EXPECT_EQ(judged({}, {member("a", true, 0)}), "h");
}

TEST(PoolHealth, hysteresis_keeps_what_there_is) {
  const config::Pool pool{.quorum = 5, .quorum_hysteresis = 2};
  for (const auto& [weight, keeps, regains] :
       {std::tuple{7u, true, true}, {6u, true, false}, {3u, true, false}, {2u, false, false}}) {
    EXPECT_EQ(judged(pool, {member("a", true, weight)}, true), keeps ? "h quorum" : "h") << weight;
    EXPECT_EQ(judged(pool, {member("a", true, weight)}, false), regains ? "h quorum" : "h") << weight;
  }
}

TEST(PoolHealth, without_a_quorum_a_healthy_sorry_server_takes_the_flows) {
  const config::Pool pool{.sorry_server = "s", .quorum = 2};
  EXPECT_EQ(judged(pool, {member("a", true), member("b", true), member("s", true, 9)}), "hhh quorum");
  EXPECT_EQ(judged(pool, {member("a", true), member("b", false), member("s", true, 9)}), "ifh");
  EXPECT_EQ(judged(pool, {member("a", true), member("b", false), member("s", false, 9)}), "hff");
}

}  // namespace
}  // namespace poise::control::health
