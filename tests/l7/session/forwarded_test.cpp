#include <gtest/gtest.h>

#include "tests/support/l7/proxy_world.hpp"
#include "tests/support/l7/rules_of.hpp"

namespace poise::l7 {
namespace {

using namespace std::chrono_literals;

// What a server is sent besides the request, with such settings of the frontend and of the backend.
std::string told(const std::string& frontend, const std::string& backend, const std::string& proxy_header = "") {
  ProxyWorld proxies;
  Tables& tables = proxies.begin_tables(Mode::http, 1);
  tables.bindings[0].accepts_proxy = !proxy_header.empty();
  give_rules(proxies, tables, rules_config(frontend, backend));
  proxies.apply();
  std::string asked;
  proxies.serve(8001,
                [&](ProxyWorld::Peer& peer) { peer.on_data = [&](ProxyWorld::Peer& each) { asked = each.came; }; });
  proxies.connect().say(proxy_header + "GET / HTTP/1.1\r\nHost: h.example:81\r\nForwarded: for=x\r\n\r\n");
  proxies.run(1s);
  const std::string usual = "GET / HTTP/1.1\r\nhost: h.example:81\r\nforwarded: for=x\r\n";
  return asked.starts_with(usual) ? asked.substr(usual.size()) : "unusual: " + asked;
}

TEST(Forwarded, says_what_is_asked_for) {
  EXPECT_EQ(told(R"("forwarded": {})", ""), "forwarded: proto=http;for=192.0.2.1\r\n\r\n");
  EXPECT_EQ(told("", R"("forwarded": {"proto": false, "host": true, "by": true})"),
            "forwarded: host=\"h.example:81\";by=192.0.2.2;for=192.0.2.1\r\n\r\n");
  EXPECT_EQ(told(R"("forwarded": {"host": true})", R"("forwarded": {"proto": false})"),
            "forwarded: for=192.0.2.1\r\n\r\n");
}

TEST(Forwarded, puts_ports_and_ipv6_into_quotes) {
  EXPECT_EQ(told(R"("forwarded": {"proto": false, "by": true, "for_port": true})", "",
                 "PROXY TCP6 2001:db8::1 2001:db8::2 4711 443\r\n"),
            "forwarded: by=\"[2001:db8::2]\";for=\"[2001:db8::1]:4711\"\r\n\r\n");
  EXPECT_EQ(
      told(R"("forwarded": {"proto": false, "for_port": true})", "", "PROXY TCP4 198.51.100.1 198.51.100.2 1 2\r\n"),
      "forwarded: for=\"198.51.100.1:1\"\r\n\r\n");
}

TEST(OriginalTo, says_where_the_client_connected_to) {
  EXPECT_EQ(told(R"("original_to": {})", ""), "x-original-to: 192.0.2.2\r\n\r\n");
  EXPECT_EQ(told("", R"("original_to": {"header": "X-Client-Dst"})"), "x-client-dst: 192.0.2.2\r\n\r\n");
  EXPECT_EQ(told(R"("original_to": {"except": "192.0.2.0/24"})", ""), "\r\n");
}

}  // namespace
}  // namespace poise::l7
