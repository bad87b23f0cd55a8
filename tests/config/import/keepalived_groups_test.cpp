#include "tests/config/import/imported.hpp"

namespace poise::config::importing {
namespace {

const std::string script = "vrrp_script chk {\n script /x\n weight 5\n}\n";
const std::string member = script + instance_with("track_script {\n chk\n}");

std::string group(const std::string& lines) { return "vrrp_sync_group VG {\n group {\n VI_1\n}\n" + lines + "\n}\n"; }

TEST(KeepalivedGroups, become_groups_with_trackers_and_notifications) {
  for (const PartRow& row :
       {PartRow{member + group("notify_master \"/m VG\""), "/vrrp/groups/VG",
                R"({"members":["VI_1"],"notify":{"master":["/m","VG"]}})"},
        PartRow{member + group("track_script {\n chk\n}\ntrack_interface {\n eth1\n}"), "/vrrp/groups/VG/track",
                R"([{"script":"chk","weight":5},{"interface":"eth1"}])"},
        PartRow{member + group(""), "/vrrp/instances/VI_1/track", R"([{"script":"chk"}])"},
        PartRow{group("global_tracking") + member, "/vrrp/instances/VI_1/track", R"([{"script":"chk"}])"},
        PartRow{group("sync_group_tracking_weight") + member, "/vrrp/instances/VI_1/track",
                R"([{"script":"chk","weight":5}])"},
        PartRow{"global_defs {\n smtp_server 10.0.0.9\n smtp_alert\n notification_email { a@example.com }\n}\n" +
                    member + group(""),
                "/vrrp/groups/VG/notify", R"({"mail":true})"}})
    expect_part(row);
}

TEST(KeepalivedGroups, members_must_be_there) {
  expect_refused({group(""), "k.conf:3: vrrp.groups.VG.members[0]: no instance is named \"VI_1\""});
  expect_refused({"vrrp_sync_group VG {\n VI_1\n}", "\"VI_1\" is not known in vrrp_sync_group"});
}

}  // namespace
}  // namespace poise::config::importing
