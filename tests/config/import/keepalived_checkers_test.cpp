#include "tests/config/import/imported.hpp"

namespace poise::config::importing {
namespace {

const std::string checks = "/pools/tcp-192.168.1.100-80/checks";
std::string checked_by(const std::string& checker, const std::string& service_lines = "") {
  return service_with(service_lines + "\nreal_server 192.168.1.10 80 {\n" + checker + "\n}");
}

TEST(KeepalivedCheckers, each_kind_becomes_a_check_with_the_defaults_of_keepalived) {
  for (const PartRow& row :
       {PartRow{checked_by("TCP_CHECK {\n connect_port 81\n connect_ip 192.168.1.9\n}"), checks,
                R"({"tcp":{"interval_ms":60000,"timeout_ms":5000,"rise":1,"fall":1,"retries":1,"initial_state":"up",
                    "port":81,"address":"192.168.1.9"}})"},
        PartRow{checked_by("HTTP_GET {\n}"), checks,
                R"({"http":{"kind":"http","interval_ms":60000,"timeout_ms":5000,"rise":1,"fall":1,"retries":1,
                    "retry_delay_ms":3000,"initial_state":"up",
                    "http":{"version":"1.0","statuses":["200-299"]}}})"},
        PartRow{checked_by("PING_CHECK {\n retry 0\n}"), checks,
                R"({"icmp":{"kind":"icmp","interval_ms":60000,"timeout_ms":5000,"rise":1,"fall":1,
                    "initial_state":"up"}})"},
        PartRow{checked_by("DNS_CHECK {\n type a\n name www.example.com\n delay_loop 9\n}"), checks,
                R"({"dns":{"kind":"dns","interval_ms":9000,"timeout_ms":5000,"rise":1,"fall":1,"retries":3,
                    "retry_delay_ms":9000,"initial_state":"up","dns":{"type":"A","name":"www.example.com"}}})"},
        PartRow{checked_by("SMTP_CHECK {\n helo_name me\n alpha\n}"), checks,
                R"({"smtp":{"kind":"smtp","interval_ms":60000,"timeout_ms":5000,"rise":1,"fall":1,"retries":1,
                    "smtp":{"helo":"me"}}})"},
        PartRow{
            checked_by("MISC_CHECK {\n misc_path \"/bin/check 'a b'\"\n misc_timeout 7\n misc_dynamic\n user www\n}"),
            checks,
            R"({"exec":{"kind":"exec","interval_ms":60000,"timeout_ms":7000,"rise":1,"fall":1,"initial_state":"up",
                    "exec":{"command":["/bin/check","a b"],"user":"www","weight_from_exit_code":true}}})"}})
    expect_part(row);
}

TEST(KeepalivedCheckers, the_closest_statement_counts) {
  const std::string service =
      "delay_loop 6\nconnect_timeout 3\nretry 4\ndelay_before_retry 2\nalpha\nvirtualhost a.com";
  const std::string server = "delay_loop 7\nTCP_CHECK {\n delay_before_retry 1.5\n}";
  expect_part(
      {checked_by(server, service), checks,
       R"({"tcp":{"interval_ms":7000,"timeout_ms":3000,"rise":1,"fall":1,"retries":4,"retry_delay_ms":1500}})"});
  expect_part({checked_by("HTTP_GET {\n alpha off\n}", service), checks + "/http/initial_state", "\"up\""});
  expect_part({checked_by("HTTP_GET {\n}", service), checks + "/http/http/host", "\"a.com\""});
}

TEST(KeepalivedCheckers, each_url_is_a_check) {
  const std::string urls =
      "SSL_GET {\n url {\n path /a\n status_code 200 301-302\n virtualhost b.com\n}\n"
      "url {\n path /b\n digest 9b3a0c85a887a256d6939da88aabd8cd\n regex OK\n regex_options caseless dotall\n}\n"
      "http_protocol 1.1\n enable_sni\n}";
  expect_part(
      {checked_by(urls), checks + "/https/http", R"({"path":"/a","statuses":["200","301-302"],"host":"b.com"})"});
  expect_part({checked_by(urls), checks + "/https-2/http",
               R"({"path":"/b","statuses":["200-299"],"body_match":"(?is)OK",
                   "body_md5":"9b3a0c85a887a256d6939da88aabd8cd"})"});
  expect_part({checked_by("HTTP_GET {\n url {\n regex OK\n regex_no_match\n}\n}"), checks + "/http/http/body_no_match",
               "\"OK\""});
}

TEST(KeepalivedCheckers, datagrams_are_hex_of_a_free_form) {
  expect_part({checked_by("UDP_CHECK {\n payload Ab12f 3\n require_reply aX X1 XX 07\n min_reply_length 2\n}"),
               checks + "/udp/exchange",
               R"({"payload":"\\xAb\\x12\\x0f\\x03","reply_required":true,"reply_bytes_min":2,"reply_bytes_max":255,
                   "expected":"(?s)^[\\xa0-\\xaf][\\x01\\x11\\x21\\x31\\x41\\x51\\x61\\x71\\x81\\x91\\xa1\\xb1\\xc1\\xd1\\xe1\\xf1].\\x07"})"});
  expect_part({checked_by("UDP_CHECK {\n}"), checks + "/udp/exchange", ""});
}

