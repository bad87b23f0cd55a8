#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

std::string with_servers(const std::string& lines) { return timeouts + "backend b\n" + lines + "\n"; }

TEST(HaproxyServers, keep_their_words_and_are_numbered_in_their_order) {
  const std::string a = "/backends/b/servers/a";
  for (const PartRow& row :
       {PartRow{with_servers("server a 192.0.2.1:80"), a, R"({"address":"192.0.2.1","port":80,"id":1})"},
        PartRow{with_servers("server a 192.0.2.1"), a, R"({"address":"192.0.2.1","id":1})"},
        PartRow{with_servers("server z 192.0.2.9:80\nserver a 192.0.2.1:80"), a + "/id", "2"},
        PartRow{with_servers("server z 192.0.2.9:80 id 2\nserver a 192.0.2.1:80\nserver b 192.0.2.2:80"), a + "/id",
                "3"},
        PartRow{with_servers("server a [2001:db8::1]:80 weight 10 maxconn 100 minconn 10 maxqueue 5 backup"), a,
                R"({"address":"2001:db8::1","port":80,"id":1,"weight":10,"connections_max":100,"connections_min":10,
                    "queue_max":5,"backup":true})"},
        PartRow{with_servers("server a 192.0.2.1:80 minconn 10"), a + "/connections_max", "10"},
        PartRow{with_servers("server a 192.0.2.1:80 disabled"), a + "/state", "\"down\""},
        PartRow{with_servers("server a 192.0.2.1:80 send-proxy"), a + "/send_proxy", "\"v1\""},
        PartRow{with_servers("server a 192.0.2.1:80 send-proxy-v2-ssl"), a + "/send_proxy", "\"v2\""},
        PartRow{with_servers("server a 192.0.2.1:80 source 192.0.2.5:1024"), a + "/source", "\"192.0.2.5\""},
        PartRow{with_servers("server a web.example.com:80 resolvers x init-addr none"), a + "/address",
                "\"192.0.2.80\""},
        PartRow{with_servers("default-server weight 7 backup\nserver a 192.0.2.1:80 no-backup"), a + "/weight", "7"},
        PartRow{with_servers("default-server weight 7 backup\nserver a 192.0.2.1:80 no-backup"), a + "/backup", ""},
        PartRow{with_servers("server a 192.0.2.1:80\ndefault-server weight 7"), a + "/weight", ""},
        PartRow{"defaults\n default-server maxconn 9\n" + std::string("backend b\n server a 192.0.2.1:80"),
                a + "/connections_max", "9"},
        PartRow{with_servers("server a/b 192.0.2.1:80\nserver a:b 192.0.2.2:80"), "/backends/b/servers/a_b-2/address",
                "\"192.0.2.2\""}})
    expect_part(row);
}

TEST(HaproxyServers, what_cannot_be_a_server_is_refused_or_left_out_as_a_whole) {
  for (const RefusedRow& row :
       {RefusedRow{with_servers("server"), "it needs 2 words"},
        RefusedRow{with_servers("server a"), "it needs 2 words"},
        RefusedRow{with_servers("server a 192.0.2.1:80\nserver a 192.0.2.2:80"), "has a server of that name"},
        RefusedRow{with_servers("server a 192.0.2.1:99999"), "is no port"},
        RefusedRow{with_servers("server a 192.0.2.1:80-90"), "not a range"},
        RefusedRow{with_servers("server a 192.0.2.1:+10"), "not counted from the client's port"},
        RefusedRow{with_servers("server a 192.0.2.1:80 weight 300"), "out of range"},
        RefusedRow{with_servers("server a 192.0.2.1:80 maxconn"), "needs a value"},
        RefusedRow{with_servers("server a 192.0.2.1:80 chek"), "did you mean \"check\"?"},
        RefusedRow{with_servers("server a nowhere:80"), "has no address"},
        RefusedRow{with_servers("server a *:80"), "no address of one server"},
        RefusedRow{with_servers("server a 0.0.0.0:80"), "servers.a.address"},
        RefusedRow{with_servers("server a /run/x.sock"), "no address of one server"},
        RefusedRow{with_servers("server a 192.0.2.1:443 ssl verify none"), "not spoken to over TLS yet"},
        RefusedRow{with_servers("server a 192.0.2.1:80 source 0.0.0.0 usesrc clientip"), "not the client's"},
        RefusedRow{with_servers("server-template s 1-3 x:80"), "not found by DNS"}})
    expect_refused(row);
  const Imported found =
      imported(with_servers("server a 192.0.2.1:443 ssl verify none\nserver b 192.0.2.2:80\ndefault-server ssl\n"
                            "server c 192.0.2.3:443"),
               true);
  EXPECT_EQ(text_of_errors(found), "");
  EXPECT_EQ(part(found, "/backends/b/servers").size(), 1u);
  EXPECT_TRUE(part(found, "/backends/b/servers").contains("b"));
}

}  // namespace
}  // namespace poise::config::importing::haproxy
