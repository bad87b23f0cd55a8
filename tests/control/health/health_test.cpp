#include "control/health/health.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/schema.hpp"

namespace poise::control::health {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

json document() {
  return json::parse(R"({
    "pools": {"web": {"checks": {"ping": {"kind": "icmp"}},
                      "servers": {"a": {"address": "10.0.0.1"}, "b": {"address": "10.0.0.2"}}}}})");
}

// Health, with servers that answer as a test says.
struct Bench {
  explicit Bench(const json& wanted = document()) { apply(wanted); }

  void apply(const json& wanted) {
    const auto config = config::from_json(wanted);
    ensure(config.has_value());
    health.apply(now, *config);
  }
  void change(const char* merge_patch) {
    current.merge_patch(json::parse(merge_patch));
    apply(current);
  }
  // Time passes; probes are answered at once, by address.
  void pass(Duration time) {
    for (const Instant end = now + time; now < end;) {
      now = std::min(end, std::max(now, health.deadline()));
      health.on_deadline(now);
      for (const auto& [id, plan] : std::exchange(asked, {})) {
        const std::string address = to_string(plan->target.address);
        probes.push_back(address);
        const auto weight = weights.contains(address) ? std::optional(weights[address]) : std::nullopt;
        health.on_verdict(now, id, {!failing.contains(address), failing.contains(address) ? "silent" : "", weight});
      }
      if (now < end && health.deadline() > end) now = end;
    }
  }
  // "a healthy, b failed": what the workers were told.
  std::string told() const {
    std::string text;
    for (const auto& [name, health_of] : shown) {
      const char* use[] = {"healthy", "inhibited", "failed"};
      text += (text.empty() ? "" : ", ") + name + " " + use[int(health_of.use)];
    }
    return text;
  }
  std::vector<std::string> take_changes() { return std::exchange(changes, {}); }

  Instant now{1000s};
  json current = document();
  std::set<std::string> failing;
  std::map<std::string, std::uint16_t> weights;
  std::vector<std::pair<TargetId, std::shared_ptr<const Plan>>> asked;
  std::vector<std::string> probes, changes;
  std::set<TargetId> cancelled;
  std::map<std::string, ServerHealth> shown;
  bool tcp = false;
  Health health{{[this](config::CheckKind kind) { return tcp || kind != config::CheckKind::tcp; },
                 [this](TargetId id, const auto& plan) { asked.emplace_back(id, plan); },
                 [this](TargetId id) { cancelled.insert(id); },
                 [this](const std::string& pool, const std::string& server, const ServerHealth& what) {
                   shown[pool == "web" ? server : pool + "/" + server] = what;
                 },
                 [this](const Change& change) {
                   changes.push_back((change.server.empty() ? "pool " + change.pool : change.server) +
                                     (change.is_up ? " up" : " down") +
                                     (change.reason.empty() ? "" : ": " + change.reason));
                 }}};
};
using Lines = std::vector<std::string>;

TEST(Health, servers_are_down_until_their_first_probe_passes) {
  Bench bench;
  EXPECT_EQ(bench.told(), "a failed, b failed");
  bench.failing = {"10.0.0.2"};
  bench.pass(10ms);
  EXPECT_EQ(bench.told(), "a healthy, b failed");
  EXPECT_EQ(bench.take_changes(), (Lines{"a up", "pool web up: weight 1"}));
  bench.failing = {"10.0.0.1"};
  bench.pass(10s);
  EXPECT_EQ(bench.told(), "a failed, b healthy");
  EXPECT_EQ(bench.take_changes(), (Lines{"b up", "a down: silent"}));
}

TEST(Health, servers_without_checks_and_those_told_so_begin_healthy) {
  Bench bench;
  bench.change(R"({"pools": {"web": {"checks": null}}})");
  EXPECT_EQ(bench.told(), "a healthy, b healthy");
  bench.change(R"({"pools": {"two": {"checks": {"ping": {"kind": "icmp", "initial_state": "up"}},
                                     "servers": {"c": {"address": "10.0.0.3"}}}}})");
  EXPECT_EQ(bench.told(), "a healthy, b healthy, two/c healthy");
  EXPECT_TRUE(bench.health.find_pool("two")->state.has_quorum);
}

