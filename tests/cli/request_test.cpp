#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "control/cli/run.hpp"

namespace poise::control::cli {
namespace {

TEST(Request, dots_or_slashes_separate_the_members_of_a_path) {
  struct Row {
    const char *typed, *path;
  };
  for (const Row& row : {Row{"", "/v1/config"}, Row{"services.web.pool", "/v1/config/services/web/pool"},
                         Row{"/services/web", "/v1/config/services/web"},
                         Row{"interfaces/lan/vlans/lan.100", "/v1/config/interfaces/lan/vlans/lan.100"},
                         Row{"a b.c?", "/v1/config/a%20b/c%3F"}, Row{"services.", "/v1/config/services"}})
    EXPECT_EQ(config_path(row.typed), row.path);
}

TEST(Request, comments_become_spaces_and_lines_and_columns_stay) {
  EXPECT_EQ(without_comments("{ // a\n  \"x\": 1 /* b\n c */ }\n"), "{     \n  \"x\": 1     \n      }\n");
  EXPECT_EQ(without_comments("{\"url\": \"http://a/*b*/\", \"q\": \"\\\"//\"}"),
            "{\"url\": \"http://a/*b*/\", \"q\": \"\\\"//\"}");
  EXPECT_EQ(without_comments("/"), "/");
  EXPECT_EQ(without_comments("/* open"), "       ");
  EXPECT_EQ(without_comments("\"open\\"), "\"open\\");
}

TEST(Request, a_document_that_cannot_be_read_is_a_mistake_of_usage) {
  const auto missing = read_document("/nonexistent/poise.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().exit, Exit::usage);
  EXPECT_FALSE(read_document("/"));
}

TEST(Request, options_become_query_members_and_times_whole_seconds) {
  const Command command{.words = "x",
                        .help = "",
                        .arguments = {{.name = "NAME"},
                                      {.name = "--limit", .query = "limit"},
                                      {.name = "--for", .kind = Kind::duration, .query = "seconds"}},
                        .path = "/v1/flows/{NAME}/end"};
  EXPECT_EQ(request_path({&command, {}}), "/v1/flows/end");
  EXPECT_EQ(request_path({&command, {{"NAME", "a b"}, {"--limit", "1&2"}, {"--for", "1500ms"}}}),
            "/v1/flows/a%20b/end?limit=1%262&seconds=2");
  EXPECT_EQ(change_query({&command, {{"--confirm", "1m"}, {"--comment", "a b"}, {"--dry-run", "true"}}}),
            "?confirm_s=60&comment=a%20b&dry_run=true");
}

}  // namespace
}  // namespace poise::control::cli
