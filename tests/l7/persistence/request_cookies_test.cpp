#include "l7/persistence/request_cookies.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace poise::l7::persistence {
namespace {

// The fields that the server sees of a request with this Cookie field: as lines, without their ends.
std::string seen_by_server(const CookieRule& rule, const std::string& field) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nCookie: " + field + "\r\n\r\n";
  http1::RequestHead request;
  EXPECT_TRUE(http1::parse_request(head, request));
  std::array<char, 4096> room;
  http1::HeadWriter writer(room);
  const RequestCookies cookies(rule);
  write_request_fields(writer, head, request, &cookies);
  std::string text(writer.text());
  text.erase(0, std::string("host: a\r\n").size());
  if (!text.empty()) text.resize(text.size() - 2);
  return text;
}

struct Row {
  const char *came, *seen;
};

TEST(RequestCookies, with_indirect_the_server_does_not_see_ours_and_the_others_stay_as_they_are) {
  const CookieRule rule{.name = "SRV", .is_indirect = true};
  for (const auto& [came, seen] : {
           Row{"SRV=one", ""},
           Row{"a=1; SRV=one; b=2", "cookie: a=1; b=2"},
           Row{"a=1;SRV=one;b=2", "cookie: a=1;b=2"},
           Row{"SRV=one; b=2", "cookie: b=2"},
           Row{"SRV=one;\t b = 2 ", "cookie: b = 2"},
           Row{"a=1; SRV=one", "cookie: a=1"},
           Row{"a=1, SRV = one , b=\"2\"", "cookie: a=1, b=\"2\""},
           Row{"SRV=one; SRV=two; b=2; SRV=three", "cookie: b=2"},
           Row{"SRV=one;SRV=two", ""},
           Row{"SRV=one;", ""},
           Row{"b=2;SRV=one;", "cookie: b=2;"},
           Row{"SRV=; b=2", "cookie: b=2"},
           Row{"$Version=\"1\"; SRV=one; $Path=\"/\"; b=2; $Path=\"/x\"", "cookie: $Version=\"1\"; b=2; $Path=\"/x\""},
           Row{"$Version=\"1\"; SRV=one; $Path=\"/\"", ""},
           // Not ours.
           Row{"SRV; b=2", "cookie: SRV; b=2"},
           Row{"srv=one; b=2", "cookie: srv=one; b=2"},
           Row{"XSRV=one; SRVX=two", "cookie: XSRV=one; SRVX=two"},
           Row{"a=\"x; SRV=one\"; b=2", "cookie: a=\"x; SRV=one\"; b=2"},
           Row{"a=\"x; SRV=one", "cookie: a=\"x; SRV=one"},
           Row{" ; a ;", "cookie: ; a ;"},
       })
    EXPECT_EQ(seen_by_server(rule, came), seen) << came;
}

TEST(RequestCookies, in_mode_prefix_the_server_sees_its_own_value) {
  const CookieRule rule{.mode = CookieRule::Mode::prefix, .name = "SRV"};
  for (const auto& [came, seen] : {
           Row{"SRV=one~app; a=b~c", "cookie: SRV=app; a=b~c"},
           Row{"a=b; SRV=one~app~x", "cookie: a=b; SRV=app~x"},
           Row{"SRV=one~1; SRV = two~2 ;b", "cookie: SRV=1; SRV = 2 ;b"},
           Row{"SRV=~app", "cookie: SRV=app"},
           Row{"SRV=one~", "cookie: SRV="},
           Row{"SRV=one", "cookie: SRV=one"},
           Row{"a=1", "cookie: a=1"},
       })
    EXPECT_EQ(seen_by_server(rule, came), seen) << came;
}

TEST(RequestCookies, otherwise_the_server_sees_what_came) {
  for (const auto mode : {CookieRule::Mode::insert, CookieRule::Mode::rewrite}) {
    const CookieRule rule{.mode = mode, .name = "SRV", .is_indirect = mode == CookieRule::Mode::rewrite};
    EXPECT_EQ(seen_by_server(rule, "a=1 ; SRV=one~x"), "cookie: a=1 ; SRV=one~x");
  }
}

}  // namespace
}  // namespace poise::l7::persistence
