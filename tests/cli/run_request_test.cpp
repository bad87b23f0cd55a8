#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/session.hpp"

namespace poise::control::cli {
namespace {

TEST(RunRequest, an_answer_becomes_a_table_and_with_json_stays_as_it_is) {
  Session session(answers({{"GET /v1/neighbors", json_ok(R"([{"address":"192.0.2.1","state":"reachable"}])")}}));
  EXPECT_EQ(session.run({"neighbors"}), Exit::ok);
  EXPECT_EQ(session.out, "ADDRESS    MAC  INTERFACE  STATE      AGE\n192.0.2.1  -    -          reachable    -\n");
  EXPECT_EQ(session.run({"neighbors", "--json"}), Exit::ok);
  EXPECT_EQ(session.out, "[{\"address\":\"192.0.2.1\",\"state\":\"reachable\"}]\n");
}

TEST(RunRequest, a_name_becomes_a_segment_of_the_path) {
  Session session(answers({{"GET /v1/services/a%2Fb", json_ok("[]")}, {"GET /v1/services", json_ok("[]")}}));
  EXPECT_EQ(session.run({"service", "a/b"}), Exit::ok);
  EXPECT_EQ(session.run({"service"}), Exit::ok);
  EXPECT_EQ(session.run({"service", "c"}), Exit::refused);
  EXPECT_EQ(to_string(session.errors.at(0)), "nothing is there");
}

TEST(RunRequest, packets_are_asked_of_one_virtual_router) {
  Session session(answers({{"GET /v1/vrrp/VI_1/packets", json_ok("[]")}}));
  EXPECT_EQ(session.run({"vrrp", "VI_1", "--packets"}), Exit::ok);
  EXPECT_EQ(session.out, "no packets yet\n");
  EXPECT_EQ(session.run({"vrrp", "VI_1", "--packets", "--json"}), Exit::ok);
  EXPECT_EQ(session.out, "[]\n");
  EXPECT_EQ(session.run({"vrrp", "--packets"}), Exit::usage);
}

TEST(RunRequest, an_answer_that_is_no_json_is_a_failure_of_the_server) {
  Session session(answers({{"GET /v1/status", json_ok("<html>")}}));
  EXPECT_EQ(session.run({"status"}), Exit::server);
}

TEST(RunRequest, watching_asks_again_each_second_until_interrupted) {
  Session session(answers({{"GET /v1/drops", json_ok("[]")}}));
  session.waits_before_interrupt = 3;
  EXPECT_EQ(session.run({"drops", "--watch"}), Exit::interrupted);
  EXPECT_EQ(session.out, "nothing was dropped\nnothing was dropped\nnothing was dropped\n");
  session.terminal = true;
  session.waits_before_interrupt = 1;
  EXPECT_EQ(session.run({"drops", "--watch"}), Exit::interrupted);
  EXPECT_EQ(session.out, "\x1b[H\x1b[2Jnothing was dropped\n");
}

TEST(RunRequest, explain_asks_with_the_three_words) {
  Session session(
      answers({{"POST /v1/explain", json_ok(R"({"steps":[],"reason":"no service","drop":"no_service"})")}}));
  EXPECT_EQ(session.run({"explain", "tcp", "192.0.2.7:5555", "[2001:db8::1]:80"}), Exit::ok);
  EXPECT_EQ(session.out, "dropped: no service [no_service]\n");
  EXPECT_EQ(nlohmann::json::parse(session.server.stop().at(0).body),
            (nlohmann::json{{"protocol", "tcp"}, {"source", "192.0.2.7:5555"}, {"destination", "[2001:db8::1]:80"}}));
}

TEST(RunRequest, metrics_are_printed_as_they_come) {
  Session session(answers({{"GET /metrics", http(200, "text/plain", "# TYPE a counter\na 1\n")}}));
  EXPECT_EQ(session.run({"metrics"}), Exit::ok);
  EXPECT_EQ(session.out, "# TYPE a counter\na 1\n");
}

}  // namespace
}  // namespace poise::control::cli
