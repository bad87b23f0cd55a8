#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <string>

#include "tests/cli/stub_server.hpp"

namespace poise::control::cli {
namespace {

struct Ended {
  int code = -1;
  std::string text;  // of both outputs
};

// The real command, as a shell runs it.
Ended poise(const std::string& words) {
  Ended ended;
  std::FILE* pipe = ::popen((POISE_BINARY " " + words + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return ended;
  char buffer[4096];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe)) ended.text.append(buffer, count);
  const int status = ::pclose(pipe);
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ended;
}

TEST(Main, the_exit_code_says_what_went_wrong) {
  const StubServer server(answers(
      {{"GET /v1/status", json_ok(R"({"name":"lb1"})")}, {"GET /v1/drops", problem(500, R"({"detail":"broken"})")}}));
  const std::string socket = "--socket " + server.socket();
  struct Row {
    std::string words;
    int code;
    const char* text;
  };
  for (const Row& row :
       {Row{"", 2, "Usage: poise COMMAND"}, Row{"--help", 0, "Usage: poise COMMAND"},
        Row{"servce", 2, "error: there is no command \"servce\" (did you mean \"service\"?)\n"},
        Row{"status " + socket, 0, "name  lb1\n"}, Row{"--no-color status --json " + socket, 0, "{\"name\":\"lb1\"}\n"},
        Row{"pool x " + socket, 1, "error: nothing is there\n"}, Row{"drops " + socket, 4, "error: broken\n"},
        Row{"config plan /nonexistent " + socket, 2, "error: /nonexistent: the file cannot be read"},
        Row{"--socket /nonexistent/api.sock status", 3, "error: cannot reach poised at /nonexistent/api.sock"},
        Row{"__complete --socket /nonexistent/api.sock service ''", 0, ""}, Row{"__complete demo", 0, "demo\t"},
        Row{"status " + socket + " >/dev/full", 2, ""}}) {
    const Ended ended = poise(row.words);
    EXPECT_EQ(ended.code, row.code) << row.words << ": " << ended.text;
    EXPECT_TRUE(ended.text.starts_with(row.text) || ended.text.find(row.text) != std::string::npos)
        << row.words << ": " << ended.text;
  }
}

TEST(Main, the_socket_may_come_from_the_environment) {
  const StubServer server(answers({{"GET /v1/status", json_ok(R"({"name":"lb1"})")}}));
  ::setenv("POISE_SOCKET", server.socket().c_str(), 1);
  EXPECT_EQ(poise("status").text, "name  lb1\n");
  ::unsetenv("POISE_SOCKET");
}

}  // namespace
}  // namespace poise::control::cli
