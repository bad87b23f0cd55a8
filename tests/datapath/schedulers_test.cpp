#include "datapath/schedulers.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <map>
#include <random>

#include "tests/datapath/compiled.hpp"

namespace poise::datapath {
namespace {

using config::Scheduler;

constexpr Scheduler all_schedulers[] = {Scheduler::rr,  Scheduler::wrr, Scheduler::lc,     Scheduler::wlc,
                                        Scheduler::sh,  Scheduler::dh,  Scheduler::maglev, Scheduler::random2,
                                        Scheduler::sed, Scheduler::nq,  Scheduler::fo,     Scheduler::ovf};

// A pool and one worker's scheduler state; servers go by their names, "sorry" and "-" (nobody) included.
struct Field {
  explicit Field(Scheduler scheduler, std::vector<std::uint16_t> weights) : Field(with_weights(scheduler, weights)) {}
  explicit Field(config::Config config) : compiled(std::move(config)) {}

  static config::Config with_weights(Scheduler scheduler, const std::vector<std::uint16_t>& weights) {
    config::Config config = one_service(weights.size(), scheduler);
    for (std::size_t i = 0; i < weights.size(); ++i)
      config.pools["web"].servers["s" + std::to_string(i)].weight = weights[i];
    return config;
  }
  ScheduleQuestion question(std::uint32_t client = 0) {
    const FlowKey key{IpAddr::v4(0xc6336400 + client), *parse_ip("203.0.113.10"), 5555, 80, IPPROTO_TCP};
    return {*compiled.tables, compiled.service("web"), compiled.states, key, random()};
  }
  std::string name_of(RealIndex real) {
    return real.value == ~0u ? "-" : compiled.tables->reals[real.value].server_name;
  }
  std::string pick(std::uint32_t client = 0) { return name_of(schedulers.pick(question(client))); }
  std::string connect(std::uint32_t client = 0) {  // as the worker does: the flow counts as a connection
    const std::string name = pick(client);
    if (name != "-") ++compiled.server(name).connections;
    return name;
  }
  std::string picks(int count) {
    std::string names;
    for (int i = 0; i < count; ++i) names += (i == 0 ? "" : " ") + pick();
    return names;
  }
  std::string connects(int count) {
    std::string names;
    for (int i = 0; i < count; ++i) names += (i == 0 ? "" : " ") + connect();
    return names;
  }
  void down(const std::string& name) { compiled.server(name).status = ServerState::down; }
  void up(const std::string& name) { compiled.server(name).status = ServerState::up; }

