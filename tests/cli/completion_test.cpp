#include "control/cli/completion.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>

#include "tests/cli/stub_server.hpp"

namespace poise::control::cli {
namespace {

std::vector<std::string> words(const std::vector<std::string>& typed, const std::string& socket) {
  Client client({.socket = socket});
  std::vector<std::string> found;
  for (const Candidate& candidate : complete(typed, client)) found.push_back(candidate.word);
  return found;
}

using Words = std::vector<std::string>;

TEST(Completion, the_command_table_completes_words_options_and_choices) {
  const std::string nowhere = "/nonexistent/api.sock";
  EXPECT_EQ(words({"conf"}, nowhere), Words{"config"});
  EXPECT_EQ(words({"config", "co"}, nowhere), (Words{"commit", "confirm"}));
  EXPECT_EQ(words({"config", "commit", ""}, nowhere), Words{":file"});
  EXPECT_EQ(words({"config", "commit", "f", "--co"}, nowhere), (Words{"--confirm", "--comment"}));
  EXPECT_EQ(words({"config", "commit", "f", ""}, nowhere), Words{});
  EXPECT_EQ(words({"explain", "t"}, nowhere), Words{"tcp"});
  EXPECT_EQ(words({"token", "create", "--role", "o"}, nowhere), Words{"operate"});
  EXPECT_EQ(words({"--socket", ""}, nowhere), Words{":file"});
  EXPECT_EQ(words({"--socket", "/x", "vers"}, nowhere), Words{"version"});
  EXPECT_EQ(words({"completion", ""}, nowhere), (Words{"bash", "zsh", "fish"}));
  EXPECT_EQ(words({"nonsense", "x"}, nowhere), Words{});
}

TEST(Completion, names_come_from_the_api_and_none_when_it_does_not_answer) {
  const StubServer server(answers({
      {"GET /v1/services", json_ok(R"([{"name":"web"},{"name":"mail"},{"name":"bad\u001b[31m"}])")},
      {"GET /v1/pools", json_ok(R"([{"name":"p","servers":[{"name":"a"},{"name":"b"}]}])")},
  }));
  EXPECT_EQ(words({"service", ""}, server.socket()), (Words{"web", "mail"}));
  EXPECT_EQ(words({"flows", "--service", "w"}, server.socket()), Words{"web"});
  EXPECT_EQ(words({"server", "drain", "p/"}, server.socket()), (Words{"p/a", "p/b"}));
  EXPECT_EQ(words({"service", ""}, "/nonexistent/api.sock"), Words{});
  const StubServer broken(answers({{"GET /v1/services", "nonsense"}}));
  EXPECT_EQ(words({"service", ""}, broken.socket()), Words{});
}

TEST(Completion, configuration_paths_open_member_by_member) {
  const StubServer server(answers({
      {"GET /v1/config?full=true", json_ok(R"({"node":{"name":"a"},"services":{"web":{}},"forwarding":true})")},
      {"GET /v1/config/services/web?full=true", json_ok(R"({"pool":"p","ports":"80"})")},
  }));
  EXPECT_EQ(words({"config", "get", ""}, server.socket()), (Words{"forwarding", "node.", "services.", ":nospace"}));
  EXPECT_EQ(words({"config", "set", "services.web.p"}, server.socket()),
            (Words{"services.web.pool", "services.web.ports"}));
  EXPECT_EQ(words({"config", "set", "services/web/poo"}, server.socket()), Words{"services/web/pool"});
}

TEST(Completion, the_bash_script_is_bash) {
  std::FILE* bash = ::popen("bash -n", "w");
  ASSERT_NE(bash, nullptr);
  const std::string script = completion_script("bash");
  ASSERT_EQ(std::fwrite(script.data(), 1, script.size(), bash), script.size());
  EXPECT_EQ(::pclose(bash), 0);
}

TEST(Completion, every_shell_has_a_script_that_asks_the_command) {
  for (const char* shell : {"bash", "zsh", "fish"})
    EXPECT_NE(completion_script(shell).find("__complete"), std::string::npos) << shell;
}

TEST(Completion, a_global_option_decides_whom_to_ask) {
  EXPECT_EQ(option_value({"--socket", "/x", "service", ""}, "--socket"), "/x");
  EXPECT_EQ(option_value({"service", ""}, "--socket"), "");
}

}  // namespace
}  // namespace poise::control::cli
