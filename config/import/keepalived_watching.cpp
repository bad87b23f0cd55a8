#include <algorithm>
#include <array>

#include "config/import/keepalived_mapping.hpp"

// vrrp_script, track_file, the trackers of instances and groups, and whom they notify.
namespace poise::config::importing {
namespace {

const Statement* find_child(const Statement& statement, std::string_view keyword) {
  for (const Statement& child : statement.children)
    if (child.keyword == keyword) return &child;
  return nullptr;
}

struct Weight {
  std::int64_t value = 0;
  bool reverse = false;
};

bool has_word(const Statement& statement, std::string_view word) {
  return std::ranges::find(statement.arguments, word) != statement.arguments.end();
}

// The weight that the script or file is declared with.
Weight declared_weight(Mapping& mapping, const Statement* declared, std::int64_t otherwise) {
  const Statement* weight = declared == nullptr ? nullptr : find_child(*declared, "weight");
  if (weight == nullptr) return {otherwise, false};
  return {whole_number(mapping, *weight).value_or(otherwise), has_word(*weight, "reverse")};
}

// The weight of one entry of a track_ block: its own, else the declared one.
Weight entry_weight(Mapping& mapping, const Statement& entry, Weight declared) {
  const auto word = std::ranges::find(entry.arguments, "weight");
  if (word != entry.arguments.end()) {
    const std::string text = word + 1 == entry.arguments.end() ? "" : *(word + 1);
    declared.value = whole_number(mapping, entry, text).value_or(declared.value);
  }
  if (has_word(entry, "reverse")) declared.reverse = true;
  if (has_word(entry, "noreverse") || has_word(entry, "no_reverse")) declared.reverse = false;
  return declared;
}

struct Kind {
  std::string_view keyword;
  const char* field;
};
constexpr Kind kinds[] = {{"track_interface", "interface"}, {"track_script", "script"}, {"track_file", "file"}};

void take_command(Target& target, const Statement& statement, const std::string& field,
                  std::vector<std::string> words) {
  auto command = command_of(target.mapping, statement, std::move(words));
  if (!command) return;
  target.take(statement, field, std::move(*command));
  const nlohmann::json& document = target.mapping.document;
  if (document.contains("/vrrp/script_user"_json_pointer) || std::exchange(target.mapping.told_of_user, true)) return;
  target.mapping.changed(statement, "programs run as nobody, unless vrrp.script_user says otherwise");
}

void take_time(Target& target, const Statement& statement, const std::string& field) {
  if (const auto time = milliseconds(target.mapping, statement)) target.take(statement, field, *time);
}

void take_number(Target& target, const Statement& statement, const std::string& field) {
  if (const auto number = whole_number(target.mapping, statement)) target.take(statement, field, *number);
}

void note_user(Mapping& mapping, const Statement& statement, const std::string& user) {
  const nlohmann::json vrrp = mapping.document.value("vrrp", nlohmann::json::object());
  const std::string ours = vrrp.value("script_user", std::string("nobody"));
  if (user != ours) mapping.changed(statement, "runs as vrrp.script_user, which is " + ours + ", not as " + user);
}

}  // namespace

void map_script(Mapping& mapping, const Statement& statement) {
  const std::string name = valid_name(first_argument(statement));
  Target script = target_at(mapping, statement.place, {"vrrp", "scripts", name});
  mapping.taken(statement, script.path);
  for (const Statement& each : statement.children) {
    if (each.keyword == "script") {
      take_command(script, each, "command",
                   each.arguments.size() == 1 ? command_words(each.arguments[0]) : each.arguments);
    } else if (each.keyword == "interval") {
      take_time(script, each, "interval_ms");
    } else if (each.keyword == "timeout") {
      take_time(script, each, "timeout_ms");
    } else if (each.keyword == "rise" || each.keyword == "fall") {
      take_number(script, each, each.keyword);
    } else if (each.keyword == "user") {
      script.take(each, "user", valid_name(first_argument(each)));
    } else if (each.keyword == "weight") {
      mapping.taken(each, "the weight where the script is tracked without one");
    }
  }
}

void map_file(Mapping& mapping, const Statement& statement) {
  const std::string name = valid_name(first_argument(statement));
  Target file = target_at(mapping, statement.place, {"vrrp", "files", name});
  mapping.taken(statement, file.path);
  for (const Statement& each : statement.children) {
    if (each.keyword == "file") file.take(each, "path", first_argument(each));
    if (each.keyword == "weight") mapping.taken(each, "the weight where the file is tracked without one");
  }
}

void map_trackers(Target& target, const Statement& statement, bool weightless) {
  Mapping& mapping = target.mapping;
  const auto kind = std::ranges::find(kinds, statement.keyword, &Kind::keyword);
  if (kind == std::end(kinds)) return;
  const std::string field = kind->field;
  mapping.taken(statement, target.path + ".track");
  for (const Statement& entry : statement.children) {
    nlohmann::json tracker = nlohmann::json::object();
    Weight weight;
    if (field == "interface") {
      tracker[field] = map_link(mapping, entry.place, entry.keyword);
    } else {
      const auto& declared = field == "script" ? mapping.scripts : mapping.files;
      const auto found = declared.find(entry.keyword);
      tracker[field] = valid_name(entry.keyword);
      weight = declared_weight(mapping, found == declared.end() ? nullptr : found->second, field == "file" ? 1 : 0);
    }
    weight = entry_weight(mapping, entry, weight);
    if (weightless && weight.value != 0)
      mapping.changed(entry, "weight 0: as in keepalived, members of a group have none; track it in the group");
    if (weightless) weight.value = 0;
    if (weight.value != 0) tracker["weight"] = weight.value;
    if (weight.reverse) tracker["reverse"] = true;
    mapping.taken(entry, target.path + ".track: " + text_of(tracker));
    target.add(entry.place, "track", std::move(tracker));
  }
}

bool map_notify(Target& target, const Statement& statement) {
  constexpr std::array<std::pair<std::string_view, const char*>, 5> fields = {{{"notify", "any"},
                                                                               {"notify_master", "master"},
                                                                               {"notify_backup", "backup"},
                                                                               {"notify_fault", "fault"},
                                                                               {"notify_stop", "stop"}}};
  Mapping& mapping = target.mapping;
  if (statement.keyword == "smtp_alert") {
    if (!switched_on(mapping, statement)) {
      mapping.taken(statement, "no mails");
    } else if (!mapping.defaults.mail_works) {
      mapping.ignored(statement, "no mails are sent: global_defs needs smtp_server and notification_email");
    } else {
      target.child(statement.place, "notify").take(statement, "mail", true);
    }
    return true;
  }
  for (const auto& [keyword, field] : fields) {
    if (statement.keyword != keyword) continue;
    Target notify = target.child(statement.place, "notify");
    take_command(notify, statement, field, command_words(first_argument(statement)));
    if (statement.arguments.size() > 1) note_user(mapping, statement, statement.arguments[1]);
    return true;
  }
  return false;
}

}  // namespace poise::config::importing
