#include "l7/http1/response.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace poise::l7::http1 {
namespace {

class ResponseTest : public testing::Test {
 protected:
  std::optional<Refusal> refusal(const std::string& text, Method method = Method::get) {
    bytes = text;
    const auto parsed = parse_response(bytes, method, head);
    return parsed ? std::nullopt : std::optional(parsed.error());
  }
  Framing framing(const std::string& text, Method method = Method::get) {
    EXPECT_FALSE(refusal(text, method)) << text;
    return head.framing;
  }
  std::string bytes;
  ResponseHead head;
};

TEST_F(ResponseTest, a_response_is_told_apart) {
  ASSERT_FALSE(refusal("HTTP/1.1 404 Not here\r\nContent-Length: 5\r\n\r\n"));
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(text_of(bytes, head.reason), "Not here");
  EXPECT_TRUE(head.keeps_alive);
  ASSERT_FALSE(refusal("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_EQ(text_of(bytes, head.reason), "");
}

TEST_F(ResponseTest, where_the_body_ends) {
  using Kind = Framing::Kind;
  EXPECT_EQ(framing("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), (Framing{Kind::length, 5}));
  EXPECT_EQ(framing("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"), (Framing{Kind::chunked, 0}));
  EXPECT_EQ(framing("HTTP/1.1 200 OK\r\n\r\n"), (Framing{Kind::until_close, 0}));
  EXPECT_FALSE(head.keeps_alive);
  EXPECT_EQ(framing("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Method::head), Framing{});
  EXPECT_EQ(framing("HTTP/1.1 200 OK\r\n\r\n", Method::connect), Framing{});
  EXPECT_TRUE(head.keeps_alive);
  for (const char* status : {"100", "101", "103", "204", "304"})
    EXPECT_EQ(framing("HTTP/1.1 " + std::string(status) + " x\r\nContent-Length: 5\r\n\r\n"), Framing{}) << status;
  EXPECT_EQ(framing("HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n"),
            (Framing{Kind::length, 5}));
  EXPECT_TRUE(head.keeps_alive);
}

TEST_F(ResponseTest, what_could_be_read_in_two_ways_is_refused) {
  EXPECT_EQ(refusal("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
            Refusal::length_and_coding);
  EXPECT_EQ(refusal("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n"),
            Refusal::content_length_repeated);
  EXPECT_EQ(refusal("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), Refusal::coding_unknown);
  EXPECT_EQ(refusal("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), Refusal::coding_in_1_0);
  EXPECT_EQ(refusal("HTTP/1.1 200 OK\nContent-Length: 5\n\n"), Refusal::bare_line_feed);
  for (const char* line : {"HTTP/1.1 20 OK", "HTTP/1.1 2000", "HTTP/1.1 099 x", "HTTP/1.1 600 x", "HTTP/1.1 2x0 x",
                           "HTTP/1.1", "HTTP/1.1  200 OK", "HTTP/1.1\t200 OK"})
    EXPECT_EQ(refusal(std::string(line) + "\r\n\r\n"), Refusal::status_code) << line;
  EXPECT_EQ(refusal("ICY 200 OK\r\n\r\n"), Refusal::version);
  EXPECT_EQ(refusal(std::string("HTTP/1.1 200 O\0K\r\n\r\n", 20)), Refusal::field_value);
}

}  // namespace
}  // namespace poise::l7::http1
