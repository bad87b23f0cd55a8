#include "l7/session/key.hpp"

#include <gtest/gtest.h>

#include <set>

#include "l7/rules/text_template.hpp"
#include "tests/support/l7/proxy_world.hpp"

namespace poise::l7 {
namespace {

using namespace std::chrono_literals;

TEST(BalanceKey, of_a_path_is_limited_by_length_and_depth) {
  EXPECT_EQ(hashed_part("/a/b/c", 0, 0), "/a/b/c");
  EXPECT_EQ(hashed_part("/a/b/c", 3, 0), "/a/");
  EXPECT_EQ(hashed_part("/a/b/c", 0, 1), "/a");
  EXPECT_EQ(hashed_part("/a/b/c", 0, 2), "/a/b");
  EXPECT_EQ(hashed_part("/a/b/c", 0, 9), "/a/b/c");
}

TEST(BalanceKey, of_a_parameter_is_its_value) {
  EXPECT_EQ(query_parameter("a=1&user=me&b=2", "user"), "me");
  EXPECT_EQ(query_parameter("user=;x=1", "user"), "");
  EXPECT_EQ(query_parameter("users=1&auser=2", "user"), std::nullopt);
  EXPECT_EQ(query_parameter("", "user"), std::nullopt);
}

TEST(BalanceKey, of_a_host_may_be_its_main_domain) {
  EXPECT_EQ(main_domain("www.example.com:80"), "example");
  EXPECT_EQ(main_domain("example.com"), "example");
  EXPECT_EQ(main_domain("localhost"), "localhost");
}

// Four servers, found by a key. Whom requests or connections come to, as letters: s1 is 'a'.
class TextKey : public testing::Test {
 protected:
  void begin(const std::string& key, Mode mode = Mode::http, BalanceKey::Kind kind = BalanceKey::Kind::text) {
    proxies.begin_tables(mode, 4);
    proxies.servers().balance.algorithm = balance::Algorithm::hash;
    proxies.servers().key.kind = kind;
    proxies.servers().key.name = key;
    proxies.servers().key.text = std::make_shared<rules::TextTemplate>(key);
    proxies.apply();
    for (int i = 0; i < 4; ++i)
      proxies.serve(std::uint16_t(8001 + i),
                    answers("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + std::string(1, char('a' + i))));
  }
  char server_of(const std::string& target, const std::string& fields = "") {
    const std::string came = proxies.ask("GET " + target + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n", 1s);
    return came.empty() ? '-' : came.back();
  }
  std::string turns() {
    std::string order;
    for (int i = 0; i < 8; ++i) order += server_of("/" + std::to_string(i));
    return order;
  }

  ProxyWorld proxies;
};

TEST_F(TextKey, the_same_text_leads_to_the_same_server_and_many_texts_to_all) {
  begin("%[req.cook(sid)] %[path]");
  std::set<char> reached;
  for (int i = 0; i < 40; ++i) {
    const std::string cookie = "Cookie: sid=" + std::to_string(i) + "\r\n";
    const char server = server_of("/a", cookie);
    EXPECT_EQ(server_of("/a?q=" + std::to_string(i), "X-Other: 1\r\n" + cookie), server);
    reached.insert(server);
  }
  EXPECT_EQ(reached, (std::set<char>{'a', 'b', 'c', 'd'}));
}

TEST_F(TextKey, every_part_of_the_text_counts) {
  begin("%[url_param(a)]-%[req.hdr(x-b)]");
  std::set<char> of_first, of_second;
  for (int i = 0; i < 20; ++i) {
    of_first.insert(server_of("/?a=" + std::to_string(i), "X-B: 1\r\n"));
    of_second.insert(server_of("/?a=1", "X-B: " + std::to_string(i) + "\r\n"));
  }
  EXPECT_GT(of_first.size(), 2u);
  EXPECT_GT(of_second.size(), 2u);
}

TEST_F(TextKey, sessions_without_a_key_take_turns) {
  begin("%[req.cook(sid)]%[url_param(none)]");
  EXPECT_EQ(turns(), "abcdabcd");
}

TEST_F(TextKey, sessions_without_the_header_or_parameter_take_turns_as_well) {
  begin("x-none", Mode::http, BalanceKey::Kind::header);
  EXPECT_EQ(turns(), "abcdabcd");
  begin("none", Mode::http, BalanceKey::Kind::url_param);
  EXPECT_EQ(turns(), "abcdabcd");
}

TEST_F(TextKey, in_mode_tcp_is_made_of_the_connection) {
  const auto servers_of = [&](const std::string& key) {
    begin(key, Mode::tcp);
    std::set<char> reached;
    for (int i = 0; i < 30; ++i) reached.insert(server_of("/" + std::to_string(i)));
    return reached;
  };
  EXPECT_EQ(servers_of("%[src]").size(), 1u);
  EXPECT_EQ(servers_of("%[src]:%[src_port]").size(), 4u);
  begin("%[ssl_fc_sni]", Mode::tcp);
  EXPECT_EQ(turns(), "abcdabcd");
}

}  // namespace
}  // namespace poise::l7
