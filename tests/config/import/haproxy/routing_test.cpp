#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

std::string tcp_frontend(const std::string& lines) {
  return "defaults\n mode tcp\n timeout connect 1s\n timeout client 1s\n timeout server 1s\nfrontend web\n bind "
         ":443\n" +
         lines +
         "\n default_backend pool\nbackend pool\n server s1 192.0.2.11:443\nbackend other\n server s1 "
         "192.0.2.12:443\n";
}

TEST(HaproxyRouting, backends_are_chosen_by_conditions_and_files) {
  const std::string rules = "/frontends/web/backend_rules";
  for (const PartRow& row :
       {PartRow{frontend_with("use_backend pool if { path_beg /a }"), rules,
                R"([{"backend":"pool","match":{"path":{"prefix":["/a"]}}}])"},
        PartRow{frontend_with("use_backend pool"), rules, R"([{"backend":"pool"}])"},
        PartRow{tcp_frontend("use_backend other if { req.ssl_sni -i a.org }"), rules,
                R"([{"backend":"other","match":{"sni":{"exact":["a.org"],"case_insensitive":true}}}])"},
        PartRow{frontend_with("use_backend %[req.hdr(host),field(1,:),lower,map(/etc/h.map,pool)]"), rules,
                R"([{"map":{"key":"%[host]","file":"/etc/h.map","case_insensitive":true,"default":"pool"}}])"},
        PartRow{frontend_with("use_backend %[path,map_beg(/etc/p.map)]"), rules,
                R"([{"map":{"key":"%[path]","file":"/etc/p.map","compare":"prefix"}}])"}})
    expect_part(row);
}

TEST(HaproxyRouting, connections_are_accepted_and_rejected) {
  const std::string rules = "/frontends/web/connection_rules";
  for (const PartRow& row :
       {PartRow{frontend_with("tcp-request connection reject if { src 192.0.2.0/24 }"), rules,
                R"([{"reject":true,"match":{"source":["192.0.2.0/24"]}}])"},
        PartRow{frontend_with("tcp-request connection accept\ntcp-request session silent-drop"), rules,
                R"([{"accept":true},{"silent_drop":true}])"},
        PartRow{tcp_frontend("tcp-request inspect-delay 3s\ntcp-request content accept if { req.ssl_hello_type 1 }\n"
                             "tcp-request content reject if { req.ssl_sni -m end .bad.org }"),
                "/frontends/web", R"({"mode":"tcp","transport":"kernel","binds":[{"port":443}],"default_backend":"pool",
                "inspect_delay_ms":3000,"timeouts":{"client_ms":1000,"http_request_ms":0},
                "connection_rules":[{"reject":true,"match":{"sni":{"suffix":[".bad.org"]}}}]})"},
        PartRow{frontend_with("timeout tarpit 20s"), "/frontends/web/timeouts/tarpit_ms", "20000"}})
    expect_part(row);
}

TEST(HaproxyRouting, wrong_lines_are_refused) {
  for (const RefusedRow& row :
       {RefusedRow{frontend_with("use_backend pol if TRUE"), "did you mean \"pool\"?"},
        RefusedRow{frontend_with("use_backend pool path /a"), "\"path\" is not expected here"},
        RefusedRow{frontend_with("use_backend bk_%[req.hdr(host)]"), "not put together"},
        RefusedRow{frontend_with("use_backend %[path,map_reg(/a,pool)]"), "not put together"},
        RefusedRow{frontend_with("use_backend %[path,map(/a,nobody)]"), "there is no backend \"nobody\""},
        RefusedRow{frontend_with("tcp-request connection reject if { path /a }"), "can't ask for it"},
        RefusedRow{backend_with("tcp-request content reject"), "those of frontends"},
        RefusedRow{frontend_with("tcp-request inspect-delay x"), "is no time"},
        RefusedRow{frontend_with("tcp-request contents accept"), "did you mean \"content\"?"}})
    expect_refused(row);
}

}  // namespace
}  // namespace poise::config::importing::haproxy