  Compiled compiled;
  SchedulerStates schedulers;
  std::mt19937_64 random{1};
};

TEST(Schedulers, rr_takes_servers_in_turn_and_leaves_out_those_that_take_no_flows) {
  Field field(Scheduler::rr, {1, 9, 1, 0});
  EXPECT_EQ(field.picks(5), "s0 s1 s2 s0 s1");
  field.down("s2");
  EXPECT_EQ(field.picks(3), "s0 s1 s0");
  field.compiled.server("s0").status = ServerState::draining;
  EXPECT_EQ(field.picks(2), "s1 s1");
}

TEST(Schedulers, wrr_interleaves_servers_by_weight) {
  EXPECT_EQ(Field(Scheduler::wrr, {4, 3, 2}).picks(9), "s0 s0 s1 s0 s1 s2 s0 s1 s2");
  EXPECT_EQ(Field(Scheduler::wrr, {400, 200}).picks(6), "s0 s0 s1 s0 s0 s1");
  EXPECT_EQ(Field(Scheduler::wrr, {1, 1, 1}).picks(4), "s0 s1 s2 s0");
  EXPECT_EQ(Field(Scheduler::wrr, {0, 2}).picks(3), "s1 s1 s1");
  EXPECT_EQ(Field(Scheduler::wrr, {0, 0}).picks(1), "-");
}

TEST(Schedulers, wrr_goes_on_in_proportion_when_the_heaviest_server_is_down_and_when_weights_change) {
  Field field(Scheduler::wrr, {65535, 3, 1});
  field.down("s0");
  std::map<std::string, int> counts;
  for (int i = 0; i < 400; ++i) ++counts[field.pick()];
  EXPECT_EQ(counts["s1"], 300);
  EXPECT_EQ(counts["s2"], 100);
  field.up("s0");
  field.compiled.server("s0").weight = 3;
  field.compiled.config.pools["web"].servers["s0"].weight = 4;
  field.compiled.commit();
  counts.clear();
  for (int i = 0; i < 800; ++i) ++counts[field.pick()];
  EXPECT_EQ(counts["s0"], 400);
  EXPECT_EQ(counts["s1"], 300);
  EXPECT_EQ(counts["s2"], 100);
}

TEST(Schedulers, lc_takes_the_fewest_connections_whatever_the_weight) {
  Field field(Scheduler::lc, {1, 100, 1});
  EXPECT_EQ(field.connects(6), "s0 s1 s2 s0 s1 s2");
  field.compiled.server("s1").connections = 0;
  EXPECT_EQ(field.connects(2), "s1 s1");
}

TEST(Schedulers, wlc_takes_the_fewest_connections_for_its_weight) {
  Field field(Scheduler::wlc, {1, 3});
  std::map<std::string, int> counts;
  for (int i = 0; i < 400; ++i) ++counts[field.connect()];
  EXPECT_EQ(counts["s0"], 100);
  EXPECT_EQ(counts["s1"], 300);
}

TEST(Schedulers, sed_counts_the_flow_to_come_and_so_prefers_fast_servers) {
  EXPECT_EQ(Field(Scheduler::sed, {1, 3}).connects(4), "s1 s1 s0 s1");
}

TEST(Schedulers, nq_sends_to_an_idle_server_first) {
  EXPECT_EQ(Field(Scheduler::nq, {1, 3}).connects(4), "s0 s1 s1 s1");
}

TEST(Schedulers, fo_uses_the_heaviest_server_that_is_up) {
  Field field(Scheduler::fo, {1, 3, 2});
  EXPECT_EQ(field.connects(3), "s1 s1 s1");
  field.down("s1");
  EXPECT_EQ(field.connects(2), "s2 s2");
  field.up("s1");
  EXPECT_EQ(field.connect(), "s1");
}

TEST(Schedulers, ovf_fills_the_heaviest_server_to_its_weight_and_then_the_next) {
  Field field(Scheduler::ovf, {1, 3, 2});
  EXPECT_EQ(field.connects(7), "s1 s1 s1 s2 s2 s0 -");
  field.compiled.server("s2").connections = 1;
  EXPECT_EQ(field.connect(), "s2");
}

TEST(Schedulers, random2_draws_by_weight_and_prefers_the_less_loaded) {
  Field field(Scheduler::random2, {1, 3});
  std::map<std::string, int> counts;
  for (int i = 0; i < 4000; ++i) ++counts[field.connect()];
  EXPECT_NEAR(counts["s1"], 3000, 60);
  field.compiled.server("s0").connections = 0;
  field.compiled.server("s1").connections = 1000;
  counts.clear();
  for (int i = 0; i < 400; ++i) ++counts[field.pick()];
  EXPECT_GT(counts["s0"], 120);  // drawn at least once of two times: 7 of 16
  field.down("s1");
  EXPECT_EQ(field.picks(3), "s0 s0 s0");
}

TEST(Schedulers, sh_looks_at_the_source_dh_at_the_destination_and_maglev_at_the_whole_key) {
  for (const auto scheduler : {Scheduler::sh, Scheduler::dh, Scheduler::maglev}) {
    Field field(scheduler, std::vector<std::uint16_t>(10, 1));
    std::map<std::string, int> by_source, by_port, by_destination;
    for (std::uint32_t i = 0; i < 200; ++i) {
      ScheduleQuestion question = field.question(i);
      ++by_source[field.name_of(field.schedulers.pick(question))];
      question.client.source = IpAddr::v4(1);
      question.client.source_port = std::uint16_t(i);
      ++by_port[field.name_of(field.schedulers.pick(question))];
      question.client.source_port = 1;
      question.client.destination = IpAddr::v4(i);
      ++by_destination[field.name_of(field.schedulers.pick(question))];
    }
    EXPECT_EQ(by_source.size(), scheduler == Scheduler::dh ? 1u : 10u);
    EXPECT_EQ(by_port.size(), scheduler == Scheduler::maglev ? 10u : 1u);
    EXPECT_EQ(by_destination.size(), scheduler == Scheduler::sh ? 1u : 10u);
  }
}

TEST(Schedulers, hashed_choices_follow_weights) {
  Field field(Scheduler::sh, {1, 3});
  std::map<std::string, int> counts;
  for (std::uint32_t i = 0; i < 4000; ++i) ++counts[field.pick(i)];
  EXPECT_NEAR(counts["s1"], 3000, 120);
}

TEST(Schedulers, hashed_choices_depend_on_the_secret_key) {
  Field one(Scheduler::sh, std::vector<std::uint16_t>(10, 1)), other(Scheduler::sh, std::vector<std::uint16_t>(10, 1));
  other.compiled.hash_key.octets[15] = 1;
  other.compiled.commit();
  int same = 0;
  for (std::uint32_t i = 0; i < 1000; ++i) same += one.pick(i) == other.pick(i) ? 1 : 0;
  EXPECT_LT(same, 200);
}

TEST(Schedulers, when_a_server_goes_down_only_its_own_hashed_flows_move_and_they_come_back_with_it) {
  for (const auto scheduler : {Scheduler::sh, Scheduler::maglev}) {
    Field field(scheduler, std::vector<std::uint16_t>(10, 1));
    std::vector<std::string> before;
    for (std::uint32_t i = 0; i < 1000; ++i) before.push_back(field.pick(i));
    field.down("s4");
    std::map<std::string, int> heirs;
    for (std::uint32_t i = 0; i < 1000; ++i) {
      const std::string now = field.pick(i);
      if (before[i] == "s4")
        ++heirs[now];
      else
        ASSERT_EQ(now, before[i]) << i;
    }
    EXPECT_EQ(heirs.size(), 9u);
    EXPECT_FALSE(heirs.contains("s4"));
    field.up("s4");
    for (std::uint32_t i = 0; i < 1000; ++i) ASSERT_EQ(field.pick(i), before[i]) << i;
  }
}

TEST(Schedulers, among_a_thousand_servers_the_few_that_are_up_share_hashed_flows_and_keep_them) {
  Field field(Scheduler::maglev, std::vector<std::uint16_t>(1000, 1));
  for (int i = 3; i < 1000; ++i) field.down("s" + std::to_string(i));
  std::map<std::string, int> counts;
  std::vector<std::string> before;
  for (std::uint32_t i = 0; i < 900; ++i) ++counts[before.emplace_back(field.pick(i))];
  for (const char* name : {"s0", "s1", "s2"}) EXPECT_GT(counts[name], 150) << name;
  field.down("s1");
  for (std::uint32_t i = 0; i < 900; ++i) {
    const std::string now = field.pick(i);
    EXPECT_TRUE(now == before[i] || before[i] == "s1") << i;
  }
}

TEST(Schedulers, no_scheduler_ever_returns_a_server_at_its_limit_or_one_that_takes_no_flows) {
  for (const Scheduler scheduler : all_schedulers) {
    config::Config config = Field::with_weights(scheduler, {50, 60, 70, 0, 80, 90});
    config.pools["web"].servers["s0"].connections_max = 7;
    config.pools["web"].servers["s1"].connections_max = 11;
    config.pools["web"].servers["s2"].connections_max = 1;
    config.pools["web"].servers["s4"].state = config::ServerState::down;
    config.pools["web"].servers["s5"].state = config::ServerState::drain;
    Field field(std::move(config));
    std::map<std::string, int> counts;
    for (std::uint32_t i = 0; i < 40; ++i) ++counts[field.connect(i)];
    EXPECT_EQ(counts, (std::map<std::string, int>{{"s0", 7}, {"s1", 11}, {"s2", 1}, {"-", 21}})) << int(scheduler);
  }
}

TEST(Schedulers, the_sorry_server_serves_only_when_no_other_can_and_has_limits_of_its_own) {
  for (const Scheduler scheduler : all_schedulers) {
    config::Config config = Field::with_weights(scheduler, {5, 5});
    config.pools["web"].servers["sorry"] = {*parse_ip("10.0.0.250"), {}, 1, config::ServerState::up, 2, {}};
    config.pools["web"].sorry_server = "sorry";
    Field field(std::move(config));
    for (std::uint32_t i = 0; i < 8; ++i) EXPECT_NE(field.pick(i), "sorry") << int(scheduler);
    field.down("s0");
    field.down("s1");
    EXPECT_EQ(field.connects(3), "sorry sorry -") << int(scheduler);
    field.up("s1");
    EXPECT_EQ(field.pick(), "s1") << int(scheduler);
  }
}

TEST(Schedulers, a_server_that_fails_or_is_inhibited_gets_no_new_flow) {
  for (const Scheduler scheduler : all_schedulers)
    for (const auto health : {ServerState::failed, ServerState::inhibited}) {
      Field field(scheduler, {5, 1});
      field.compiled.server("s0").health = health;
      for (std::uint32_t client = 0; client < 20; ++client) EXPECT_EQ(field.pick(client), "s1") << int(scheduler);
      field.compiled.server("s1").health = health;
      EXPECT_EQ(field.pick(), "-");
      field.compiled.server("s0").health = ServerState::healthy;
      EXPECT_EQ(field.pick(), "s0");
    }
}

// What one of two like servers gets while it starts: of its half, or as if its weight were so much smaller.
TEST(Schedulers, a_server_that_starts_slowly_gets_that_share_of_its_flows) {
  for (const Scheduler scheduler :
       {Scheduler::rr, Scheduler::wrr, Scheduler::sh, Scheduler::maglev, Scheduler::random2})
    for (const int share : {1, 64, 128, 256}) {
      Field field(scheduler, {1, 1});
      field.compiled.server("s0").share = std::uint16_t(share);
      int got = 0;
      for (std::uint32_t client = 0; client < 4000; ++client) got += field.pick(client) == "s0" ? 1 : 0;
      const double part = share / 256.0;
      EXPECT_GT(got, 2000 * part - 150) << int(scheduler) << " " << share;
      EXPECT_LT(got, 4000 * part / (1 + part) + 150) << int(scheduler) << " " << share;
    }
  Field alone(Scheduler::lc, {1});
  alone.compiled.server("s0").share = 1;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(alone.pick(), "s0");
}

TEST(Schedulers, a_weight_that_its_health_check_reports_counts_instead_of_the_configured_one) {
  Field field(Scheduler::wlc, {1, 1});
  field.compiled.server("s0").weight_reported = 3;
  EXPECT_EQ(field.connects(8), "s0 s1 s0 s0 s0 s1 s0 s0");
  field.compiled.server("s0").weight_reported = 0;
  EXPECT_EQ(field.picks(3), "s1 s1 s1");
}

TEST(Schedulers, an_empty_pool_has_nobody) {
  for (const Scheduler scheduler : all_schedulers) {
    config::Config config = one_service(0, scheduler);
    config.pools["web"];
    EXPECT_EQ(Field(std::move(config)).pick(), "-") << int(scheduler);
  }
}

TEST(Schedulers, peek_answers_what_pick_would_and_remembers_nothing) {
  for (const Scheduler scheduler : all_schedulers) {
    Field field(scheduler, {3, 2, 1});
    for (std::uint32_t i = 0; i < 12; ++i) {
      const ScheduleQuestion question = field.question(i);
      const RealIndex peeked = field.schedulers.peek(question);
      ASSERT_EQ(field.schedulers.peek(question), peeked) << int(scheduler);
      ASSERT_EQ(field.schedulers.pick(question), peeked) << int(scheduler);
    }
  }
}

}  // namespace
}  // namespace poise::datapath
