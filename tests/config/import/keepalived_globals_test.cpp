#include "tests/config/import/imported.hpp"

namespace poise::config::importing {
namespace {

std::string globals(const std::string& lines) { return "global_defs {\n" + lines + "\n}\n"; }

const std::string mail_lines =
    "smtp_server 127.0.0.1\nnotification_email {\na@example.com\nb@example.com\n}\nnotification_email_from "
    "k@example.com\n";

TEST(KeepalivedGlobals, become_the_node_the_mails_and_the_scripts_user) {
  for (
      const PartRow& row :
      {PartRow{globals("router_id LVS_DEMO"), "/node/name", "\"LVS_DEMO\""},
       PartRow{globals("router_id \"my node\""), "/node/name", "\"my_node\""},
       PartRow{globals("script_user root"), "/vrrp/script_user", "\"root\""},
       PartRow{
           globals(mail_lines), "/mail",
           R"({"server":"127.0.0.1","security":"none","from":"k@example.com","to":["a@example.com","b@example.com"]})"},
       PartRow{globals("smtp_server mx.example.com 2525\nnotification_email { a@example.com }\nrouter_id n1\n"
                       "smtp_helo_name me\nsmtp_connect_timeout 10"),
               "/mail",
               R"({"server":"mx.example.com","port":2525,"security":"none","from":"keepalived@n1","hello":"me",
                    "timeout_ms":10000,"to":["a@example.com"]})"},
       PartRow{globals("smtp_server 10.0.0.9\nnotification_email { a@example.com }\n"
                       "notification_email_from \"Keepalived <k@example.com>\""),
               "/mail/from", "\"k@example.com\""},
       PartRow{globals("notification_email { a@example.com }"), "/mail", ""},
       PartRow{globals("smtp_server 10.0.0.9"), "/mail", ""}})
    expect_part(row);
}

TEST(KeepalivedGlobals, concern_every_instance_wherever_they_stand) {
  const std::string instance = "/vrrp/instances/VI_1/";
  struct Row {
    std::string lines, field, want;
  };
  for (const Row& row :
       {Row{"vrrp_version 3", "version", ""}, Row{"", "version", "2"}, Row{"vrrp_min_garp", "announce_after_ms", "[0]"},
        Row{"vrrp_garp_master_delay 1\nvrrp_garp_master_repeat 2", "announce_after_ms", "[0,10,1000,1010]"},
        Row{"vrrp_garp_interval 0.1\nvrrp_garp_master_repeat 2", "announce_after_ms", "[0,100,5000,5100]"},
        Row{"vrrp_garp_master_refresh 10", "announce_refresh_ms", "10000"},
        Row{"vrrp_down_timer_adverts 4", "down_timer_adverts", "4"},
        Row{"vrrp_startup_delay 5.5", "start_delay_ms", "5500"},
        Row{"vrrp_skip_check_adv_addr", "check_addresses", "false"}, Row{"vrrp_strict", "accept", "false"},
        Row{mail_lines + "smtp_alert", "notify", R"({"mail":true})"}, Row{mail_lines, "notify", ""},
        Row{"smtp_alert_vrrp on", "notify", ""}}) {
    expect_part({globals(row.lines) + instance_with(""), instance + row.field, row.want});
    expect_part({instance_with("") + globals(row.lines), instance + row.field, row.want});
  }
}

TEST(KeepalivedGlobals, wrong_values_are_refused) {
  for (const RefusedRow& row : {RefusedRow{globals("vrrp_version 4"), "k.conf:2: there is no VRRP version 4"},
                                RefusedRow{globals("vrrp_mcast_group4 224.0.0.81"), "advertisements go to 224.0.0.18"},
                                RefusedRow{globals("lvs_timeouts tcp 900"), "services.*.timeouts"},
                                RefusedRow{globals("smtp_server a 99999\nnotification_email { a@b }"), "mail.port"},
                                RefusedRow{globals("vrrp_startup_delay x"), "is no time"},
                                RefusedRow{globals("router_idd x"), "did you mean \"router_id\"?"}})
    expect_refused(row);
}

TEST(KeepalivedGlobals, what_is_not_used_says_why) {
  const Imported found =
      imported(globals("enable_dbus\nvrrp_rt_priority 50\nenable_script_security\nvrrp_mcast_group4 "
                       "224.0.0.18\nscript_user a b\nsmtp_helo_name x\nlvs_sync_daemon eth0 VI_1"));
  EXPECT_EQ(text_of_errors(found), "");
  EXPECT_EQ(notes_on(found, "enable_dbus"), "ignored: there is no D-Bus; see the REST API\n");
  EXPECT_NE(notes_on(found, "vrrp_rt_priority").find("node.control_core"), std::string::npos);
  EXPECT_NE(notes_on(found, "enable_script_security").find("taken: always so"), std::string::npos);
  EXPECT_NE(notes_on(found, "script_user").find("changed: the group is that of the user, not b"), std::string::npos);
  EXPECT_EQ(notes_on(found, "smtp_helo_name"), "ignored: no mails are sent: there is no smtp_server\n");
  EXPECT_NE(notes_on(found, "lvs_sync_daemon"), "");
}

}  // namespace
}  // namespace poise::config::importing
