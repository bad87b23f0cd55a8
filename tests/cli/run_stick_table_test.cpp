#include <gtest/gtest.h>

#include "tests/cli/session.hpp"

namespace poise::control::cli {
namespace {

const char* const table = R"({"name":"t","type":"ip","size":10,"entries":1,"evicted":0,"refused":0,"memory_bytes":1000,
  "store":[{"data":"gpc0"}],"list":[{"key":"192.0.2.1","use":0,"gpc0":5}]})";

TEST(RunStickTable, every_change_is_one_request) {
  struct Row {
    std::vector<std::string> words;
    const char *asked, *body, *answer, *out;
  };
  for (const Row& row : {Row{{"stick-entry", "clear", "t"},
                             "POST /v1/stick_tables/t/clear",
                             "",
                             R"({"removed":3,"in_use":1})",
                             "3 removed, 1 in use\n"},
                         Row{{"stick-entry", "clear", "t", "--key", "a/b"},
                             "DELETE /v1/stick_tables/t/entries/a%2Fb",
                             "",
                             R"({"removed":1})",
                             "1 removed\n"},
                         Row{{"stick-entry", "set", "t", "192.0.2.1", "--gpc0", "5"},
                             "POST /v1/stick_tables/t/entries/192.0.2.1",
                             R"({"gpc0":5})",
                             table,
                             ""}}) {
    Session session([&](const StubServer::Asked&) { return std::vector<std::string>{json_ok(row.answer)}; });
    EXPECT_EQ(session.run(row.words), Exit::ok);
    const auto& asked = session.server.stop();
    ASSERT_EQ(asked.size(), 1u);
    EXPECT_EQ(asked[0].method + " " + asked[0].target, row.asked);
    EXPECT_EQ(asked[0].body, row.body);
    if (*row.out != 0) {
      EXPECT_EQ(session.out, row.out);
    }
  }
}

TEST(RunStickTable, what_sets_nothing_is_refused) {
  Session session(answers({}));
  EXPECT_EQ(session.run({"stick-entry", "set", "t", "192.0.2.1"}), Exit::usage);
  EXPECT_TRUE(session.server.stop().empty());
}

}  // namespace
}  // namespace poise::control::cli
