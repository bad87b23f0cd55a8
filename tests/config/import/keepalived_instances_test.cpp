#include "tests/config/import/imported.hpp"

namespace poise::config::importing {
namespace {

const std::string at = "/vrrp/instances/VI_1/";

TEST(KeepalivedInstances, each_keyword_becomes_a_field) {
  struct Row {
    std::string lines, field, want;
  };
  for (const Row& row : {Row{"", "virtual_mac", "false"},
                         Row{"", "version", "2"},
                         Row{"", "priority", ""},
                         Row{"priority 150", "priority", "150"},
                         Row{"", "interface", "\"eth0\""},
                         Row{"", "virtual_router_id", "51"},
                         Row{"", "preempt", ""},
                         Row{"advert_int 2", "advert_interval_ms", "2000"},
                         Row{"version 3\nadvert_int 0.25", "advert_interval_ms", "250"},
                         Row{"version 3", "version", ""},
                         Row{"vrrp_version 3", "version", ""},
                         Row{"use_vmac", "virtual_mac", ""},
                         Row{"use_vmac vrrp.51\nvmac_xmit_base", "virtual_mac", ""},
                         Row{"unicast_src_ip 192.168.1.1", "source", "\"192.168.1.1\""},
                         Row{"mcast_src_ip 192.168.1.9", "source", "\"192.168.1.9\""},
                         Row{"unicast_ttl 2", "unicast_ttl", "2"},
                         Row{"state BACKUP\nnopreempt", "preempt", "false"},
                         Row{"preempt", "preempt", ""},
                         Row{"state BACKUP\npreempt_delay 1.5", "preempt_delay_ms", "1500"},
                         Row{"state MASTER\npreempt_delay 300", "preempt_delay_ms", ""},
                         Row{"no_accept", "accept", "false"},
                         Row{"accept", "accept", ""},
                         Row{"strict_mode on", "accept", "false"},
                         Row{"strict_mode\naccept", "accept", ""},
                         Row{"strict_mode off", "accept", ""},
                         Row{"strict_mode\npreempt_delay 5", "preempt_delay_ms", ""},
                         Row{"skip_check_adv_addr", "check_addresses", "false"},
                         Row{"skip_check_adv_addr off", "check_addresses", "true"},
                         Row{"down_timer_adverts 5", "down_timer_adverts", "5"},
                         Row{"", "announce_after_ms", ""},
                         Row{"garp_master_delay 0\ngarp_master_repeat 3", "announce_after_ms", "[0,10,20]"},
                         Row{"garp_master_repeat 1", "announce_after_ms", "[0,5000]"},
                         Row{"garp_master_repeat 100\ngarp_master_delay 1", "announce_after_ms",
                             "[0,10,20,30,40,50,60,70,1000,1010,1020,1030,1040,1050,1060,1070]"},
                         Row{"garp_master_refresh 0", "announce_refresh_ms", "0"},
                         Row{"mcast_dst_ip 224.0.0.18", "checksum", ""}})
    expect_part({instance_with(row.lines), at + row.field, row.want});
}

TEST(KeepalivedInstances, addresses_of_ipv6_make_it_version_3) {
  const std::string text =
      "vrrp_instance V6 {\n interface eth0\n virtual_router_id 6\n version 2\n virtual_ipaddress {\n fe80::100\n "
      "}\n}\n";
  expect_part({text, "/vrrp/instances/V6/version", ""});
  EXPECT_NE(notes_on(imported(text), "vrrp_instance").find("version = 3, because its addresses are IPv6"),
            std::string::npos);
}

TEST(KeepalivedInstances, names_are_made_valid) {
  const Imported found = imported(
      "vrrp_instance \"VI 1\" {\n interface eth0\n virtual_router_id 6\n virtual_ipaddress {\n"
      " 192.168.1.9\n }\n}\n");
  EXPECT_EQ(text_of_errors(found), "");
  EXPECT_TRUE(found.document["vrrp"]["instances"].contains("VI_1"));
  EXPECT_NE(notes_on(found, "vrrp_instance").find("changed: names have"), std::string::npos);
}

TEST(KeepalivedInstances, traps_are_errors_with_a_fix) {
  const std::string script = "vrrp_script c { script /x }\n";
  for (const RefusedRow& row :
       {RefusedRow{instance_with("state MASTER\nnopreempt"),
                   "k.conf:9: with state MASTER keepalived preempts in any case"},
        RefusedRow{"vrrp_instance A {\n state MASTER\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {\n"
                   " 192.168.1.9\n }\n}",
                   "k.conf:2: without a priority keepalived takes state MASTER for 255"},
        RefusedRow{instance_with("advert_int 0.5"),
                   "k.conf:8: vrrp.instances.VI_1.advert_interval_ms: 500 ms cannot be said "
                   "in version 2, which counts whole seconds (use 1000, or version 3)"},
        RefusedRow{script + instance_with("state BACKUP\nnopreempt\ntrack_script {\n c weight 2\n}"),
                   "k.conf:10: vrrp.instances.VI_1.preempt: without preemption a lower priority never makes another"},
        RefusedRow{instance_with("priority 300"), "k.conf:8: vrrp.instances.VI_1.priority: 300 is above 255"},
        RefusedRow{instance_with("priority 0"), "0 is below 1"},
        RefusedRow{instance_with("priority high"), "is no whole number"},
        RefusedRow{instance_with("state ACTIVE"), "there is no state"},
        RefusedRow{instance_with("version 4"), "4 is above 3"},
        RefusedRow{instance_with("priority 255"), "no interface has it"},
        RefusedRow{instance_with("strict_mode\nunicast_peer {\n192.168.1.2\n}"),
                   "the strict mode has no unicast peers"},
        RefusedRow{instance_with("mcast_dst_ip 224.0.0.99"), "advertisements go to 224.0.0.18"},
        RefusedRow{instance_with("use_ipvlan"), "there is no use_ipvlan"},
        RefusedRow{instance_with("vrf blue"), "there is no vrf"},
        RefusedRow{instance_with("unicast_src_ip here"), "is no address"},
        RefusedRow{"vrrp_instance A {\n virtual_router_id 1\n virtual_ipaddress { 192.168.1.9 }\n}",
                   "the instance has no interface"},
        RefusedRow{"vrrp_instance A {\n interface eth0\n virtual_ipaddress { 192.168.1.9 }\n}",
                   "\"virtual_router_id\" is missing"},
        RefusedRow{instance_with("") + instance_with(""), "there is an instance \"VI_1\" already"}})
    expect_refused(row);
}

TEST(KeepalivedInstances, lenient_leaves_out_what_keepalived_does_not_do_either) {
  const Imported found = imported(instance_with("state MASTER\nnopreempt\nuse_ipvlan\nnew_keyword 5"), true);
  EXPECT_EQ(text_of_errors(found), "");
  EXPECT_EQ(part(found, at + "preempt"), nlohmann::json());
  EXPECT_NE(notes_on(found, "new_keyword").find("problem: left out"), std::string::npos);
}

}  // namespace
}  // namespace poise::config::importing
