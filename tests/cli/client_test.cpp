#include "control/cli/client.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/cli/stub_server.hpp"

namespace poise::control::cli {
namespace {

Client client_of(const StubServer& server) { return Client({.socket = server.socket()}); }

StubServer::Answer always(std::vector<std::string> pieces) {
  return [pieces = std::move(pieces)](const StubServer::Asked&) { return pieces; };
}

TEST(Client, an_answer_comes_with_its_status_type_and_etag) {
  StubServer server(always({http(200, "application/json", "{}", "ETag: \"7\"\r\n")}));
  const auto response = client_of(server).call({.path = "/v1/config"});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->content_type, "application/json");
  EXPECT_EQ(response->etag, "\"7\"");
  EXPECT_EQ(response->body, "{}");
}

TEST(Client, a_change_carries_its_method_body_and_condition) {
  StubServer server(always({json_ok("{}")}));
  ASSERT_TRUE(
      client_of(server).call({.method = "PUT", .path = "/v1/config/node/name", .body = "\"a\"", .if_match = "\"3\""}));
  const auto& asked = server.stop();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].method, "PUT");
  EXPECT_EQ(asked[0].target, "/v1/config/node/name");
  EXPECT_EQ(asked[0].body, "\"a\"");
  EXPECT_NE(asked[0].head.find("If-Match: \"3\""), std::string::npos);
  EXPECT_NE(asked[0].head.find("Content-Type: application/json"), std::string::npos);
}

TEST(Client, a_long_document_is_sent_without_waiting_for_100_continue) {
  StubServer server(always({json_ok("{}")}));
  const std::string document(3u << 20, 'x');
  ASSERT_TRUE(client_of(server).call({.method = "PUT", .path = "/v1/config", .body = document}));
  const auto& asked = server.stop();
  EXPECT_EQ(asked[0].body.size(), document.size());
  EXPECT_EQ(asked[0].head.find("100-continue"), std::string::npos);
}

TEST(Client, a_status_decides_the_exit_code_and_the_problem_is_told) {
  struct Row {
    int status;
    const char* body;
    Exit exit;
    const char* text;
  };
  for (const Row& row :
       {Row{422, R"({"errors":[{"path":"services.web.pool","problem":"no pool","fix":"add it"}]})", Exit::refused,
            "services.web.pool: no pool (add it)"},
        Row{404, R"({"title":"Not Found","detail":"there is no service \"x\""})", Exit::refused,
            "there is no service \"x\""},
        Row{409, R"({"title":"Conflict"})", Exit::refused, "Conflict"},
        Row{401, R"({"title":"Unauthorized"})", Exit::refused, "Unauthorized (name a token with --token-file FILE)"},
        Row{500, "oops", Exit::server, "poised answered with status 500: oops"},
        Row{503, "", Exit::server, "poised answered with status 503"},
        Row{418, R"({"errors":"not a list","detail":5})", Exit::refused,
            "poised answered with status 418: {\"errors\":\"not a list\",\"detail\":5}"}}) {
    StubServer server(always({problem(row.status, row.body)}));
    const auto response = client_of(server).call({.path = "/v1/status"});
    ASSERT_FALSE(response) << row.status;
    EXPECT_EQ(response.error().exit, row.exit) << row.status;
    ASSERT_EQ(response.error().errors.size(), 1u) << row.status;
    EXPECT_EQ(to_string(response.error().errors[0]), row.text);
  }
}

TEST(Client, all_errors_of_a_refused_document_are_kept) {
  StubServer server(always({problem(422, R"({"errors":[{"path":"a","problem":"b"},{"path":"c","problem":"d"}]})")}));
  const auto response = client_of(server).call({.path = "/"});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().errors.size(), 2u);
}

TEST(Client, a_stream_comes_piece_by_piece) {
  StubServer server(always(
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "5\r\nhello\r\n", "6\r\n world\r\n", "0\r\n\r\n"}));
  std::string all;
  const auto response = client_of(server).stream({.path = "/v1/flows"}, [&](std::string_view piece) {
    all += piece;
    return true;
  });
  ASSERT_TRUE(response);
  EXPECT_EQ(all, "hello world");
}