TEST(KeepalivedCheckers, servers_that_differ_have_checks_of_their_own) {
  const std::string servers = "/pools/tcp-192.168.1.100-80/servers/";
  const std::string one = "real_server 192.168.1.10 80 {\n TCP_CHECK {\n}\n}\n",
                    two = "real_server 192.168.1.11 80 {\n PING_CHECK {\n}\n}\n",
                    none = "real_server 192.168.1.12 80 {\n}\n", sorry = "sorry_server 192.168.1.20 80\n";
  expect_part({service_with(one + two + none), checks, ""});
  expect_part({service_with(one + two + none), servers + "192.168.1.10-80/checks/tcp/interval_ms", "60000"});
  expect_part({service_with(one + two + none), servers + "192.168.1.11-80/checks/icmp/kind", "\"icmp\""});
  expect_part({service_with(one + two + none), servers + "192.168.1.12-80/checks", ""});
  expect_part({service_with(sorry + one), checks + "/tcp/interval_ms", "60000"});
  expect_part({service_with(sorry + one), servers + "sorry-192.168.1.20-80/checks", "{}"});
}

TEST(KeepalivedCheckers, a_server_without_a_port_here_is_probed_at_the_one_it_had) {
  const std::string group = "virtual_server_group G {\n 192.168.1.100 80\n 192.168.1.101 81\n}\n";
  expect_part({group +
                   "virtual_server group G {\n protocol TCP\n lb_kind TUN\n real_server 192.168.1.10 80 {\n TCP_CHECK "
                   "{\n}\n}\n}",
               "/pools/tcp-G/checks/tcp/port", "80"});
}

TEST(KeepalivedCheckers, notes_say_what_became_of_each_line) {
  const Imported found = imported(checked_by("TCP_CHECK {\n bindto 10.0.0.1\n warmup 3\n}", "delay_loop 2"));
  EXPECT_EQ(text_of_errors(found), "");
  EXPECT_EQ(notes_on(found, "TCP_CHECK"),
            "changed: interval_ms = 5000, the time-out: a probe ends before the next begins\n"
            "taken: checks.tcp\n");
  EXPECT_EQ(notes_on(imported(checked_by("PING_CHECK {\n}")), "PING_CHECK"), "taken: checks.icmp\n");
  EXPECT_EQ(notes_on(found, "delay_loop"), "taken: interval_ms = 2000\n");
  EXPECT_EQ(notes_on(found, "bindto"),
            "ignored: probes leave with the address of the interface towards the server: 10.0.0.1\n");
}

TEST(KeepalivedCheckers, what_cannot_be_said_is_refused_at_its_line) {
  for (const RefusedRow& row :
       {RefusedRow{checked_by("BFD_CHECK {\n name x\n}"), "k.conf:5: there is no check like it"},
        RefusedRow{checked_by("FILE_CHECK {\n track_file f\n}"), "there is no check like it"},
        RefusedRow{checked_by("MISC_CHECK {\n}"), "there is no misc_path"},
        RefusedRow{checked_by("MISC_CHECK {\n misc_path nothing\n}"), "k.conf:6: \"nothing\" is not an absolute path"},
        RefusedRow{checked_by("UDP_CHECK {\n payload xx\n}"), "\"xx\" are no bytes"},
        RefusedRow{checked_by("UDP_CHECK {\n require_reply gg\n}"), "\"gg\" are no bytes"},
        RefusedRow{checked_by("TCP_CHECK {\n connect_ip here\n}"), "k.conf:6: \"here\" is no address"},
        RefusedRow{checked_by("DNS_CHECK {\n type LOC\n}"), "\"LOC\" is not possible here"},
        RefusedRow{checked_by("HTTP_GET {\n url {\n status_code 299-200\n}\n}"), "k.conf:7: "},
        RefusedRow{checked_by("HTTP_GET {\n url {\n regex (\n}\n}"), "no regular expression"},
        RefusedRow{checked_by("HTTP_GET {\n url {\n regex a\n regex_options extended\n}\n}"), "no option \"extended\""},
        RefusedRow{checked_by("TCP_CHECK {\n}\n}\nreal_server 192.168.1.11 80 {\nTCP_CHECK {\n}", "delay_loop soon"),
                   "k.conf:3: \"soon\" is no time"}})
    expect_refused(row);
  EXPECT_EQ(imported(checked_by("TCP_CHECK {\n}\n}\nreal_server 192.168.1.11 80 {\nTCP_CHECK {\n}", "delay_loop soon"))
                .errors.size(),
            1u);
  EXPECT_EQ(text_of_errors(imported(checked_by("BFD_CHECK {\n name x\n}"), true)), "");
}

}  // namespace
}  // namespace poise::config::importing
