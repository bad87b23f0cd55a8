#include "l7/http1/write.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace poise::l7::http1 {
namespace {

// A request as it goes on.
std::string forwarded(const std::string& bytes, std::size_t room = 4096) {
  RequestHead request;
  EXPECT_TRUE(parse_request(bytes, request)) << bytes;
  std::string to(room, ' '), target(room, ' ');
  HeadWriter writer(to);
  writer.request_line(text_of(bytes, request.method_text), origin_target(bytes, request, target));
  write_request_fields(writer, bytes, request);
  writer.end();
  return writer.is_whole() ? std::string(writer.text()) : "it is cut off";
}

std::string answered(const std::string& bytes, Method method) {
  ResponseHead response;
  EXPECT_TRUE(parse_response(bytes, method, response)) << bytes;
  std::array<char, 4096> to;
  HeadWriter writer(to);
  writer.status_line(response.status, text_of(bytes, response.reason));
  write_response_fields(writer, bytes, response);
  writer.end();
  return std::string(writer.text());
}

TEST(HeadWriter, a_request_is_written_anew) {
  EXPECT_EQ(forwarded("POST /a?b HTTP/1.0\r\nX-One:1\r\nHOST:\tExample\r\nContent-Length:  005\r\nx-two:  2 \r\n\r\n"),
            "POST /a?b HTTP/1.1\r\nhost: Example\r\nx-one: 1\r\nx-two: 2\r\ncontent-length: 5\r\n\r\n");
  EXPECT_EQ(forwarded("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:, CHUNKED\r\n\r\n"),
            "PUT / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n");
}

TEST(HeadWriter, what_has_no_content_has_no_length_unless_it_tells_that_of_another) {
  const std::string with_length = "\r\nContent-Length: 0\r\n\r\n";
  EXPECT_EQ(answered("HTTP/1.1 204 No Content" + with_length, Method::get), "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(answered("HTTP/1.1 103 Early Hints" + with_length, Method::get), "HTTP/1.1 103 Early Hints\r\n\r\n");
  EXPECT_EQ(answered("HTTP/1.1 304 Not Modified" + with_length, Method::get),
            "HTTP/1.1 304 Not Modified\r\ncontent-length: 0\r\n\r\n");
}

TEST(HeadWriter, an_absolute_target_becomes_the_origin_s) {
  EXPECT_EQ(forwarded("GET http://A:80/x?y HTTP/1.1\r\nHost: a\r\n\r\n"), "GET /x?y HTTP/1.1\r\nhost: A:80\r\n\r\n");
  EXPECT_EQ(forwarded("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n"), "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  EXPECT_EQ(forwarded("GET http://a?x HTTP/1.1\r\nHost: a\r\n\r\n"), "GET /?x HTTP/1.1\r\nhost: a\r\n\r\n");
  EXPECT_EQ(forwarded("OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n"), "OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n");
  EXPECT_EQ(forwarded("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), "OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n");
}

TEST(HeadWriter, a_request_without_host_gets_an_empty_one) {
  EXPECT_EQ(forwarded("GET / HTTP/1.0\r\n\r\n"), "GET / HTTP/1.1\r\nhost: \r\n\r\n");
}

TEST(HeadWriter, what_is_for_this_hop_alone_ends_here) {
  EXPECT_EQ(forwarded("GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Mine ,TE\r\nKeep-Alive: 5\r\nTE: trailers\r\n"
                      "X-mine: 1\r\nUpgrade: h2c\r\nProxy-Connection: keep-alive\r\nX-Minest: 2\r\n\r\n"),
            "GET / HTTP/1.1\r\nhost: a\r\nx-minest: 2\r\n\r\n");
}

TEST(HeadWriter, connection_can_t_take_away_what_a_request_means) {
  EXPECT_EQ(forwarded("POST / HTTP/1.1\r\nHost: a\r\nConnection: Host, Cookie, Content-Length, X-Forwarded-For\r\n"
                      "Cookie: c\r\nContent-Length: 3\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n"),
            "POST / HTTP/1.1\r\nhost: a\r\ncookie: c\r\nx-forwarded-for: 192.0.2.1\r\ncontent-length: 3\r\n\r\n");
}

TEST(HeadWriter, a_response_is_written_anew) {
  EXPECT_EQ(
      answered("HTTP/1.0 200 Fine\r\nContent-Length: 07\r\nConnection: close\r\nSet-Cookie: a\r\n\r\n", Method::get),
      "HTTP/1.1 200 Fine\r\nset-cookie: a\r\ncontent-length: 7\r\n\r\n");
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", Method::head),
            "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n");
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\n\r\n", Method::get), "HTTP/1.1 200 OK\r\n\r\n");
}

TEST(HeadWriter, what_finds_no_room_is_told) {
  const std::string request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(forwarded(request, request.size()), "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  EXPECT_EQ(forwarded(request, request.size() - 1), "it is cut off");
}

}  // namespace
}  // namespace poise::l7::http1
