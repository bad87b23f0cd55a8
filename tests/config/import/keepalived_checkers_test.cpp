#include "tests/config/import/imported.hpp"

namespace poise::config::importing {
namespace {

const std::string checks = "/pools/tcp-192.168.1.100-80/servers/192.168.1.10-80/checks";

std::string checked(const std::string& checker, const std::string& around = "") {
  return service_with(around + "\nreal_server 192.168.1.10 80 {\n" + checker + "\n}");
}

TEST(KeepalivedCheckers, become_checks_of_the_server_with_keepalived_s_defaults) {
  struct Row {
    std::string lines, pointer, want;
  };
  for (
      const Row& row :
      {Row{"TCP_CHECK {\n}", "/TCP_CHECK",
           R"({"interval_ms":60000,"timeout_ms":5000,"fast_interval_ms":1000,"rise":1,"fall":2,"initial_state":"up"})"},
       Row{"TCP_CHECK {\n connect_ip 192.168.1.11\n connect_port 81\n}", "/TCP_CHECK/address", "\"192.168.1.11\""},
       Row{"TCP_CHECK {\n connect_port 81\n}", "/TCP_CHECK/port", "81"},
       Row{"TCP_CHECK {\n retry 3\n delay_before_retry 2\n}", "/TCP_CHECK/fall", "4"},
       Row{"TCP_CHECK {\n retry 3\n delay_before_retry 2\n}", "/TCP_CHECK/fast_interval_ms", "2000"},
       Row{"TCP_CHECK {\n alpha\n}", "/TCP_CHECK/initial_state", ""},
       Row{"DNS_CHECK {\n type A\n name example.com\n}", "/DNS_CHECK/dns", R"({"name":"example.com","type":"A"})"},
       Row{"DNS_CHECK {\n}", "/DNS_CHECK/fall", "4"}, Row{"PING_CHECK {\n}", "/PING_CHECK/kind", "\"icmp\""},
       Row{"SMTP_CHECK {\n helo_name lb.example.com\n}", "/SMTP_CHECK/smtp_hello", "\"lb.example.com\""},
       Row{"MISC_CHECK {\n misc_path \"/bin/check -v 1\"\n misc_dynamic\n user web\n misc_timeout 7\n}",
           "/MISC_CHECK/exec", R"({"command":["/bin/check","-v","1"],"sets_weight":true,"user":"web"})"},
       Row{"MISC_CHECK {\n misc_path /bin/check\n misc_timeout 7\n}", "/MISC_CHECK/timeout_ms", "7000"},
       Row{"UDP_CHECK {\n payload Ab12f 3\n require_reply 0x1\n min_reply_length 2\n}", "/UDP_CHECK/udp",
           R"({"payload":"Ab120f03","require_reply":true,"reply":"0x01","reply_min":2})"},
       Row{"HTTP_GET {\n url {\n path /a\n status_code 200 300-302\n virtualhost a.example.com\n}\n}", "/HTTP_GET/http",
           R"({"path":"/a","status":["200","300-302"],"host":"a.example.com"})"},
       Row{"HTTP_GET {\n url {\n path /a\n}\n url {\n path /b\n regex ok\n regex_no_match\n}\n}", "/HTTP_GET-2/http",
           R"({"path":"/b","status":["200-299"],"body_match":"ok","body_match_refuses":true})"},
       Row{"SSL_GET {\n url {\n path /\n digest 9b3a0c85a887a256d6939da88aabd8cd\n}\n}", "/SSL_GET/http",
           R"({"status":["200-299"],"tls":true,"body_digest":"9b3a0c85a887a256d6939da88aabd8cd"})"}})
    expect_part({checked(row.lines), checks + row.pointer, row.want});
}

TEST(KeepalivedCheckers, take_what_they_do_not_say_from_the_server_and_the_service) {
  const std::string around = "delay_loop 6\nconnect_timeout 2\nalpha\nretry 2\nquorum 1\nhysteresis 0\n";
  expect_part({checked("connect_timeout 3\nTCP_CHECK {\n retry 0\n}", around), checks + "/TCP_CHECK",
               R"({"interval_ms":6000,"timeout_ms":3000,"rise":1,"fall":1})"});
  const Imported found = imported(checked("inhibit_on_failure\nTCP_CHECK {\n}", around + "omega\nquorum_up /bin/a"));
  EXPECT_EQ(notes_on(found, "delay_loop"), "taken: see the checks\n");
  EXPECT_EQ(notes_on(found, "quorum_up"), "ignored: nothing is told about servers yet; see poise events: /bin/a\n");
  EXPECT_NE(notes_on(found, "TCP_CHECK").find("kept, but not run by this version"), std::string::npos);
  EXPECT_EQ(part(found, checks.substr(0, checks.rfind('/')) + "/inhibit_on_failure"), true);
}

TEST(KeepalivedCheckers, wrong_values_are_refused_and_what_has_no_counterpart_is_told) {
  for (const RefusedRow& row :
       {RefusedRow{checked("TCP_CHECK {\n connect_port many\n}"), "\"many\" is no whole number"},
        RefusedRow{checked("TCP_CHECK {\n connect_ip here\n}"), "\"here\" is no address"},
        RefusedRow{checked("TCP_CHECK {\n delay_loop soon\n}"), "\"soon\" is no time"},
        RefusedRow{checked("MISC_CHECK {\n misc_path check\n}"), "is not an absolute path"},
        RefusedRow{checked("MISC_CHECK {\n}"), "command"},
        RefusedRow{checked("DNS_CHECK {\n type AA\n}"), "\"AA\" is no type of record"},
        RefusedRow{checked("UDP_CHECK {\n payload xyz\n}"), "is not bytes in hex"},
        RefusedRow{checked("HTTP_GET {\n url {\n path /\n status_code 20\n}\n}"), "\"20\" is no status code"},
        RefusedRow{checked("", "quorum 5"), "all servers together have weight 1 only"}})
    expect_refused(row);
  const Imported found = imported(checked("FILE_CHECK {\n track_file a\n}\nBFD_CHECK {\n name a\n}"));
  EXPECT_EQ(notes_on(found, "FILE_CHECK"), "ignored: there is no such check\n");
  EXPECT_EQ(notes_on(found, "BFD_CHECK"), "ignored: there is no such check\n");
}

}  // namespace
}  // namespace poise::config::importing
