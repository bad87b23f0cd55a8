#include "config/import/haproxy/error_file.hpp"

#include <gtest/gtest.h>

namespace poise::config::importing::haproxy {
namespace {

std::string read(const std::string& text) {
  Options options;
  options.read_file = [&](const std::string&) { return text; };
  Report report(false);
  Mapping mapping(options, report);
  const auto page = read_error_file(mapping, "/x");
  return page ? page->dump() : "none";
}

TEST(HaproxyErrorFile, a_response_is_its_body_and_content_type) {
  EXPECT_EQ(read("HTTP/1.0 503 x\r\nCache-Control: no\r\nContent-Type:  text/plain \r\n\r\nhello\n"),
            R"({"body":"hello","content_type":"text/plain"})");
  EXPECT_EQ(read("HTTP/1.0 503 x\ncontent-type: a/b\n\nbody\r\n\r\n"), R"({"body":"body","content_type":"a/b"})");
  EXPECT_EQ(read("HTTP/1.0 503 x\r\n\r\n"), R"({"body":""})");
  for (const char* text : {"", "hello", "HTTP/1.0 503 x\r\nA: b\r\n"}) EXPECT_EQ(read(text), "none") << text;
}

}  // namespace
}  // namespace poise::config::importing::haproxy
