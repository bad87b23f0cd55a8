#include "l7/http1/request.hpp"

#include <gtest/gtest.h>

#include <string>

namespace poise::l7::http1 {
namespace {

class RequestTest : public testing::Test {
 protected:
  // Nothing: it is taken.
  std::optional<Refusal> refusal(const std::string& text) {
    bytes = text;
    const auto parsed = parse_request(bytes, head);
    return parsed ? std::nullopt : std::optional(parsed.error());
  }
  std::string_view text(Text place) const { return text_of(bytes, place); }
  std::string bytes;
  RequestHead head;
};

TEST_F(RequestTest, a_request_is_told_apart) {
  ASSERT_FALSE(refusal("GET /a/b?c=d HTTP/1.1\r\nHost: Example.com:8080\r\nAccept:\t */* \r\n\r\n"));
  EXPECT_EQ(head.method, Method::get);
  EXPECT_EQ(head.form, TargetForm::origin);
  EXPECT_EQ(head.version, Version::http_1_1);
  EXPECT_EQ(text(head.target), "/a/b?c=d");
  EXPECT_EQ(text(head.path), "/a/b");
  EXPECT_EQ(text(head.query), "c=d");
  EXPECT_EQ(text(head.authority), "Example.com:8080");
  ASSERT_EQ(head.fields.size(), 2u);
  EXPECT_EQ(head.fields[0].id, FieldId::host);
  EXPECT_EQ(text(head.fields[1].name), "Accept");
  EXPECT_EQ(text(head.fields[1].value), "*/*");
  EXPECT_EQ(head.framing, Framing{});
  EXPECT_TRUE(head.keeps_alive);
}

TEST_F(RequestTest, targets_have_four_forms) {
  ASSERT_FALSE(refusal("GET http://a.example?x HTTP/1.1\r\nHost: a.example:80\r\n\r\n"));
  EXPECT_EQ(head.form, TargetForm::absolute);
  EXPECT_EQ(text(head.authority), "a.example");
  EXPECT_EQ(text(head.path), "");
  EXPECT_EQ(text(head.query), "x");
  ASSERT_FALSE(refusal("GET https://a.example/x HTTP/1.1\r\nHost: A.example:443\r\n\r\n"));
  EXPECT_EQ(text(head.path), "/x");
  ASSERT_FALSE(refusal("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n"));
  EXPECT_EQ(head.form, TargetForm::authority);
  EXPECT_EQ(text(head.path), "");
  ASSERT_FALSE(refusal("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_EQ(head.form, TargetForm::asterisk);
  for (const char* line : {"GET * HTTP/1.1", "CONNECT a.example HTTP/1.1", "CONNECT /x HTTP/1.1", "GET a/b HTTP/1.1",
                           "GET ftp://a/ HTTP/1.1", "GET http:///x HTTP/1.1", "GET /a#b HTTP/1.1", "GET /a\"b HTTP/1.1",
                           "GET /\xc3\xa4 HTTP/1.1"})
    EXPECT_EQ(refusal(std::string(line) + "\r\nHost: a\r\n\r\n"), Refusal::target) << line;
}

TEST_F(RequestTest, only_http_1_is_taken) {
  ASSERT_FALSE(refusal("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_FALSE(head.keeps_alive);
  ASSERT_FALSE(refusal("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
  EXPECT_TRUE(head.keeps_alive);
  ASSERT_FALSE(refusal("GET / HTTP/1.7\r\nHost: a\r\nConnection: x, close\r\n\r\n"));
  EXPECT_EQ(head.version, Version::http_1_1);
  EXPECT_FALSE(head.keeps_alive);
  EXPECT_EQ(refusal("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), Refusal::version_unsupported);
  for (const char* version :
       {"", " http/1.1", " HTTP/1", " HTTP/1.1 ", " HTTP/11.1", " HTTP/ 1.1", " HTTP/1.1x", "  HTTP/1.1"})
    EXPECT_EQ(refusal("GET /" + std::string(version) + "\r\nHost: a\r\n\r\n"), Refusal::version) << version;
}

TEST_F(RequestTest, empty_lines_before_it_are_skipped) {
  EXPECT_FALSE(refusal("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_EQ(refusal("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), Refusal::bare_line_feed);
  EXPECT_EQ(refusal(" \r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), Refusal::method);
}

TEST_F(RequestTest, what_is_longer_than_the_limits_is_refused) {
  const std::string end = " HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_FALSE(refusal("GET /" + std::string(target_max - 1, 'a') + end));
  EXPECT_EQ(refusal("GET /" + std::string(target_max, 'a') + end), Refusal::target_too_long);
  EXPECT_EQ(refusal("GET /" + std::string(head_max, 'a') + end), Refusal::head_too_large);
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (std::size_t i = 1; i < fields_max; ++i) many += "a: b\r\n";
  EXPECT_FALSE(refusal(many + "\r\n"));
  EXPECT_EQ(refusal(many + "a: b\r\n\r\n"), Refusal::too_many_fields);
}

TEST_F(RequestTest, the_end_of_a_head_is_found_however_it_comes) {
  const std::string whole = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nbody\n\n";
  const std::size_t end = whole.find("body");
  std::size_t scanned = 0;
  for (std::size_t length = 0; length < end; ++length)
    ASSERT_FALSE(end_of_head(std::string_view(whole).substr(0, length), scanned)) << length;
  EXPECT_EQ(end_of_head(whole, scanned), end);
  scanned = 0;
  EXPECT_EQ(end_of_head("GET / HTTP/1.1\nHost: a\n\nbody", scanned), 24u) << "to be refused by the parser";
}

}  // namespace
}  // namespace poise::l7::http1
