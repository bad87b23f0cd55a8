#include "l7/session/answer.hpp"

#include <gtest/gtest.h>

namespace poise::l7 {
namespace {

std::string page(std::uint16_t status, const AnswerTo& to) {
  return write_answer({.status = status, .content_type = "text/html", .content = error_content(status)}, to);
}

TEST(Answer, error_pages_are_those_of_haproxy) {
  EXPECT_EQ(page(503, {}),
            "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 107\r\ncache-control: no-cache\r\ncontent-type: "
            "text/html\r\n\r\n<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this "
            "request.\n</body></html>\n");
  EXPECT_EQ(page(400, {.closes = true}),
            "HTTP/1.1 400 Bad request\r\ncontent-length: 90\r\ncache-control: no-cache\r\ncontent-type: "
            "text/html\r\nconnection: close\r\n\r\n<html><body><h1>400 Bad request</h1>\nYour browser sent an invalid "
            "request.\n</body></html>\n");
}

TEST(Answer, what_comes_before_a_request_is_written_as_haproxy_writes_it) {
  EXPECT_EQ(page(408, {.closes = true, .is_before_request = true}),
            "HTTP/1.1 408 Request Time-out\r\nContent-length: 110\r\nCache-Control: no-cache\r\nConnection: "
            "close\r\nContent-Type: text/html\r\n\r\n<html><body><h1>408 Request Time-out</h1>\nYour browser didn't "
            "send a complete request in time.\n</body></html>\n");
}

TEST(Answer, head_gets_the_length_without_the_content) {
  const std::string text = page(404, {.is_head = true});
  EXPECT_NE(text.find("content-length: 83\r\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST(Answer, a_redirect_says_where_to) {
  EXPECT_EQ(write_answer({.status = 302, .location = "/x"}, {}),
            "HTTP/1.1 302 Found\r\ncontent-length: 0\r\nlocation: /x\r\ncache-control: no-cache\r\n\r\n");
}

TEST(Answer, every_status_that_the_proxy_gives_has_a_reason) {
  for (const int status : {200, 400, 403, 408, 414, 431, 500, 501, 502, 503, 504, 505})
    EXPECT_NE(reason_of(std::uint16_t(status)), "") << status;
  EXPECT_EQ(reason_of(599), "");
  EXPECT_EQ(error_content(599), "");
}

}  // namespace
}  // namespace poise::l7
