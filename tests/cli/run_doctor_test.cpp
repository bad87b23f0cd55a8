#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/session.hpp"

namespace poise::control::cli {
namespace {

// The machine differs from test to test machine; only the line about poised is the same everywhere.
std::string status_of_api(Session& session) {
  session.run({"doctor", "--json"});
  return nlohmann::json::parse(session.out).back()["status"];
}

TEST(RunDoctor, poised_is_asked_for_its_health) {
  Session healthy(answers({{"GET /v1/health", json_ok("{}")}}));
  EXPECT_EQ(status_of_api(healthy), "ok");
  Session stalled(answers({{"GET /v1/health", problem(503, R"({"detail":"worker 1 is stalled"})")}}));
  EXPECT_EQ(status_of_api(stalled), "bad");
  EXPECT_EQ(stalled.run({"doctor"}), Exit::refused);
  EXPECT_NE(stalled.out.find("bad   worker 1 is stalled\n"), std::string::npos);
  Session cut([](const StubServer::Asked&) { return std::vector<std::string>{}; });
  EXPECT_EQ(status_of_api(cut), "warn");
}

}  // namespace
}  // namespace poise::control::cli
