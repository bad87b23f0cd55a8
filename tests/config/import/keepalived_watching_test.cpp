#include "tests/config/import/imported.hpp"

namespace poise::config::importing {
namespace {

const std::string script =
    "vrrp_script chk {\n script \"killall -0 haproxy\"\n interval 2\n weight -20\n fall 3\n rise 2\n}\n";
const std::string file = "track_file f {\n file /run/f\n weight 2 reverse\n}\n";
const std::string plain_file = "vrrp_track_file f {\n file /run/f\n}\n";
const std::string mail = "global_defs {\n smtp_server 10.0.0.9\n notification_email { a@example.com }\n}\n";

TEST(KeepalivedWatching, scripts_and_files_are_taken) {
  for (const PartRow& row :
       {PartRow{script, "/vrrp/scripts/chk",
                R"({"command":["/usr/bin/killall","-0","haproxy"],"interval_ms":2000,"fall":3,"rise":2})"},
        PartRow{"vrrp_script c {\n script \"/x 'a b'\"\n timeout 5\n user root root\n init_fail\n}\n",
                "/vrrp/scripts/c", R"({"command":["/x","a b"],"timeout_ms":5000,"user":"root"})"},
        PartRow{"vrrp_script c { script /x a b\n interval 1 }", "/vrrp/scripts/c/command", R"(["/x","a","b"])"},
        PartRow{file, "/vrrp/files/f", R"({"path":"/run/f"})"}})
    expect_part(row);
}

TEST(KeepalivedWatching, a_tracker_has_its_own_weight_or_the_declared_one) {
  struct Row {
    std::string before, lines, want;
  };
  for (const Row& row :
       {Row{"", "track_interface {\n eth1\n eth0 weight -10\n}",
            R"([{"interface":"eth1"},{"interface":"eth0","weight":-10}])"},
        Row{script, "track_script {\n chk\n}", R"([{"script":"chk","weight":-20}])"},
        Row{script, "track_script {\n chk weight 5 reverse\n}", R"([{"script":"chk","weight":5,"reverse":true}])"},
        Row{script, "track_script {\n chk weight 0\n}", R"([{"script":"chk"}])"},
        Row{file, "track_file {\n f\n}", R"([{"file":"f","weight":2,"reverse":true}])"},
        Row{file, "track_file {\n f noreverse\n}", R"([{"file":"f","weight":2}])"},
        Row{plain_file, "track_file {\n f\n}", R"([{"file":"f","weight":1}])"}, Row{"", "track_process {\n p\n}", ""},
        Row{"", "track_bfd {\n b\n}", ""}})
    for (const std::string& text : {row.before + instance_with(row.lines), instance_with(row.lines) + row.before})
      expect_part({text, "/vrrp/instances/VI_1/track", row.want});
}

TEST(KeepalivedWatching, notify_runs_programs_with_their_arguments) {
  for (const PartRow& row :
       {PartRow{instance_with("notify \"/n.sh 'a b' c\""), "/vrrp/instances/VI_1/notify/any", R"(["/n.sh","a b","c"])"},
        PartRow{instance_with("notify_master /m\nnotify_backup /b\nnotify_fault \"/f x\"\nnotify_stop /s"),
                "/vrrp/instances/VI_1/notify", R"({"master":["/m"],"backup":["/b"],"fault":["/f","x"],"stop":["/s"]})"},
        PartRow{mail + instance_with("smtp_alert"), "/vrrp/instances/VI_1/notify", R"({"mail":true})"},
        PartRow{mail + instance_with("smtp_alert off"), "/vrrp/instances/VI_1/notify", ""},
        PartRow{instance_with("smtp_alert"), "/vrrp/instances/VI_1/notify", ""}})
    expect_part(row);
  const Imported found = imported(instance_with("notify_master /m root\nsmtp_alert"));
  EXPECT_NE(notes_on(found, "notify_master").find("changed: runs as vrrp.script_user, which is nobody, not as root"),
            std::string::npos);
  EXPECT_NE(notes_on(found, "smtp_alert").find("ignored: no mails are sent"), std::string::npos);
}

TEST(KeepalivedWatching, what_cannot_run_or_is_not_there_is_refused_once) {
  for (const RefusedRow& row :
       {RefusedRow{"vrrp_script c {\n script unknown_program\n}",
                   "k.conf:2: \"unknown_program\" is not an absolute path"},
        RefusedRow{"vrrp_script c {\n script \"</dev/tcp/127.0.0.1/80\"\n}", "none reads it"},
        RefusedRow{"vrrp_script c {\n interval 1\n}", "\"command\" is missing"},
        RefusedRow{"vrrp_script c {\n script /x\n interval 0.01\n}",
                   "k.conf:3: vrrp.scripts.c.interval_ms: 10 is below 100"},
        RefusedRow{instance_with("track_script {\n chk\n}"), "k.conf:9: vrrp.instances.VI_1.track[0].script"},
        RefusedRow{instance_with("track_interface {\n eth1 weight x\n}"), "k.conf:9: \"x\" is no whole number"},
        RefusedRow{instance_with("track_interface {\n eth1 weight 300\n}"),
                   "k.conf:9: vrrp.instances.VI_1.track[0].weight"},
        RefusedRow{"track_file f {\n file run/f\n}", "is not an absolute path"}}) {
    expect_refused(row);
    EXPECT_EQ(imported(row.text).errors.size(), 1u) << text_of_errors(imported(row.text));
  }
}

}  // namespace
}  // namespace poise::config::importing
