#include "control/proxy/backend_health.hpp"

#include <gtest/gtest.h>

#include "l7/stats_rows.hpp"
#include "tests/control/proxy/health_bench.hpp"

namespace poise::control::proxy {
namespace {

const std::string checked = R"("check": {"inter_ms": 2000, "fast_inter_ms": 500, "down_inter_ms": 5000})";

std::vector<std::int64_t> times_of(const HealthBench& bench, std::uint16_t port) {
  std::vector<std::int64_t> times;
  for (const auto& [of, at] : bench.begun_at)
    if (of == port) times.push_back((at - Instant(1000s)) / 1ms);
  return times;
}

TEST(BackendHealth, first_checks_are_spread_over_the_interval) {
  HealthBench bench(checked, {"", "", "", ""});
  for (std::uint16_t port = 8001; port <= 8004; ++port) bench.results[port] = HealthBench::good;
  bench.run(3s);
  for (std::uint16_t i = 0; i < 4; ++i) EXPECT_EQ(times_of(bench, std::uint16_t(8001 + i))[0], 500 * i);
  EXPECT_EQ(times_of(bench, 8001)[1], 2000);
}

TEST(BackendHealth, a_dead_server_is_down_after_the_first_check_and_up_after_two_good_ones) {
  HealthBench bench(checked, {"", ""});
  bench.results[8001] = {.status = HealthBench::Status::l4_connection, .description = "Connection refused"};
  bench.results[8002] = HealthBench::good;
  bench.run(1500ms);
  EXPECT_FALSE(bench.state("s1").is_up);
  EXPECT_TRUE(bench.state("s2").is_up);
  EXPECT_EQ(bench.lines(),
            "Server b/s1 is DOWN, reason: Layer4 connection problem, info: \"Connection refused\", check duration: "
            "0ms. 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.\n");
  bench.results[8001] = HealthBench::good;
  bench.run(3600ms);
  EXPECT_FALSE(bench.state("s1").is_up);
  bench.run(500ms);
  EXPECT_TRUE(bench.state("s1").is_up);
  EXPECT_EQ(times_of(bench, 8001), (std::vector<std::int64_t>{0, 5000, 5500})) << "downinter, then fastinter";
  EXPECT_NE(bench.lines().find("Server b/s1 is UP, reason: Layer4 check passed"), std::string::npos);
}

TEST(BackendHealth, the_proxies_are_told_and_balance_anew) {
  HealthBench bench(checked, {""});
  const std::uint32_t generation = bench.states.backend("b")->generation;
  const std::uint32_t changes = *bench.states.health_changes();
  bench.results[8001] = HealthBench::bad;
  bench.run(1s);
  EXPECT_GT(bench.states.backend("b")->generation, generation);
  EXPECT_GT(*bench.states.health_changes(), changes);
  EXPECT_GT(bench.wakes, 0);
}

TEST(BackendHealth, a_backend_without_servers_says_so_once) {
  HealthBench bench(checked, {"", R"("backup": true)"});
  bench.results[8001] = bench.results[8002] = HealthBench::bad;
  bench.run(4s);
  const std::string lines = bench.lines();
  EXPECT_NE(lines.find("0 active and 1 backup servers left. Running on backup."), std::string::npos) << lines;
  const std::string last = "backend b has no server available!\n";
  EXPECT_EQ(lines.find(last), lines.size() - last.size()) << lines;
  EXPECT_EQ(bench.states.backend("b")->changes.downs.read(), 1u);
  EXPECT_TRUE(bench.states.backend("b")->changes.is_down);
}

TEST(BackendHealth, what_the_statistics_show_is_what_checks_found) {
  HealthBench bench(checked, {""});
  bench.results[8001] = HealthBench::good;
  bench.run(100ms);
  bench.results[8001] = {.status = HealthBench::Status::l7_status, .code = 503, .description = "No", .took = 7ms};
  bench.run(2s);
  auto rows = l7::stats_rows(*bench.tables, bench.now);
  EXPECT_EQ(rows[0].status, "UP 2/3");
  EXPECT_EQ(rows[0].check_status, "L7STS");
  EXPECT_EQ(rows[0].check_code, 503u);
  EXPECT_EQ(rows[0].check_ms, 7u);
  EXPECT_EQ(rows[0].check_output, "No");
  EXPECT_EQ(rows[0].check_fails, 1u);
  EXPECT_EQ(rows[0].downs, 0u);
  bench.run(2s);
  rows = l7::stats_rows(*bench.tables, bench.now);
  EXPECT_EQ(rows[0].status, "DOWN");
  EXPECT_EQ(rows[0].downs, 1u);
  EXPECT_EQ(rows[1].status, "DOWN");
  EXPECT_EQ(rows[0].downtime_s, 1u);
}

TEST(BackendHealth, what_is_known_goes_on_across_configurations) {
  HealthBench bench(checked, {"", ""});
  bench.results[8001] = HealthBench::bad;
  bench.results[8002] = HealthBench::good;
  bench.run(1500ms);
  bench.lines();
  bench.apply(HealthBench::document(checked, {R"("weight": 7)", "", ""}));
  EXPECT_FALSE(bench.state("s1").is_up);
  EXPECT_EQ(bench.lines(), "");
  bench.apply(HealthBench::document("", {"", ""}));
  EXPECT_TRUE(bench.state("s1").is_up) << "nobody checks it any more";
  EXPECT_FALSE(bench.state("s1").is_checked);
}

TEST(BackendHealth, a_check_that_looks_elsewhere_is_begun_anew_and_the_old_one_is_nobody_s) {
  HealthBench bench(checked, {""});
  bench.health.on_deadline(bench.now);
  ASSERT_EQ(bench.begun.size(), 1u);
  const CheckId before = bench.begun[0].first;
  bench.apply(HealthBench::document(checked, {R"("port": 9001)"}));
  EXPECT_EQ(bench.cancelled, std::vector{before});
  bench.health.on_found(bench.now, {before, HealthBench::bad, ""});
  EXPECT_TRUE(bench.state("s1").is_up);
  bench.results[9001] = HealthBench::bad;
  bench.run(1s);
  EXPECT_FALSE(bench.state("s1").is_up);
  bench.apply(HealthBench::document(checked, {}));
  EXPECT_EQ(bench.health.find("b", "s1"), nullptr);
  bench.run(10s);
}

TEST(BackendHealth, servers_start_as_init_state_says) {
  struct Row {
    const char* state;
    bool is_up;
    int checks_until_turned;  // bad ones of what is up, good ones of what is down
  };
  for (const Row& row :
       {Row{"up", true, 1}, Row{"fully-up", true, 3}, Row{"down", false, 1}, Row{"fully-down", false, 2}}) {
    HealthBench bench(checked + R"(, "health": {"init_state": ")" + row.state + "\"}", {""});
    EXPECT_EQ(bench.state("s1").is_up, row.is_up) << row.state;
    bench.results[8001] = row.is_up ? HealthBench::bad : HealthBench::good;
    bench.run(30s);
    EXPECT_EQ(bench.state("s1").is_up, !row.is_up) << row.state;
    const std::int64_t times[] = {0, 500, 1000};
    const auto found = bench.state("s1").health.changes.at_ms.read() - 1'000'000;
    EXPECT_LE(found, std::uint64_t(row.state == std::string("fully-down") ? 5000 : times[row.checks_until_turned - 1]))
        << row.state;
  }
}

TEST(BackendHealth, a_tracking_server_follows_another) {
  HealthBench bench;
  nlohmann::json document = HealthBench::document(checked, {""});
  document["backends"]["a"] = {{"transport", "kernel"},
                               {"servers", {{"t", {{"address", "127.0.0.1"}, {"port", 1}, {"track", "b/s1"}}}}}};
  bench.apply(document);
  bench.results[8001] = HealthBench::bad;
  bench.run(1s);
  EXPECT_FALSE(bench.states.server("a", "t")->is_up);
  EXPECT_NE(bench.lines().find("Server a/t is DOWN via b/s1, reason: Layer4"), std::string::npos);
  bench.apply(document);
  EXPECT_FALSE(bench.states.server("a", "t")->is_up);
  bench.results[8001] = HealthBench::good;
  bench.run(10s);
  EXPECT_TRUE(bench.states.server("a", "t")->is_up);
}

TEST(BackendHealth, an_agent_says_how_its_server_is_and_what_it_can_bear) {
  HealthBench bench(R"("agent": {"port": 9})", {R"("weight": 100, "connections_max": 50)"});
  const auto says = [&](const std::string& reply) {
    bench.results[9] = {.status = HealthBench::Status::l7_ok};
    bench.replies[9] = reply;
    bench.run(2s);
  };
  says("75%\n");
  EXPECT_EQ(bench.state("s1").weight_set, 75u);
  EXPECT_TRUE(bench.state("s1").is_up);
  says("down # maintenance\n");
  EXPECT_FALSE(bench.state("s1").is_up);
  EXPECT_EQ(l7::stats_rows(*bench.tables, bench.now)[0].status, "DOWN (agent)");
  EXPECT_EQ(l7::stats_rows(*bench.tables, bench.now)[0].agent_output, "maintenance");
  says("up maxconn:20\n");
  EXPECT_TRUE(bench.state("s1").is_up);
  EXPECT_EQ(bench.state("s1").limit_set, 20u);
  says("drain\n");
  EXPECT_TRUE(bench.state("s1").is_drained);
  says("ready\n");
  EXPECT_FALSE(bench.state("s1").is_drained);
  bench.results[9] = HealthBench::bad;
  bench.run(10s);
  EXPECT_TRUE(bench.state("s1").is_up) << "an agent that can't be asked says nothing";
}

TEST(BackendHealth, sessions_that_fail_count_as_on_error_says) {
  HealthBench bench(checked + R"(, "health": {"observe": "layer7", "error_limit": 5, "on_error": "mark-down"})", {""});
  bench.results[8001] = HealthBench::good;
  bench.run(1s);
  bench.state("s1").error_limits.fetch_add(1);
  bench.run(50ms);
  EXPECT_FALSE(bench.state("s1").is_up);
  EXPECT_NE(bench.lines().find("reason: Health analyze, info: \"Detected 5 consecutive errors\""), std::string::npos);
  EXPECT_EQ(l7::stats_rows(*bench.tables, bench.now)[0].observed_failures, 1u);
  bench.run(2s);
  EXPECT_TRUE(bench.state("s1").is_up) << "the next check came after fast_inter";
}

TEST(BackendHealth, a_server_that_comes_up_starts_slowly) {
  HealthBench bench(checked + R"(, "health": {"slow_start_ms": 10000})", {""});
  bench.results[8001] = HealthBench::bad;
  bench.run(1s);
  bench.results[8001] = HealthBench::good;
  bench.run(4500ms);
  EXPECT_TRUE(bench.state("s1").is_up);
  EXPECT_EQ(bench.state("s1").weight_share, 1u);
  bench.run(5s);
  EXPECT_NEAR(bench.state("s1").weight_share, 128, 26);
  EXPECT_NEAR(double(*l7::stats_rows(*bench.tables, bench.now)[0].throttle), 50, 10);
  bench.run(6s);
  EXPECT_EQ(bench.state("s1").weight_share, 256u);
  EXPECT_EQ(l7::stats_rows(*bench.tables, bench.now)[0].throttle, std::nullopt);
}

TEST(BackendHealth, sessions_end_when_their_server_goes_down_or_a_better_one_comes_up) {
  HealthBench bench(checked, {R"("health": {"on_marked_down": "shutdown-sessions",
                                            "on_marked_up": "shutdown-backup-sessions"})",
                              R"("backup": true, "check": {"enabled": false})"});
  bench.results[8001] = HealthBench::bad;
  bench.run(1s);
  EXPECT_EQ(bench.state("s1").endings, 1u);
  EXPECT_EQ(bench.state("s1").ended_by, 'D');
  EXPECT_EQ(bench.state("s2").endings, 0u);
  bench.results[8001] = HealthBench::good;
  bench.run(10s);
  EXPECT_EQ(bench.state("s2").endings, 1u);
  EXPECT_EQ(bench.state("s2").ended_by, 'U');
}

TEST(BackendHealth, every_result_that_changes_something_is_logged_where_that_is_wanted) {
  HealthBench bench(R"("check": {"log": true})", {""});
  bench.results[8001] = HealthBench::good;
  bench.run(5s);
  EXPECT_EQ(bench.lines(),
            "Health check for server b/s1 succeeded, reason: Layer4 check passed, check duration: 0ms, status: 3/3 "
            "UP.\n");
}

}  // namespace
}  // namespace poise::control::proxy
