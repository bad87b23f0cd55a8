#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

std::string with_servers(const std::string& lines) { return timeouts + "backend b\n" + lines + "\n"; }

TEST(HaproxyChecks, what_all_servers_have_alike_is_said_once) {
  const std::string b = "/backends/b/";
  const std::string two = "server x 192.0.2.1:80 check inter 5s rise 3\nserver y 192.0.2.2:80 check inter 5s rise 4\n";
  for (const PartRow& row :
       {PartRow{with_servers("server x 192.0.2.1:80"), b + "check", ""},
        PartRow{with_servers("server x 192.0.2.1:80 check"), b + "check", "{}"},
        PartRow{with_servers("server x 192.0.2.1:80 check\nserver y 192.0.2.2:80"), b + "servers/y/check",
                R"({"enabled":false})"},
        PartRow{with_servers(two), b + "check", R"({"inter_ms":5000})"},
        PartRow{with_servers(two), b + "servers/y/check", R"({"rise":4})"},
        PartRow{with_servers("default-server inter 3s fastinter 1s downinter 9s rise 1 fall 5 check\n"
                             "server x 192.0.2.1:80\nserver y 192.0.2.2:80 no-check"),
                b + "check", R"({"inter_ms":3000,"fast_inter_ms":1000,"down_inter_ms":9000,"rise":1,"fall":5})"},
        PartRow{
            with_servers("server x 192.0.2.1:80 check port 81 addr 192.0.2.9 check-send-proxy check-ssl check-sni a"),
            b + "check", R"({"port":81,"address":"192.0.2.9","send_proxy":true,"tls":{}})"},
        PartRow{with_servers("server x 192.0.2.1:80 check check-ssl check-sni a"), b + "servers/x/check",
                R"({"sni":"a"})"}})
    expect_part(row);
}

TEST(HaproxyChecks, agents_reactions_and_tracking_are_those_of_servers) {
  const std::string x = "/backends/b/servers/x/";
  for (const PartRow& row :
       {PartRow{with_servers("server x 192.0.2.1:80 agent-check agent-port 99 agent-inter 5s agent-send \"a\\n\" "
                             "agent-addr 192.0.2.3"),
                x + "agent", R"({"port":99,"inter_ms":5000,"send":"a\\x0a","address":"192.0.2.3"})"},
        PartRow{
            with_servers("server x 192.0.2.1:80 check observe layer7 error-limit 5 on-error mark-down slowstart 30s "
                         "on-marked-down shutdown-sessions on-marked-up shutdown-backup-sessions init-state down"),
            "/backends/b/health", R"({"observe":"layer7","error_limit":5,"on_error":"mark-down",
                "slow_start_ms":30000,"on_marked_down":"shutdown-sessions",
                "on_marked_up":"shutdown-backup-sessions","init_state":"down"})"},
        PartRow{with_servers("server x 192.0.2.1:80 observe layer4\nserver y 192.0.2.2:80 check"), x + "health", ""},
        PartRow{with_servers("server y 192.0.2.2:80 check\nserver x 192.0.2.1:80 track y"), x + "track", "\"b/y\""},
        PartRow{with_servers("server y 192.0.2.2:80 check\nserver x 192.0.2.1:80 track b/y check"), x + "check",
                R"({"enabled":false})"}})
    expect_part(row);
}

TEST(HaproxyChecks, wrong_words_are_refused) {
  for (const RefusedRow& row :
       {RefusedRow{with_servers("server x 192.0.2.1:80 check inter x"), "is no time"},
        RefusedRow{with_servers("server x 192.0.2.1:80 check inter 0"), "no time between checks"},
        RefusedRow{with_servers("server x 192.0.2.1:80 check rise 0"), "out of range"},
        RefusedRow{with_servers("server x 192.0.2.1:80 check port 0"), "out of range"},
        RefusedRow{with_servers("server x 192.0.2.1:80 check observe layer5"), "there is no \"layer5\""},
        RefusedRow{with_servers("server x 192.0.2.1:80 agent-check"), "needs agent-port"},
        RefusedRow{with_servers("server x 192.0.2.1:80 track z"), "there is no server \"b/z\""},
        RefusedRow{with_servers("server x 192.0.2.1 check"), "no port that could be checked"}})
    expect_refused(row);
}

}  // namespace
}  // namespace poise::config::importing::haproxy