TEST(Client, a_stream_ends_in_good_order_when_the_reader_has_enough) {
  StubServer server(always({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"}));
  EXPECT_TRUE(client_of(server).stream({.path = "/"}, [](std::string_view) { return false; }));
}

TEST(Client, the_problem_of_a_refused_stream_does_not_reach_the_reader) {
  StubServer server(always({problem(400, R"({"errors":[{"path":"filter","problem":"syntax error"}]})")}));
  bool called = false;
  const auto response =
      client_of(server).stream({.path = "/v1/trace"}, [&](std::string_view) { return called = true; });
  ASSERT_FALSE(response);
  EXPECT_FALSE(called);
  EXPECT_EQ(to_string(response.error().errors[0]), "filter: syntax error");
}

TEST(Client, a_cut_or_senseless_answer_is_told_as_such) {
  struct Row {
    std::vector<std::string> answer;
    const char* problem;
  };
  const std::vector<Row> rows = {
      {{}, "closed the connection in the middle of its answer"},
      {{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"}, "closed the connection in the middle"},
      {{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"}, "closed the connection in the middle"},
      {{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}, "did not answer properly"},
      {{"SSH-2.0-OpenSSH_9.2\r\n"}, "did not answer in HTTP"}};
  for (const Row& row : rows) {
    StubServer server(always(row.answer));
    const auto response = client_of(server).call({.path = "/v1/status"});
    ASSERT_FALSE(response) << row.problem;
    EXPECT_EQ(response.error().exit, Exit::unreachable);
    EXPECT_NE(to_string(response.error().errors[0]).find(row.problem), std::string::npos)
        << to_string(response.error().errors[0]);
  }
}

TEST(Client, a_socket_that_is_not_there_says_what_to_try) {
  const auto response = Client({.socket = "/nonexistent/api.sock"}).call({.path = "/v1/status"});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().exit, Exit::unreachable);
  EXPECT_EQ(
      to_string(response.error().errors[0]),
      "cannot reach poised at /nonexistent/api.sock: no such file (is poised running? try: systemctl status poised)");
}

TEST(Client, a_socket_that_nobody_listens_on_says_so) {
  const std::string path = testing::TempDir() + "poise_client_test_nobody.sock";
  std::ofstream(path) << "";
  const auto response = Client({.socket = path}).call({.path = "/v1/status"});
  ::unlink(path.c_str());
  ASSERT_FALSE(response);
  EXPECT_NE(to_string(response.error().errors[0]).find("nobody listens there"), std::string::npos);
}

TEST(Client, a_url_must_be_https_and_a_token_file_readable) {
  EXPECT_EQ(Client({.url = "http://192.0.2.1"}).call({.path = "/"}).error().exit, Exit::usage);
  EXPECT_EQ(Client({.url = "https://127.0.0.1:1", .token_file = "/nonexistent/token"}).call({.path = "/"}).error().exit,
            Exit::usage);
}

TEST(Client, the_token_travels_as_a_bearer_token) {
  const std::string path = testing::TempDir() + "poise_client_test_token";
  std::ofstream(path) << "secret\r\nsecond line\n";
  StubServer server(always({json_ok("{}")}));
  ASSERT_TRUE(Client({.socket = server.socket(), .token_file = path}).call({.path = "/"}));
  ::unlink(path.c_str());
  EXPECT_NE(server.stop()[0].head.find("Authorization: Bearer secret"), std::string::npos);
}

TEST(Client, an_interrupt_ends_a_stream_at_once) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  int gate[2];
  ASSERT_EQ(::pipe(gate), 0);
  StubServer server([&](const StubServer::Asked&) {
    char byte;
    EXPECT_EQ(::read(gate[0], &byte, 1), 1);  // silent until the test is over
    return std::vector<std::string>{};
  });
  ASSERT_EQ(::write(ends[1], "", 1), 1);
  const auto response =
      Client({.socket = server.socket()}, ends[0]).stream({.path = "/v1/events"}, [](std::string_view) {
        return true;
      });
  ASSERT_EQ(::write(gate[1], "", 1), 1);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().exit, Exit::interrupted);
  EXPECT_TRUE(response.error().errors.empty());
  server.stop();
  for (const int file : {ends[0], ends[1], gate[0], gate[1]}) ::close(file);
}

TEST(Client, a_silent_poised_is_given_up_after_the_time_of_the_request) {
  int gate[2];
  ASSERT_EQ(::pipe(gate), 0);
  StubServer server([&](const StubServer::Asked&) {
    char byte;
    EXPECT_EQ(::read(gate[0], &byte, 1), 1);
    return std::vector<std::string>{};
  });
  const auto response = client_of(server).call({.path = "/", .timeout = std::chrono::milliseconds(50)});
  ASSERT_EQ(::write(gate[1], "", 1), 1);
  ASSERT_FALSE(response);
  EXPECT_NE(to_string(response.error().errors[0]).find("no answer in time"), std::string::npos);
  server.stop();
  ::close(gate[0]);
  ::close(gate[1]);
}

}  // namespace
}  // namespace poise::control::cli
