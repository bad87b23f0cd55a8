#include "config/import/keepalived_mapping.hpp"

// vrrp_sync_group.
namespace poise::config::importing {

void map_group(Mapping& mapping, const Statement& statement) {
  const std::string name = valid_name(first_argument(statement));
  Target group = target_at(mapping, statement.place, {"vrrp", "groups", name});
  mapping.taken(statement, group.path);
  group.object["members"] = nlohmann::json::array();
  bool says_mail = false;
  for (const Statement& each : statement.children) {
    if (each.keyword == "group") {
      mapping.taken(each, group.path + ".members");
      for (const Statement& member : each.children) {
        group.add(member.place, "members", valid_name(member.keyword));
        mapping.taken(member, group.path + ".members");
      }
    } else if (each.keyword == "global_tracking") {
      mapping.ignored(each, "what members track concerns the whole group in any case");
    } else if (each.keyword == "sync_group_tracking_weight") {
      mapping.taken(each, "the weights of what members track are kept");
    } else {
      says_mail = says_mail || each.keyword == "smtp_alert";
      if (!map_notify(group, each)) map_trackers(group, each, false);
    }
  }
  if (!says_mail && mapping.defaults.mail && mapping.defaults.mail_works)
    group.child(statement.place, "notify").set(statement.place, "mail", true);
}

}  // namespace poise::config::importing
