#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

std::string with_bind(const std::string& lines) {
  return timeouts + "frontend web\n" + lines + "\n default_backend b\nbackend b\n server s 192.0.2.11:80\n";
}

TEST(HaproxyBinds, have_every_form_of_an_address) {
  struct Row {
    const char *lines, *want;
  };
  for (
      const Row& row :
      {Row{"bind :80", R"([{"port":80}])"}, Row{"bind *:80 name x backlog 5", R"([{"port":80}])"},
       Row{"bind ipv4@0.0.0.0:80", R"([{"port":80}])"},
       Row{"bind 192.0.2.1:80,192.0.2.2:81 accept-proxy",
           R"([{"address":"192.0.2.1","port":80,"accept_proxy":true},{"address":"192.0.2.2","port":81,"accept_proxy":true}])"},
       Row{"bind [2001:db8::1]:80\nbind 2001:db8::2:81",
           R"([{"address":"2001:db8::1","port":80},{"address":"2001:db8::2","port":81}])"},
       Row{"bind :::80 v4v6", R"([{"port":80},{"address":"::","port":80}])"},
       Row{"bind :::80 v6only", R"([{"address":"::","port":80}])"},
       Row{"bind :::80", R"([{"address":"::","port":80},{"port":80}])"},
       Row{"bind :::80\nbind *:80", R"([{"address":"::","port":80},{"port":80}])"},
       Row{"bind ipv6@:80 v6only", R"([{"address":"::","port":80}])"}, Row{"bind fd@5", R"([{"fd":5}])"},
       Row{"bind fd@5,:80 accept-proxy", R"([{"accept_proxy":true,"fd":5},{"accept_proxy":true,"port":80}])"},
       Row{"bind \"fd@${SOCKET}\"", R"([{"fd":7}])"}, Row{"bind fd@${SOCKET}", R"([{"fd":7}])"},
       Row{"bind :::80\nbind fd@5", R"([{"address":"::","port":80},{"fd":5},{"port":80}])"},
       Row{"bind :8000-8002", R"([{"port":8000},{"port":8001},{"port":8002}])"},
       Row{"bind web.example.com:80", R"([{"address":"192.0.2.80","port":80}])"},
       Row{"bind $HOST:80", R"([{"address":"192.0.2.7","port":80}])"}})
    expect_part({with_bind(row.lines), "/frontends/web/binds", row.want});
}

TEST(HaproxyBinds, what_cannot_be_listened_on_is_refused_or_left_out_as_a_whole) {
  for (const RefusedRow& row :
       {RefusedRow{with_bind("bind :443 ssl crt /etc/h.pem alpn h2"), "TLS is not terminated yet"},
        RefusedRow{with_bind("bind unix@/run/x.sock mode 600"), "no address that could be listened on"},
        RefusedRow{with_bind("bind fd@x"), "is no whole number"},
        RefusedRow{with_bind("bind fd@"), "is no whole number"},
        RefusedRow{with_bind("bind fd@3\nbind fd@3 accept-proxy"), "socket 3 is taken by"},
        RefusedRow{with_bind("bind 127.0.0.1"), "has no port"}, RefusedRow{with_bind("bind :0"), "is no port"},
        RefusedRow{with_bind("bind :80 interface eth0"), "cannot be kept to an interface"},
        RefusedRow{with_bind("bind :80 maxconn 5"), "no limit of its own"},
        RefusedRow{with_bind("bind :80 acept-proxy"), "did you mean \"accept-proxy\"?"},
        RefusedRow{with_bind("bind :80 name"), "needs a value"}, RefusedRow{with_bind("bind"), "it needs one word"},
        RefusedRow{with_bind("bind :1000-2000"), "more than 256 ports"},
        RefusedRow{with_bind("bind nowhere:80"), "has no address"}})
    expect_refused(row);
  const Imported found = imported(with_bind("bind :80\nbind :443 ssl crt /etc/h.pem"), true);
  EXPECT_EQ(text_of_errors(found), "");
  EXPECT_EQ(part(found, "/frontends/web/binds").dump(), R"([{"port":80}])");
  const Imported without = imported(with_bind("bind :443 ssl crt /etc/h.pem"), true);
  EXPECT_EQ(part(without, "/frontends/web/enabled"), nlohmann::json(false));
}

TEST(HaproxyBinds, sockets_are_noted_and_not_for_the_workers) {
  const std::string text = with_bind("bind :80\nbind fd@3");
  EXPECT_NE(
      notes_on(imported(text), "bind").find("taken: frontends.web.binds: socket 3, which poised must be started with"),
      std::string::npos);
  Options options{.file = "h.cfg", .transport = "datapath"};
  const Imported refused = import_haproxy(text, options);
  EXPECT_NE(text_of_errors(refused).find("import it without --transport datapath"), std::string::npos)
      << text_of_errors(refused);
  options.lenient = true;
  EXPECT_EQ(part(import_haproxy(text, options), "/frontends/web/binds").dump(), R"([{"port":80}])");
}

}  // namespace
}  // namespace poise::config::importing::haproxy
