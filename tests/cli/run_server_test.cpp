#include <gtest/gtest.h>

#include "tests/cli/session.hpp"

namespace poise::control::cli {
namespace {

const char* const changed = R"({"revision":8,"changes":[]})";

// A pool whose server loses one connection each time it is looked at.
StubServer::Answer draining(int connections) {
  return [left = connections](const StubServer::Asked& asked) mutable {
    if (asked.method == "POST") return std::vector<std::string>{json_ok(changed)};
    const std::string count = std::to_string(std::max(left--, 0));
    return std::vector<std::string>{json_ok(R"({"name":"web","servers":[{"name":"a","connections":)" + count + "}]}")};
  };
}

TEST(RunServer, every_verb_is_a_post_to_the_server_of_the_pool) {
  struct Row {
    std::vector<std::string> words;
    const char *target, *body;
  };
  for (const Row& row :
       {Row{{"server", "enable", "web/a"}, "/v1/pools/web/servers/a/enable", "{}"},
        Row{{"server", "disable", "web/a", "--comment", "x"}, "/v1/pools/web/servers/a/disable?comment=x", "{}"},
        Row{{"server", "weight", "web/a", "5"}, "/v1/pools/web/servers/a/weight", "{\"weight\":5}"},
        Row{{"server", "drain", "web/a"}, "/v1/pools/web/servers/a/drain", "{}"},
        Row{{"server", "drain", "web/a", "--deadline", "30s"},
            "/v1/pools/web/servers/a/drain",
            "{\"deadline_ms\":30000}"}}) {
    Session session([](const StubServer::Asked&) { return std::vector<std::string>{json_ok(changed)}; });
    EXPECT_EQ(session.run(row.words), Exit::ok);
    const auto& asked = session.server.stop();
    ASSERT_EQ(asked.size(), 1u);
    EXPECT_EQ(asked[0].method + " " + asked[0].target, std::string("POST ") + row.target);
    EXPECT_EQ(asked[0].body, row.body);
  }
}

TEST(RunServer, a_server_is_named_by_pool_and_name) {
  Session session(answers({}));
  for (const char* name : {"web", "/a", "web/", "a/b/c"})
    EXPECT_EQ(session.run({"server", "enable", name}), Exit::usage) << name;
  EXPECT_TRUE(session.server.stop().empty());
}

TEST(RunServer, waiting_for_a_drain_shows_progress_until_no_connection_is_left) {
  Session session(draining(2));
  EXPECT_EQ(session.run({"server", "drain", "web/a", "--wait"}), Exit::ok);
  EXPECT_EQ(session.notes,
            "draining a: 2 of 2 connections left, 0ms\n"
            "draining a: 1 of 2 connections left, 1s\n"
            "a has no connections left (2s)\n");
}

TEST(RunServer, interrupting_the_wait_says_that_the_drain_goes_on) {
  Session session(draining(5));
  session.waits_before_interrupt = 2;
  EXPECT_EQ(session.run({"server", "drain", "web/a", "--wait"}), Exit::interrupted);
  EXPECT_NE(session.notes.find("poise server enable web/a"), std::string::npos);
}

TEST(RunServer, a_server_that_disappears_ends_the_wait) {
  Session session([](const StubServer::Asked& asked) {
    return std::vector<std::string>{json_ok(asked.method == "POST" ? changed : R"({"servers":[]})")};
  });
  EXPECT_EQ(session.run({"server", "drain", "web/a", "--wait"}), Exit::refused);
}

}  // namespace
}  // namespace poise::control::cli