TEST(Health, all_checks_of_a_server_must_pass_and_it_may_have_its_own) {
  Bench bench;
  bench.change(R"({"pools": {"web": {"checks": {"other": {"kind": "icmp", "address": "10.0.0.9"}},
                                     "servers": {"b": {"checks": {"c": {"kind": "icmp", "address": "10.0.0.8"}}}}}}})");
  bench.failing = {"10.0.0.9"};
  bench.pass(10s);
  EXPECT_EQ(bench.told(), "a failed, b healthy");
  EXPECT_EQ(std::set(bench.probes.begin(), bench.probes.end()),
            (std::set<std::string>{"10.0.0.1", "10.0.0.8", "10.0.0.9"}));
}

TEST(Health, what_several_pools_look_at_alike_is_probed_once) {
  Bench bench;
  bench.change(R"({"pools": {"two": {"checks": {"p": {"kind": "icmp"}}, "servers": {"x": {"address": "10.0.0.1"}}},
                             "three": {"checks": {"p": {"kind": "icmp", "interval_ms": 500}},
                                       "servers": {"x": {"address": "10.0.0.1"}}}}})");
  EXPECT_EQ(bench.health.targets(), 3u);
  bench.failing = {"10.0.0.1"};
  bench.pass(5s);
  EXPECT_EQ(bench.told(), "a failed, b healthy, three/x failed, two/x failed");
  bench.failing = {};
  bench.pass(5s);
  EXPECT_EQ(bench.told(), "a healthy, b healthy, three/x healthy, two/x healthy");
}

TEST(Health, a_configuration_changes_no_health_by_itself) {
  Bench bench;
  bench.failing = {"10.0.0.2"};
  bench.pass(10s);
  bench.take_changes();
  const std::size_t probes = bench.probes.size();
  for (const char* patch : {R"({"pools": {"spare": {}}})", R"({"pools": {"web": {"checks": {"ping": {"fall": 9}}}}})",
                            R"({"pools": {"web": {"checks": {"ping": {"interval_ms": 250}}}}})",
                            R"({"pools": {"web": {"servers": {"a": {"weight": 7}}}}})",
                            R"({"pools": {"web": {"checks": {"more": {"kind": "icmp", "address": "10.0.0.7"}}}}})"}) {
    bench.change(patch);
    EXPECT_EQ(bench.told(), "a healthy, b failed") << patch;
  }
  EXPECT_EQ(bench.take_changes(), Lines{});
  EXPECT_EQ(bench.probes.size(), probes);
  bench.change(R"({"pools": {"web": {"servers": {"a": {"address": "10.0.0.4"}}}}})");
  EXPECT_EQ(bench.told(), "a failed, b failed");  // another server
  bench.pass(10ms);
  EXPECT_EQ(bench.told(), "a healthy, b failed");
}

TEST(Health, a_server_is_inhibited_as_it_says_else_as_its_pool_says) {
  Bench bench;
  bench.change(R"({"pools": {"web": {"inhibit_on_failure": true, "servers": {"b": {"inhibit_on_failure": false}}}}})");
  EXPECT_EQ(bench.told(), "a inhibited, b failed");
}

TEST(Health, another_port_of_the_services_is_another_target) {
  Bench bench;
  bench.change(R"({"pools": {"web": {"checks": {"ping": {"kind": "udp"}}}},
                   "services": {"s": {"address": "192.0.2.1", "protocol": "udp", "ports": 53, "pool": "web"}}})");
  const auto port = [&] {
    return bench.health.target(bench.health.find_pool("web")->servers.at("a").checks.at("ping")).plan->target.port;
  };
  EXPECT_EQ(port(), 53);
  bench.change(R"({"services": {"s": {"ports": 54}}})");
  EXPECT_EQ(port(), 54);
  EXPECT_EQ(bench.health.targets(), 2u);
}

