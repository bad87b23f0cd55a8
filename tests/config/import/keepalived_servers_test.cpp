#include "tests/config/import/imported.hpp"

namespace poise::config::importing {
namespace {

const std::string service = "/services/tcp-192.168.1.100-80", pool = "/pools/tcp-192.168.1.100-80";
const std::string real = "real_server 192.168.1.10 8080 {\n weight 3\n}\n";

TEST(KeepalivedServers, become_a_service_and_its_pool) {
  struct Row {
    std::string lines, pointer, want;
  };
  for (const Row& row :
       {Row{"lb_algo rr\nlb_kind NAT\n" + real, service,
            R"({"address":"192.168.1.100","ports":80,"pool":"tcp-192.168.1.100-80","mode":"nat","scheduler":"rr"})"},
        Row{real, service + "/scheduler", "\"wlc\""}, Row{real, service + "/mode", "\"nat\""},
        Row{"lvs_sched mh", service + "/scheduler", "\"maglev\""},
        Row{"lvs_sched twos", service + "/scheduler", "\"random2\""},
        Row{"lb_algo lblc", service + "/scheduler", "\"dh\""}, Row{"lb_algo wrr", service + "/scheduler", ""},
        Row{"lb_kind DR", service + "/mode", "\"dr\""}, Row{"lb_kind FNAT", service + "/mode", ""},
        Row{"lvs_method TUN type gue port 6080 nocsum", service + "/encapsulation", "\"gue\""},
        Row{"lvs_method TUN", service + "/mode", "\"tunnel\""},
        Row{"persistence_timeout 50", service + "/persistence", R"({"timeout_ms":50000})"},
        Row{"persistence_timeout\npersistence_granularity 255.255.255.0", service + "/persistence",
            R"({"timeout_ms":360000,"prefix_v4":24})"},
        Row{real, pool + "/servers", R"({"192.168.1.10-8080":{"address":"192.168.1.10","port":8080,"weight":3}})"},
        Row{"lb_kind DR\n" + real, pool + "/servers", R"({"192.168.1.10-8080":{"address":"192.168.1.10","weight":3}})"},
        Row{"real_server 192.168.1.10 80 {\n uthreshold 100\n inhibit_on_failure\n}", pool + "/servers/192.168.1.10-80",
            R"({"address":"192.168.1.10","port":80,"connections_max":100,"inhibit_on_failure":true})"},
        Row{"sorry_server 192.168.1.20 80\n" + real, pool + "/sorry_server", "\"sorry-192.168.1.20-80\""},
        Row{"sorry_server 192.168.1.20 80\n" + real, pool + "/servers/sorry-192.168.1.20-80/address",
            "\"192.168.1.20\""}})
    expect_part({service_with(row.lines), row.pointer, row.want});
}

TEST(KeepalivedServers, without_a_protocol_it_is_udp_and_without_a_port_any) {
  const std::string bare = "virtual_server 192.168.1.100 {\n real_server 192.168.1.10 53 {\n}\n}\n";
  expect_part({bare, "/services/udp-192.168.1.100-any",
               R"({"address":"192.168.1.100","ports":"any","protocol":"udp","mode":"nat","scheduler":"wlc",
                   "pool":"udp-192.168.1.100-any"})"});
  expect_part({bare, "/pools/udp-192.168.1.100-any/servers/192.168.1.10-53/port", ""});
}

TEST(KeepalivedServers, a_group_is_a_service_for_each_address_with_one_pool) {
  const std::string group =
      "virtual_server_group G {\n 192.168.1.100 80\n 192.168.1.110-111 81\n 192.168.1.120/31 82\n}\n";
  const Imported found = imported(group + "virtual_server group G {\n protocol TCP\n" + real + "}\n");
  EXPECT_EQ(text_of_errors(found), "");
  EXPECT_EQ(found.document["services"].size(), 5u);
  EXPECT_EQ(found.document["pools"].size(), 1u);
  for (const auto& [name, each] : found.document["services"].items()) EXPECT_EQ(each["pool"], "tcp-G") << name;
  EXPECT_TRUE(found.document["services"].contains("tcp-192.168.1.111-81"));
}

TEST(KeepalivedServers, quorum_and_failure_are_the_pools) {
  const std::string two = real + "real_server 192.168.1.11 8080 {\n weight 4\n}\n";
  for (const PartRow& row :
       {PartRow{service_with("quorum 5\nhysteresis 1\n" + two), pool + "/quorum", "5"},
        PartRow{service_with("quorum 5\nhysteresis 1\n" + two), pool + "/quorum_hysteresis", "1"},
        PartRow{service_with("inhibit_on_failure\n" + real), pool + "/inhibit_on_failure", "true"},
        PartRow{service_with("inhibit_on_failure off\n" + real), pool + "/inhibit_on_failure", ""},
        PartRow{service_with("real_server 192.168.1.10 80 {\n inhibit_on_failure\n}"), pool + "/inhibit_on_failure",
                ""},
        PartRow{service_with("inhibit_on_failure\nreal_server 192.168.1.10 80 {\n inhibit_on_failure off\n}"),
                pool + "/servers/192.168.1.10-80/inhibit_on_failure", "false"}})
    expect_part(row);
  expect_refused({service_with("quorum 8\n" + two), "k.conf:3: pools[\"tcp-192.168.1.100-80\"].quorum: all servers"});
  const Imported found = imported(service_with("quorum_up /bin/true\nomega\nha_suspend\n" + real));
  EXPECT_EQ(notes_on(found, "quorum_up"),
            "ignored: no programs are run when a server or pool changes; see poise events: /bin/true\n");
  EXPECT_EQ(notes_on(found, "ha_suspend"), "ignored: checks go on while the address is not held\n");
}

TEST(KeepalivedServers, what_cannot_be_served_is_refused) {
  for (const RefusedRow& row :
       {RefusedRow{"virtual_server fwmark 1 {\n" + real + "}", "packets have no firewall marks here"},
        RefusedRow{"virtual_server group G {\n protocol TCP\n}", "there is no virtual_server_group \"G\""},
        RefusedRow{"virtual_server_group G {\n fwmark 1\n}\nvirtual_server group G {\n protocol TCP\n}",
                   "firewall marks"},
        RefusedRow{"virtual_server_group G {\n 10.0.0.0/8 80\n}\nvirtual_server group G {\n protocol TCP\n}",
                   "more than 256"},
        RefusedRow{"virtual_server nowhere 80 {\n protocol TCP\n}", "k.conf:1: \"nowhere\" is no address"},
        RefusedRow{"virtual_server 10.0.0.9 http {\n protocol TCP\n}", "\"http\" is no whole number"},
        RefusedRow{service_with("lb_algo fastest"), "there is no scheduler \"fastest\""},
        RefusedRow{service_with("lb_kind BRIDGE"), "there is no method"},
        RefusedRow{service_with("protocol SCTP"), "SCTP"},
        RefusedRow{service_with("protocol ICMP"), "there is no protocol"},
        RefusedRow{service_with("lvs_method TUN type gue port 5555"), "GUE goes to port 6080"},
        RefusedRow{service_with("persistence_timeout 5\npersistence_granularity 255.0.255.0"), "is no mask"},
        RefusedRow{service_with("real_server 192.168.1.10 80 {\n weight 70000\n}"), "weight: 70000 is above 65535"},
        RefusedRow{service_with(real + real), "is there already"},
        RefusedRow{service_with("real_server 192.168.1.10 80 {\n lvs_method DR\n}"), "all servers of a service"},
        RefusedRow{service_with("lb_kind DR\nreal_server 172.16.0.1 80 {\n}"), "is on no subnet of an interface"},
        RefusedRow{service_with("") + service_with(""), "already"}}) {
    const std::string text = row.text.find("172.16") == std::string::npos ? row.text : instance_with("") + row.text;
    expect_refused({text, row.error});
  }
}

TEST(KeepalivedServers, lenient_leaves_out_whole_services) {
  const Imported found = imported("virtual_server fwmark 1 {\n" + real + "}\n" + service_with("protocol SCTP"), true);
  EXPECT_EQ(text_of_errors(found), "");
  EXPECT_FALSE(found.document.contains("services"));
}

}  // namespace
}  // namespace poise::config::importing
