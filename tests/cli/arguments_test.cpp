#include "control/cli/arguments.hpp"

#include <gtest/gtest.h>

namespace poise::control::cli {
namespace {

Invocation parsed(const std::vector<std::string>& words) {
  const Parsed result = parse_arguments(words);
  const auto* invocation = std::get_if<Invocation>(&result);
  const auto* mistake = std::get_if<Error>(&result);
  EXPECT_NE(invocation, nullptr) << (mistake != nullptr ? to_string(*mistake) : "help");
  return invocation != nullptr ? *invocation : Invocation{};
}

std::string mistake(const std::vector<std::string>& words) {
  const Parsed result = parse_arguments(words);
  const auto* error = std::get_if<Error>(&result);
  return error != nullptr ? to_string(*error) : "";
}

TEST(Arguments, every_command_is_found_by_its_words_and_its_arguments_arrive) {
  struct Row {
    std::vector<std::string> words;
    const char* command;
    std::map<std::string, std::string> values;
  };
  const std::vector<Row> rows = {
      {{"status"}, "status", {}},
      {{"service"}, "service", {}},
      {{"service", "web", "--watch"}, "service", {{"NAME", "web"}, {"--watch", "true"}}},
      {{"config", "get"}, "config get", {}},
      {{"config", "get", "services.web"}, "config get", {{"PATH", "services.web"}}},
      {{"config", "set", "a.b", "{\"x\": -1}"}, "config set", {{"PATH", "a.b"}, {"VALUE", "{\"x\": -1}"}}},
      {{"config", "commit", "f.json", "--confirm", "60s", "--comment", "two words"},
       "config commit",
       {{"FILE", "f.json"}, {"--confirm", "60s"}, {"--comment", "two words"}}},
      {{"config", "plan", "-"}, "config plan", {{"FILE", "-"}}},
      {{"config", "rollback"}, "config rollback", {}},
      {{"config", "rollback", "3"}, "config rollback", {{"REVISION", "3"}}},
      {{"config", "help", "services.*.scheduler"}, "config help", {{"PATH", "services.*.scheduler"}}},
      {{"server", "drain", "web/web1", "--deadline", "30s", "--wait"},
       "server drain",
       {{"POOL/SERVER", "web/web1"}, {"--deadline", "30s"}, {"--wait", "true"}}},
      {{"server", "weight", "web/web1", "5"}, "server weight", {{"POOL/SERVER", "web/web1"}, {"WEIGHT", "5"}}},
      {{"explain", "tcp", "192.0.2.1:5", "[2001:db8::1]:80"},
       "explain",
       {{"PROTOCOL", "tcp"}, {"SOURCE", "192.0.2.1:5"}, {"DESTINATION", "[2001:db8::1]:80"}}},
      {{"capture", "-w", "-", "--filter", "tcp port 80"}, "capture", {{"-w", "-"}, {"--filter", "tcp port 80"}}},
      {{"token", "create", "--role", "admin"}, "token create", {{"--role", "admin"}}},
      {{"--json", "--socket", "/a", "status"}, "status", {{"--json", "true"}, {"--socket", "/a"}}},
      {{"status", "--json", "--socket", "/a"}, "status", {{"--json", "true"}, {"--socket", "/a"}}},
      {{"config", "get", "--no-color", "node"}, "config get", {{"--no-color", "true"}, {"PATH", "node"}}},
  };
  for (const Row& row : rows) {
    const Invocation invocation = parsed(row.words);
    ASSERT_NE(invocation.command, nullptr) << row.command;
    EXPECT_EQ(invocation.command->words, row.command);
    EXPECT_EQ(invocation.values, row.values) << row.command;
  }
}

TEST(Arguments, a_mistake_says_what_to_type_instead) {
  EXPECT_EQ(mistake({"servce"}), "there is no command \"servce\" (did you mean \"service\"?)");
  EXPECT_EQ(mistake({"config", "comit", "x"}),
            "there is no command \"config comit\" (did you mean \"config commit\"?)");
  EXPECT_EQ(mistake({"--socket", "/a", "xyzzyx"}), "there is no command \"xyzzyx\" (poise --help)");
  EXPECT_EQ(mistake({"config"}), "\"poise config\" needs one more word (poise config --help)");
  EXPECT_EQ(mistake({"--json"}), "no command is named (poise --help)");
}

TEST(Arguments, values_of_the_wrong_kind_are_refused) {
  const std::vector<std::vector<std::string>> rows = {{"config", "get", "a", "b"},
                                                      {"config", "set", "a"},
                                                      {"config", "commit", "f", "--confirm", "soon"},
                                                      {"config", "show", "newest"},
                                                      {"config", "show"},
                                                      {"server", "weight", "a/b", "-1"},
                                                      {"flows", "--limit", "1.5"},
                                                      {"token", "create", "--role", "root"},
                                                      {"completion", "tcsh"},
                                                      {"status", "--no-such-option"},
                                                      {"capture", "--count"},
                                                      {"flows", "--limit", ""}};
  for (const auto& words : rows) EXPECT_NE(mistake(words), "") << words[0] << " " << words[1];
}

TEST(Arguments, help_is_for_the_deepest_command_named_even_when_arguments_are_missing) {
  struct Row {
    std::vector<std::string> words;
    const char* help;
  };
  const std::vector<Row> rows = {
      {{"--help"}, ""}, {{"config", "--help"}, "config"}, {{"config", "set", "-h"}, "config set"}};
  for (const Row& row : rows) {
    const Parsed result = parse_arguments(row.words);
    const auto* help = std::get_if<HelpWanted>(&result);
    ASSERT_NE(help, nullptr) << row.help;
    EXPECT_EQ(help->words, row.help);
  }
}

}  // namespace
}  // namespace poise::control::cli
