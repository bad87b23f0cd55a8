#include "tests/config/support.hpp"

namespace poise::config {
namespace {

TEST(RulesNode, each_core_has_one_task_unless_workers_rest) {
  expect_refused({R"({"node": {"worker_cores": [1, 2, 1]}})", "node.worker_cores[2]", "core 1 is listed twice"});
  expect_refused({R"({"node": {"worker_cores": [0, 1], "polling": "busy"}})", "node.control_core",
                  "use a core that is not in node.worker_cores"});
  expect_accepted(R"({"node": {"worker_cores": [0, 1], "polling": "adaptive"}})");
  expect_accepted(R"({"node": {"worker_cores": [1, 2], "polling": "busy"}})");
}

TEST(RulesNode, an_api_on_tcp_needs_somebody_with_a_token) {
  const std::string listen = R"("listen": {"address": "0.0.0.0", "certificate": "/c.pem", "key": "/k.pem"})";
  const std::string token = R"("tokens": {"ops": {"sha256": ")" + std::string(64, 'a') + R"("}})";
  expect_refused({"{\"api\": {" + listen + "}}", "api.tokens", "nobody has a token"});
  expect_accepted("{\"api\": {" + listen + ", " + token + "}}");
  expect_accepted("{\"api\": {" + token + "}}");
  const std::string multicast = R"("listen": {"address": "ff02::1", "certificate": "/c.pem", "key": "/k.pem"})";
  expect_refused({"{\"api\": {" + multicast + ", " + token + "}}", "api.listen.address", "multicast"});
}

}  // namespace
}  // namespace poise::config
