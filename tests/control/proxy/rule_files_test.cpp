#include "control/proxy/rule_files.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "config/schema.hpp"
#include "config/types/limits.hpp"

namespace poise::control::proxy {
namespace {

class RuleFilesTest : public testing::Test {
 protected:
  RuleFilesTest() { std::filesystem::create_directories(folder_); }
  ~RuleFilesTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  std::string at(const std::string& name) const { return (folder_ / name).string(); }
  // A frontend with this member.
  ReadRuleFiles read(const std::string& member) {
    const auto config = config::parse(R"({"frontends": {"f": {"transport": "kernel", )" + member +
                                      R"(}}, "backends": {"b": {"transport": "kernel"}, "t": {"mode": "tcp"}}})");
    EXPECT_TRUE(config);
    return read_rule_files(*config);
  }

 private:
  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("poise_rule_files_" + std::to_string(::getpid()));
};

TEST_F(RuleFilesTest, are_read_with_what_is_in_them) {
  const std::string list = write("list", "a\nb\n"), page = write("page", "<html>");
  const auto read_files = read(R"("error_pages": [{"status": 503, "file": ")" + page + R"("}],
    "request_rules": [{"match": {"path": {"file": ")" +
                               list + R"("}, "host": {"file": ")" + list + R"("}}, "deny": {}}])");
  EXPECT_TRUE(read_files.errors.empty());
  EXPECT_EQ(read_files.files, (l7::RuleFiles{{list, "a\nb\n"}, {page, "<html>"}}));
}

TEST_F(RuleFilesTest, who_goes_by_a_file_that_nobody_could_read_is_closed) {
  const std::string there = write("there", "10.0.0.0/8\n");
  const auto config = config::parse(R"({"frontends": {
    "good": {"connection_rules": [{"match": {"source_file": ")" +
                                    there + R"("}, "reject": true}]},
    "bad": {"connection_rules": [{"match": {"source_file": ")" +
                                    at("none") + R"("}, "reject": true}]},
    "page": {"error_pages": [{"status": 503, "file": ")" +
                                    at("none") + R"("}]}},
    "backends": {
      "open": {"servers": {"s": {"address": "10.0.0.1"}}},
      "shut": {"servers": {"s": {"address": "10.0.0.1"}},
               "request_rules": [{"match": {"path": {"file": ")" +
                                    at("none") + R"("}}, "deny": {}}]}}})");
  ASSERT_TRUE(config);
  const config::Config closed = closed_where_unread(*config, read_rule_files(*config).files);
  EXPECT_TRUE(closed.frontends.at("good").enabled);
  EXPECT_FALSE(closed.frontends.at("bad").enabled);
  EXPECT_TRUE(closed.frontends.at("page").enabled);
  EXPECT_EQ(closed.backends.at("open").servers.at("s").state, config::ServerState::up);
  EXPECT_EQ(closed.backends.at("shut").servers.at("s").state, config::ServerState::down);
}

TEST_F(RuleFilesTest, what_is_wrong_is_named_where_the_configuration_names_the_file) {
  const auto fault = [&](const std::string& member) {
    const auto errors = read(member).errors;
    return errors.empty() ? "none" : to_string(errors[0]);
  };
  EXPECT_EQ(fault(R"("error_pages": [{"status": 503, "file": ")" + at("none") + R"("}])"),
            "frontends.f.error_pages[0].file: \"" + at("none") +
                "\" is no file: No such file or directory (write it, or name another one)");
  const std::string large = write("large", std::string(limits::answer_bytes + 1, 'a'));
  EXPECT_NE(
      fault(R"("error_pages": [{"status": 503, "file": ")" + large + R"("}])").find("65537 bytes, more than 65536"),
      std::string::npos);
  const std::string nets = write("nets", "10.0.0.0/8\n10.0.0\n");
  EXPECT_NE(fault(R"("connection_rules": [{"match": {"source_file": ")" + nets + R"("}, "reject": true}])")
                .find("source_file: in \"" + nets + "\", \"10.0.0\" is no prefix"),
            std::string::npos);
  const std::string expressions = write("expressions", "a+\n(\n");
  EXPECT_NE(fault(R"("request_rules": [{"match": {"path": {"file": ")" + expressions +
                  R"(", "file_as": "regex"}}, "deny": {}}])")
                .find("\"(\" is no regular expression"),
            std::string::npos);
  for (const auto& [text, words] :
       {std::pair("a.example x\n", "leads to \"x\", and no backend is named so"),
        std::pair("a.example\n", "leads to \"\""), std::pair("a.example t\n", "of another mode or transport")}) {
    const std::string map = write("map", text);
    EXPECT_NE(fault(R"("backend_rules": [{"map": {"key": "%[host]", "file": ")" + map + R"("}}])").find(words),
              std::string::npos)
        << words;
  }
}

TEST_F(RuleFilesTest, of_many_faults_the_first_are_told) {
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += "no prefix\n";
  const std::string nets = write("nets", lines);
  EXPECT_EQ(
      read(R"("connection_rules": [{"match": {"source_file": ")" + nets + R"("}, "reject": true}])").errors.size(),
      10u);
}

}  // namespace
}  // namespace poise::control::proxy