TEST(Health, probes_that_are_not_wanted_any_more_are_cancelled) {
  Bench bench;
  bench.health.on_deadline(bench.now);
  ASSERT_EQ(bench.asked.size(), 1u);  // the other begins a little later
  bench.change(R"({"pools": {"web": {"checks": null}}})");
  EXPECT_EQ(bench.cancelled.size(), 1u);
  EXPECT_EQ(bench.health.deadline(), never);
  bench.health.on_verdict(bench.now, bench.asked[0].first, {false, "", {}});
  EXPECT_EQ(bench.told(), "a healthy, b healthy");
}

TEST(Health, first_probes_are_spread) {
  json many = document();
  for (int i = 0; i < 250; ++i) {
    const std::string name = "s" + std::to_string(i);
    many["pools"]["web"]["servers"][name] = {{"address", "10.0.1." + std::to_string(i + 1)}};
  }
  Bench bench(many);
  bench.pass(100ms);
  EXPECT_NEAR(double(bench.probes.size()), 100, 2);
  bench.pass(890ms);
  EXPECT_EQ(bench.probes.size(), 252u);
}

TEST(Health, a_kind_that_cannot_be_probed_counts_as_passed_and_is_not_run) {
  Bench bench;
  bench.change(R"({"pools": {"web": {"checks": {"ping": {"kind": "tcp", "port": 80}}}}})");
  bench.probes.clear();
  bench.pass(5s);
  EXPECT_EQ(bench.told(), "a healthy, b healthy");
  EXPECT_TRUE(bench.probes.empty());
  EXPECT_EQ(bench.health.targets_not_run(), 2u);
  bench.tcp = true;
  bench.failing = {"10.0.0.1", "10.0.0.2"};
  bench.apply(bench.current);
  bench.pass(5s);
  EXPECT_EQ(bench.told(), "a failed, b failed");
}

TEST(Health, without_a_quorum_the_sorry_server_takes_over) {
  Bench bench;
  bench.change(R"({"pools": {"web": {"quorum": 2, "sorry_server": "s",
                                     "servers": {"s": {"address": "10.0.0.3", "checks": {}}}}}})");
  bench.pass(10ms);
  EXPECT_EQ(bench.told(), "a healthy, b healthy, s healthy");
  bench.take_changes();
  bench.failing = {"10.0.0.2"};
  bench.pass(5s);
  EXPECT_EQ(bench.told(), "a inhibited, b failed, s healthy");
  EXPECT_EQ(bench.take_changes(), (Lines{"b down: silent", "pool web down: weight 1"}));
}

TEST(Health, one_that_came_up_gets_its_share_slowly) {
  Bench bench;
  bench.change(R"({"pools": {"web": {"servers": {"a": {"slow_start_ms": 1000}}}}})");
  bench.pass(10ms);
  EXPECT_EQ(bench.shown["a"].share, 1);
  EXPECT_EQ(bench.shown["b"].share, ServerHealth::share_whole);
  bench.pass(500ms);
  EXPECT_NEAR(bench.shown["a"].share, 128, 30);
  bench.change(R"({"pools": {"spare": {}}})");
  EXPECT_NEAR(bench.shown["a"].share, 128, 30);
  bench.pass(700ms);
  EXPECT_EQ(bench.shown["a"].share, ServerHealth::share_whole);
}

TEST(Health, a_program_may_say_the_weight) {
  Bench bench;
  bench.change(R"({"pools": {"web": {"checks": {"ping": null, "load": {"kind": "exec", "exec":
                  {"command": ["/bin/load"], "weight_from_exit_code": true}}}}}})");
  bench.weights = {{"10.0.0.1", 40}};
  bench.pass(10ms);
  EXPECT_EQ(bench.shown["a"].weight, 40);
  EXPECT_EQ(bench.shown["b"].weight, std::nullopt);
  bench.weights = {{"10.0.0.1", 7}};
  bench.pass(1s);
  EXPECT_EQ(bench.shown["a"].weight, 7);
}

}  // namespace
}  // namespace poise::control::health
