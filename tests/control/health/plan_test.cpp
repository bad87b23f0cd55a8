#include "control/health/plan.hpp"

#include "tests/control/health/probe_bench.hpp"

namespace poise::control::health {
namespace {

TEST(Plan, targets_look_alike_whatever_their_times) {
  const Target target{{.kind = config::CheckKind::icmp}, *parse_ip("10.0.0.1"), 0, ""};
  Target other = target;
  other.check.interval_ms = 7;
  other.check.fall = 9;
  other.check.initial_state = config::CheckState::up;
  EXPECT_TRUE(target.looks_like(other));
  EXPECT_FALSE(target == other);
  other.check.http.path = "/other";
  EXPECT_FALSE(target.looks_like(other));
  Target elsewhere = target;
  elsewhere.port = 1;
  EXPECT_FALSE(target.looks_like(elsewhere));
}

TEST(Plan, each_kind_but_exec_has_a_machine) {
  for (const auto kind :
       {config::CheckKind::tcp, config::CheckKind::http, config::CheckKind::https, config::CheckKind::icmp,
        config::CheckKind::dns, config::CheckKind::smtp, config::CheckKind::udp, config::CheckKind::exec}) {
    const Target target{{.kind = kind}, *parse_ip("10.0.0.1"), 80, ""};
    const auto probe = make_probe(std::make_shared<const Plan>(target, "node1"));
    EXPECT_EQ(probe == nullptr, kind == config::CheckKind::exec);
  }
}

}  // namespace
}  // namespace poise::control::health
