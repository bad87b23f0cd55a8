#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/cli/session.hpp"

namespace poise::control::cli {
namespace {

const char* const changed =
    R"({"revision":8,"changes":[{"kind":"update","path":"node.name","before":"a","after":"b"}]})";

struct File {
  explicit File(const std::string& text) : path(testing::TempDir() + "poise_cli_test_document.json") {
    std::ofstream(path) << text;
  }
  ~File() { ::unlink(path.c_str()); }
  std::string path;
};

TEST(RunConfig, get_shows_json_and_a_single_string_bare) {
  Session session(answers({{"GET /v1/config", json_ok(R"({"node":{"name":"a"}})")},
                           {"GET /v1/config?full=true", json_ok(R"({"forwarding":true})")},
                           {"GET /v1/config/node/name", json_ok("\"a\"")}}));
  EXPECT_EQ(session.run({"config", "get"}), Exit::ok);
  EXPECT_EQ(session.out, "{\n  \"node\": {\n    \"name\": \"a\"\n  }\n}\n");
  session.run({"config", "get", "--full", "--json"});
  EXPECT_EQ(session.out, "{\"forwarding\":true}\n");
  session.run({"config", "get", "node.name"});
  EXPECT_EQ(session.out, "a\n");
}

TEST(RunConfig, set_sends_json_as_json_and_everything_else_as_a_string) {
  struct Row {
    const char *typed, *sent;
  };
  for (const Row& row : {Row{"maglev", "\"maglev\""}, Row{"80", "80"}, Row{"true", "true"},
                         Row{"192.0.2.1", "\"192.0.2.1\""}, Row{"1.5", "\"1.5\""}, Row{"{\"a\": [1]}", "{\"a\": [1]}"},
                         Row{"\"80\"", "\"80\""}, Row{"8000-8099", "\"8000-8099\""},
                         Row{"99999999999999999999999999999999", "\"99999999999999999999999999999999\""}}) {
    Session session(answers({{"PUT /v1/config/x/y", json_ok(changed)}}));
    EXPECT_EQ(session.run({"config", "set", "x.y", row.typed}), Exit::ok);
    EXPECT_EQ(session.server.stop().at(0).body, row.sent);
  }
}

TEST(RunConfig, a_commit_sends_the_document_without_comments_and_says_how_to_keep_it) {
  const File file("{ // mine\n}");
  Session session(answers({{"PUT /v1/config?confirm_s=60&comment=new%20pool", json_ok(changed)}}));
  EXPECT_EQ(
      session.run({"config", "commit", file.path, "--confirm", "60s", "--comment", "new pool", "--if-revision", "7"}),
      Exit::ok);
  EXPECT_EQ(session.out,
            "~ node.name: a -> b\nrevision 8 is running\nit reverts in 1m unless you type: poise config confirm\n");
  const auto& asked = session.server.stop().at(0);
  EXPECT_EQ(asked.body, "{        \n}");
  EXPECT_NE(asked.head.find("If-Match: \"7\""), std::string::npos);
}

TEST(RunConfig, a_dry_run_says_that_nothing_was_committed) {
  Session session(answers({{"DELETE /v1/config/services/web?dry_run=true", json_ok(changed)}}));
  EXPECT_EQ(session.run({"config", "delete", "services.web", "--dry-run"}), Exit::ok);
  EXPECT_EQ(session.out, "~ node.name: a -> b\nvalid; nothing was committed (--dry-run)\n");
}

TEST(RunConfig, a_refused_commit_gives_all_errors) {
  const File file("{}");
  Session session(answers(
      {{"PUT /v1/config", problem(422, R"({"errors":[{"path":"a","problem":"b"},{"path":"c","problem":"d"}]})")}}));
  EXPECT_EQ(session.run({"config", "commit", file.path}), Exit::refused);
  EXPECT_EQ(session.errors.size(), 2u);
  EXPECT_EQ(session.run({"config", "commit", "/nonexistent/file"}), Exit::usage);
}

TEST(RunConfig, plan_shows_what_would_change) {
  const File file("{}");
  Session session(answers({{"POST /v1/config/plan", json_ok(changed)}}));
  EXPECT_EQ(session.run({"config", "plan", file.path}), Exit::ok);
  EXPECT_EQ(session.out, "~ node.name: a -> b\n");
}

TEST(RunConfig, rollback_confirm_and_old_revisions_go_to_their_routes) {
  Session session(answers({{"POST /v1/config/rollback", json_ok(changed)},
                           {"POST /v1/config/confirm", json_ok("{}")},
                           {"GET /v1/revisions/3", json_ok(R"({"revision":3,"document":{"node":{}}})")}}));
  EXPECT_EQ(session.run({"config", "rollback", "5"}), Exit::ok);
  EXPECT_EQ(session.run({"config", "rollback"}), Exit::ok);
  EXPECT_EQ(session.run({"config", "confirm"}), Exit::ok);
  EXPECT_EQ(session.run({"config", "show", "3"}), Exit::ok);
  EXPECT_EQ(session.out, "{\n  \"node\": {}\n}\n");
  EXPECT_EQ(session.server.stop().at(0).body, "{\"revision\": 5}");
  EXPECT_EQ(session.server.stop().at(1).body, "{}");
}

}  // namespace
}  // namespace poise::control::cli
