#pragma once
#include <gtest/gtest.h>

#include "control/health/plan.hpp"

namespace poise::control::health {

using namespace std::chrono_literals;

// ProbeBench - one probe, told what happens, and what it wanted.
struct ProbeBench {
  explicit ProbeBench(const config::Check& check, std::uint16_t port = 80, const char* address = "10.0.0.11")
      : plan(std::make_shared<const Plan>(Target{check, *parse_ip(address), port, ""}, "node1")),
        probe(make_probe(plan)) {
    take(probe->start(now));
  }

  void connected() { take(probe->on_connected()); }
  void bytes(std::string_view text) { take(probe->on_bytes(text)); }
  void closed() { take(probe->on_closed()); }
  void failed(const std::string& reason) { take(probe->on_failed(reason)); }
  void pass(Duration time) {
    now += time;
    take(probe->on_deadline(now));
  }
  std::string take_sent() { return std::exchange(sent, ""); }
  // "passed", "failed: no answer in 1000 ms", or "" while there is no verdict.
  std::string verdict() const {
    if (!probe->verdict()) return "";
    return (probe->verdict()->passed ? "passed" : "failed: ") +
           (probe->verdict()->passed ? "" : probe->verdict()->reason);
  }

  Instant now{10s};
  std::shared_ptr<const Plan> plan;
  std::unique_ptr<Probe> probe;
  std::string sent;
  int connects = 0, closes = 0;

 private:
  void take(const Actions& actions) {
    for (const Action& action : actions) {
      if (const auto* bytes = std::get_if<SendBytes>(&action)) sent += bytes->bytes;
      connects += std::holds_alternative<Connect>(action) ? 1 : 0;
      closes += std::holds_alternative<Close>(action) ? 1 : 0;
    }
    EXPECT_EQ(closes > 0, probe->verdict().has_value() || closes > 0);
  }
};

}  // namespace poise::control::health
