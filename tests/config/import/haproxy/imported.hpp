#pragma once
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "config/import/haproxy/import.hpp"
#include "tests/config/import/questions.hpp"

// What the tests of HAProxy's importer share: files made of a few lines, and questions to what was imported.
namespace poise::config::importing::haproxy {

inline Imported imported(std::string_view text, bool lenient = false) {
  Options options{.file = "h.cfg", .lenient = lenient};
  options.variables = {{"SITE", "north"}, {"HOST", "192.0.2.7"}, {"LIST", "a b"}, {"EMPTY", ""}, {"SOCKET", "7"}};
  options.resolve = [](const std::string& name) {
    return name == "web.example.com" ? parse_ip("192.0.2.80") : std::nullopt;
  };
  options.read_file = [](const std::string& path) -> std::optional<std::string> {
    if (path == "/etc/haproxy/paths.lst") return "/a\n# no\n\n/b\n";
    if (path == "/etc/haproxy/503.http")
      return "HTTP/1.0 503 Service Unavailable\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<b>sorry</b>\n";
    return std::nullopt;
  };
  return import_haproxy(text, options);
}

inline const std::string timeouts =
    "defaults\n mode http\n timeout connect 5s\n timeout client 50s\n timeout server 50s\n";

inline std::string frontend_with(const std::string& lines) {
  return timeouts + "frontend web\n bind :80\n default_backend pool\n" + lines +
         "\nbackend pool\n server s1 192.0.2.11:80\n";
}
inline std::string backend_with(const std::string& lines) {
  return timeouts + "frontend web\n bind :80\n default_backend pool\nbackend pool\n server s1 192.0.2.11:80\n" + lines +
         "\n";
}

// Row - a file, a place in our document, what stands there ("" for nothing).
struct PartRow {
  std::string text, pointer, want;
};
inline void expect_part(const PartRow& row) {
  const Imported found = imported(row.text);
  EXPECT_EQ(text_of_errors(found), "") << row.text;
  const nlohmann::json want = row.want.empty() ? nlohmann::json() : nlohmann::json::parse(row.want);
  EXPECT_EQ(part(found, row.pointer), want) << row.text;
}

// Row - a file that is refused, and a part of the errors.
struct RefusedRow {
  std::string text, error;
};
inline void expect_refused(const RefusedRow& row) {
  const Imported found = imported(row.text);
  ASSERT_FALSE(found.errors.empty()) << row.text;
  EXPECT_NE(text_of_errors(found).find(row.error), std::string::npos) << text_of_errors(found) << row.text;
  for (const Error& error : found.errors) EXPECT_FALSE(error.fix.empty()) << row.text;
}

}  // namespace poise::config::importing::haproxy
