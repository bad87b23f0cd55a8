#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/cli/session.hpp"

namespace poise::control::cli {
namespace {

StubServer::Answer running(const std::string& plan) {
  return answers({{"GET /v1/config", http(200, "application/json", R"({"node":{"name":"a"}})", "ETag: \"7\"\r\n")},
                  {"POST /v1/config/plan", plan},
                  {"PUT /v1/config", json_ok(R"({"revision":8,"changes":[]})")}});
}
const std::string valid = json_ok(R"({"changes":[{"kind":"update","path":"node.name","before":"a","after":"b"}]})");
const std::string invalid = problem(422, R"({"errors":[{"path":"node.nam","problem":"there is no such field"}]})");

void remove_kept(const Session& session) { ::unlink(session.errors.back().path.c_str()); }

TEST(RunConfigEdit, an_untouched_document_changes_nothing) {
  Session session(running(valid));
  EXPECT_EQ(session.run({"config", "edit"}), Exit::ok);
  EXPECT_EQ(session.out, "nothing changed\n");
  EXPECT_EQ(session.server.stop().size(), 1u);
}

TEST(RunConfigEdit, a_change_is_shown_and_committed_on_yes_against_the_revision_that_was_edited) {
  Session session(running(valid));
  session.interactive = true;
  session.editor_writes = "{\"node\":{\"name\":\"b\"}}";
  session.lines_to_type = {"y"};
  EXPECT_EQ(session.run({"config", "edit"}), Exit::ok);
  EXPECT_NE(session.notes.find("~ node.name: a -> b"), std::string::npos);
  const auto& asked = session.server.stop();
  ASSERT_EQ(asked.size(), 3u);
  EXPECT_EQ(asked[2].method, "PUT");
  EXPECT_NE(asked[2].head.find("If-Match: \"7\""), std::string::npos);
}

TEST(RunConfigEdit, no_leaves_the_document_in_a_file_and_commits_nothing) {
  Session session(running(valid));
  session.interactive = true;
  session.editor_writes = "{\"node\":{\"name\":\"b\"}}";
  session.lines_to_type = {"n", "n"};
  EXPECT_EQ(session.run({"config", "edit"}), Exit::refused);
  ASSERT_FALSE(session.errors.empty());
  EXPECT_EQ(::access(session.errors.back().path.c_str(), R_OK), 0);
  EXPECT_EQ(session.server.stop().size(), 2u);
  remove_kept(session);
}

TEST(RunConfigEdit, a_document_that_is_not_valid_can_be_edited_again) {
  Session session(running(invalid));
  session.interactive = true;
  session.editor_writes = "{\"node\":{\"nam\":\"b\"}}";
  session.lines_to_type = {"y", "n"};
  EXPECT_EQ(session.run({"config", "edit"}), Exit::refused);
  EXPECT_NE(session.notes.find("node.nam: there is no such field"), std::string::npos);
  EXPECT_EQ(session.server.stop().size(), 3u);  // the document once, two plans
  remove_kept(session);
}

TEST(RunConfigEdit, a_script_as_editor_commits_without_questions) {
  Session session(running(valid));
  session.editor_writes = "{\"node\":{\"name\":\"b\"}}";
  EXPECT_EQ(session.run({"config", "edit"}), Exit::ok);
  EXPECT_EQ(session.server.stop().size(), 3u);
}

}  // namespace
}  // namespace poise::control::cli
