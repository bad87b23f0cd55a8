#include "l7/session/stick_key.hpp"

#include <gtest/gtest.h>

#include "l7/stick/table.hpp"
#include "tests/support/l7/proxy_world.hpp"

namespace poise::l7 {
namespace {

using namespace std::chrono_literals;
using Kind = stick::Source::Kind;

stick::Shape texts() {
  stick::Shape shape{.type = stick::KeyType::string, .length = 32, .size = 8};
  shape.store(stick::Data::server_id);
  return shape;
}

// The keys that a stick table has after one request, each behind a blank.
std::string keys_after(const stick::Rule& rule, const std::string& request, const std::string& response) {
  ProxyWorld proxies;
  stick::Table table(texts(), 1, {});
  proxies.begin_tables(Mode::http, 1);
  proxies.servers().stick = {rule};
  proxies.servers().stick[0].table = &table;
  proxies.apply();
  proxies.serve(8001, answers("HTTP/1.1 200 OK\r\n" + response + "Content-Length: 0\r\n\r\n"));
  proxies.ask(request, 1s);
  std::string keys;
  table.for_each({1, 0}, [&](const stick::Table::Shown& shown) {
    keys += " " + to_text(stick::KeyType::string, table.key_of(shown.entry));
    return true;
  });
  return keys;
}

TEST(StickKeys, are_found_in_requests) {
  struct Row {
    Kind kind;
    const char *name, *key;
  };
  const std::string request =
      "GET /a/b?x=1&id=77&id=78 HTTP/1.1\r\nHost: h\r\nX-User: ann, bob\r\nx-user: eve , dan\r\nCookie: a=1; "
      "sid=one\r\n"
      "Cookie: sid=\"two\"; b\r\nEmpty:\r\n\r\n";
  for (const auto& [kind, name, key] : {
           Row{Kind::src, "", " 192.0.2.1"},
           Row{Kind::header, "x-user", " dan"},
           Row{Kind::header, "x-none", ""},
           Row{Kind::header, "empty", ""},
           Row{Kind::cookie, "sid", " \"two\""},
           Row{Kind::cookie, "b", ""},
           Row{Kind::url_param, "id", " 77"},
           Row{Kind::url_param, "none", ""},
           Row{Kind::path, "", " /a/b"},
           Row{Kind::url, "", " /a/b?x=1&id=77&id=78"},
       })
    EXPECT_EQ(keys_after({.stores = true, .key = {kind, name}}, request, ""), key) << name;
}

TEST(StickKeys, are_found_in_responses) {
  const std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string response = "Set-Cookie: a=1; sid=0\r\nSet-Cookie: sid=one; path=/\r\nX-User: ann,bob\r\n";
  const auto keys = [&](Kind kind, const char* name) {
    return keys_after({.stores = true, .is_of_response = true, .key = {kind, name}}, request, response);
  };
  EXPECT_EQ(keys(Kind::cookie, "sid"), " one");
  EXPECT_EQ(keys(Kind::cookie, "none"), "");
  EXPECT_EQ(keys(Kind::header, "x-user"), " bob");
}

}  // namespace
}  // namespace poise::l7
