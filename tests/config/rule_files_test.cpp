#include "config/rule_files.hpp"

#include <gtest/gtest.h>

#include "config/schema.hpp"

namespace poise::config {
namespace {

TEST(RuleFiles, are_found_wherever_rules_name_them) {
  const auto config = parse(R"({
    "frontends": {"f": {
      "connection_rules": [{"match": {"source_file": "/1"}, "reject": true}],
      "request_rules": [{"match": {"path": {"file": "/2"}, "any": [{"headers": [{"name": "a", "file": "/3", "file_as": "regex"}]}],
                         "not": [{"cookies": [{"name": "a", "file": "/4"}]}]}, "deny": {"file": "/5"}},
                        {"return": {"file": "/6"}}],
      "response_rules": [{"match": {"response_headers": [{"name": "a", "file": "/7"}]}, "deny": {"file": "/8"}}],
      "backend_rules": [{"map": {"key": "", "file": "/10"}}],
      "error_pages": [{"status": 503, "file": "/9"}]}},
    "backends": {"b": {"error_pages": [{"status": 503, "body": ""}, {"status": 502, "file": "/11"}]}}})");
  ASSERT_TRUE(config);
  using Kind = RuleFile::Kind;
  struct Row {
    Kind kind;
    const char *file, *place;
  };
  const Row rows[] = {
      {Kind::prefixes, "/1", "frontends.f.connection_rules[0].match.source_file"},
      {Kind::page, "/5", "frontends.f.request_rules[0].deny.file"},
      {Kind::values, "/2", "frontends.f.request_rules[0].match.path.file"},
      {Kind::expressions, "/3", "frontends.f.request_rules[0].match.any[0].headers[0].file"},
      {Kind::values, "/4", "frontends.f.request_rules[0].match.not[0].cookies[0].file"},
      {Kind::page, "/6", "frontends.f.request_rules[1].return.file"},
      {Kind::page, "/8", "frontends.f.response_rules[0].deny.file"},
      {Kind::values, "/7", "frontends.f.response_rules[0].match.response_headers[0].file"},
      {Kind::page, "/9", "frontends.f.error_pages[0].file"},
      {Kind::backends, "/10", "frontends.f.backend_rules[0].map.file"},
      {Kind::page, "/11", "backends.b.error_pages[1].file"},
  };
  const auto files = rule_files_of(*config);
  ASSERT_EQ(files.size(), std::size(rows));
  for (std::size_t i = 0; i < files.size(); ++i) {
    EXPECT_EQ(files[i].kind, rows[i].kind) << i;
    EXPECT_EQ(files[i].file, rows[i].file);
    EXPECT_EQ(files[i].place, rows[i].place);
  }
  EXPECT_EQ(files[9].frontend, &config->frontends.at("f"));
}

}  // namespace
}  // namespace poise::config
