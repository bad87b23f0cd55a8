#include <gtest/gtest.h>

#include "tests/cli/session.hpp"

namespace poise::control::cli {
namespace {

const char* const server_now = R"({"name":"a","status":"DRAIN","weight":5,"sessions":3})";

// A backend whose server loses one session each time it is looked at.
StubServer::Answer draining(int sessions) {
  return [left = sessions](const StubServer::Asked& asked) mutable {
    if (asked.method == "POST") return std::vector<std::string>{json_ok(server_now)};
    const std::string count = std::to_string(std::max(left--, 0));
    return std::vector<std::string>{json_ok(R"({"name":"web","servers":[{"name":"a","sessions":)" + count + "}]}")};
  };
}

TEST(RunBackendServer, every_verb_is_a_post_to_the_server_of_the_backend) {
  struct Row {
    std::vector<std::string> words;
    const char *target, *body;
  };
  for (const Row& row :
       {Row{{"drain", "web/a"}, "state", R"({"state":"drain"})"},
        Row{{"drain", "web/a", "--deadline", "30s"}, "state", R"({"deadline_ms":30000,"state":"drain"})"},
        Row{{"maint", "web/a"}, "state", R"({"state":"maint"})"},
        Row{{"ready", "web/a"}, "state", R"({"state":"ready"})"},
        Row{{"weight", "web/a", "5"}, "weight", R"({"weight":5})"},
        Row{{"weight", "web/a", "50%"}, "weight", R"({"percent":50})"},
        Row{{"weight", "web/a", "configured"}, "weight", R"({"weight":null})"},
        Row{{"health", "web/a", "stopping"}, "health", R"({"health":"stopping"})"},
        Row{{"health", "web/a", "off"}, "health", R"({"checks":false})"},
        Row{{"agent", "web/a", "up"}, "agent", R"({"agent":"up"})"},
        Row{{"agent", "web/a", "on"}, "agent", R"({"checks":true})"}}) {
    Session session([](const StubServer::Asked&) { return std::vector<std::string>{json_ok(server_now)}; });
    std::vector<std::string> words{"backend-server"};
    words.insert(words.end(), row.words.begin(), row.words.end());
    EXPECT_EQ(session.run(words), Exit::ok);
    EXPECT_EQ(session.out, "web/a is DRAIN, weight 5, 3 sessions\n");
    const auto& asked = session.server.stop();
    ASSERT_EQ(asked.size(), 1u);
    EXPECT_EQ(asked[0].method + " " + asked[0].target, std::string("POST /v1/backends/web/servers/a/") + row.target);
    EXPECT_EQ(asked[0].body, row.body);
  }
}

TEST(RunBackendServer, what_names_no_server_or_is_no_weight_is_not_asked_for) {
  Session session(answers({}));
  for (const char* name : {"web", "/a", "web/", "a/b/c"})
    EXPECT_EQ(session.run({"backend-server", "ready", name}), Exit::usage) << name;
  for (const char* weight : {"", "%", "-1", "1e9", "heavy"})
    EXPECT_EQ(session.run({"backend-server", "weight", "web/a", weight}), Exit::usage) << weight;
  EXPECT_TRUE(session.server.stop().empty());
}

TEST(RunBackendServer, waiting_for_a_drain_shows_progress_until_no_session_is_left) {
  Session session(draining(2));
  EXPECT_EQ(session.run({"backend-server", "drain", "web/a", "--wait"}), Exit::ok);
  EXPECT_EQ(session.notes,
            "draining a: 2 of 2 sessions left, 0ms\n"
            "draining a: 1 of 2 sessions left, 1s\n"
            "a has no sessions left (2s)\n");
}

TEST(RunBackendServer, interrupting_the_wait_says_that_the_drain_goes_on) {
  Session session(draining(5));
  session.waits_before_interrupt = 2;
  EXPECT_EQ(session.run({"backend-server", "drain", "web/a", "--wait"}), Exit::interrupted);
  EXPECT_NE(session.notes.find("poise backend-server ready web/a"), std::string::npos);
}

TEST(RunBackendServer, a_server_that_disappears_ends_the_wait) {
  Session session([](const StubServer::Asked& asked) {
    return std::vector<std::string>{json_ok(asked.method == "POST" ? server_now : R"({"servers":[]})")};
  });
  EXPECT_EQ(session.run({"backend-server", "drain", "web/a", "--wait"}), Exit::refused);
}

}  // namespace
}  // namespace poise::control::cli
