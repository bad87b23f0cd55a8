#include "l7/persistence/response_cookies.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace poise::l7::persistence {
namespace {

using Mode = CookieRule::Mode;
constexpr std::int64_t now_s = 1'795'971'577;  // "awxZ+" is now_s - 1, "awxZ/" now_s + 3

// The letter, and the fields that the client sees, each behind a "|".
std::string answer(const CookieRule& rule, const ResponseFacts& facts, const std::string& fields) {
  const std::string head = "HTTP/1.1 200 OK\r\n" + fields + "\r\n";
  http1::ResponseHead response;
  EXPECT_TRUE(http1::parse_response(head, http1::Method::head, response)) << head;
  ResponseCookies cookies(rule, facts);
  for (const http1::Field& field : response.fields)
    cookies.see(field.id, text_of(head, field.name), text_of(head, field.value));
  cookies.decide();
  std::array<char, 4096> room;
  http1::HeadWriter writer(room);
  write_response_fields(writer, head, response, &cookies);
  cookies.write_inserted(writer);
  std::string text(1, cookies.done());
  text += "|";
  text += writer.text();
  for (std::size_t end = text.find("\r\n"); end != std::string::npos; end = text.find("\r\n"))
    text.replace(end, 2, "|");
  text.pop_back();
  return text;
}

const std::string servers_own = "Set-Cookie: SRV = app ; path=/x\r\n", others = "Set-Cookie: a=SRV=1\r\n";
constexpr ResponseFacts new_client{.server = "one", .now_s = now_s};
constexpr ResponseFacts own_client{.server = "one", .is_direct = true, .now_s = now_s};

TEST(ResponseCookies, insert_tells_a_new_client_its_server) {
  const CookieRule rule{.name = "SRV"};
  EXPECT_EQ(answer(rule, new_client, others), "I|set-cookie: a=SRV=1|set-cookie: SRV=one; path=/");
  EXPECT_EQ(answer(rule, new_client, servers_own), "I|set-cookie: SRV=one; path=/");
  EXPECT_EQ(answer(rule, own_client, others), "N|set-cookie: a=SRV=1");
  EXPECT_EQ(answer(rule, own_client, servers_own), "D");
}

TEST(ResponseCookies, a_server_without_a_value_takes_the_cookie_away) {
  const CookieRule rule{.name = "SRV", .attributes = "; domain=a"};
  EXPECT_EQ(answer(rule, {.now_s = now_s}, ""),
            "I|set-cookie: SRV=; Expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/; domain=a");
}

TEST(ResponseCookies, preserve_leaves_the_server_s_own) {
  const CookieRule rule{.name = "SRV", .preserves = true};
  EXPECT_EQ(answer(rule, new_client, servers_own), "P|set-cookie: SRV = app ; path=/x");
  EXPECT_EQ(answer(rule, new_client, ""), "I|set-cookie: SRV=one; path=/");
}

TEST(ResponseCookies, postonly_waits_for_a_post) {
  const CookieRule rule{.name = "SRV", .is_for_post_only = true};
  EXPECT_EQ(answer(rule, new_client, ""), "N");
  ResponseFacts post = new_client;
  post.method = http1::Method::post;
  EXPECT_EQ(answer(rule, post, ""), "I|set-cookie: SRV=one; path=/");
}

TEST(ResponseCookies, nocache_keeps_what_is_inserted_out_of_caches) {
  const CookieRule rule{.name = "SRV", .has_no_cache = true};
  EXPECT_EQ(answer(rule, new_client, "ETag: a\r\n"), "I|etag: a|set-cookie: SRV=one; path=/|cache-control: private");
  EXPECT_EQ(answer(rule, new_client, ""), "I|set-cookie: SRV=one; path=/");
  EXPECT_EQ(answer(rule, own_client, "ETag: a\r\n"), "N|etag: a");
}

TEST(ResponseCookies, dates_are_kept_up) {
  struct Row {
    std::uint32_t idle_max_s, life_max_s;
    CookieDates dates;
    const char* answer;
  };
  constexpr std::uint32_t before = now_s - 1, after = now_s + 3;
  for (const auto& [idle, life, dates, want] : {
           Row{100, 0, {}, "U|set-cookie: SRV=one|awxZ/; path=/"},
           Row{100, 0, {before, 0}, "U|set-cookie: SRV=one|awxZ/; path=/"},
           Row{100, 0, {after, 0}, "N"},
           Row{100, 1000, {after, before}, "N"},
           Row{100, 1000, {after, 0}, "U|set-cookie: SRV=one|awxZ/|awxZ/; path=/"},
           Row{100, 1000, {before, before}, "U|set-cookie: SRV=one|awxZ/|awxZ+; path=/"},
           Row{0, 1000, {}, "U|set-cookie: SRV=one|awxZ/|awxZ/; path=/"},
           Row{0, 0, {before, 0}, "U|set-cookie: SRV=one; path=/"},  // no dates any more
           Row{0, 0, {after, before}, "U|set-cookie: SRV=one; path=/"},
           Row{0, 0, {}, "N"},
       }) {
    ResponseFacts facts = own_client;
    facts.dates = dates;
    EXPECT_EQ(answer({.name = "SRV", .idle_max_s = idle, .life_max_s = life}, facts, ""), want);
  }
}

TEST(ResponseCookies, rewrite_and_prefix_change_the_server_s_own) {
  const CookieRule rewrite{.mode = Mode::rewrite, .name = "SRV"}, prefix{.mode = Mode::prefix, .name = "SRV"};
  EXPECT_EQ(answer(rewrite, new_client, servers_own + others), "R|set-cookie: SRV = one ; path=/x|set-cookie: a=SRV=1");
  EXPECT_EQ(answer(prefix, new_client, servers_own), "R|set-cookie: SRV = one~app ; path=/x");
  EXPECT_EQ(answer(prefix, own_client, servers_own), "R|set-cookie: SRV = one~app ; path=/x");
  EXPECT_EQ(answer(rewrite, new_client, "Set-Cookie: SRV=\"a;b\";path=/\r\n"), "R|set-cookie: SRV=one;path=/");
  EXPECT_EQ(answer(rewrite, new_client, others), "N|set-cookie: a=SRV=1");
  EXPECT_EQ(answer(rewrite, new_client, "Set-Cookie: SRV\r\n"), "N|set-cookie: SRV");
  EXPECT_EQ(answer(rewrite, {.now_s = now_s}, servers_own), "P|set-cookie: SRV = app ; path=/x");
}

TEST(ResponseCookies, indirect_takes_the_server_s_own_from_who_has_the_right_one) {
  const CookieRule rule{.mode = Mode::rewrite, .name = "SRV", .is_indirect = true};
  EXPECT_EQ(answer(rule, own_client, servers_own), "D");
  EXPECT_EQ(answer(rule, new_client, servers_own), "R|set-cookie: SRV = one ; path=/x");
}

}  // namespace
}  // namespace poise::l7::persistence
