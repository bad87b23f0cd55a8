#include "config/import/keepalived_authentication.hpp"

namespace poise::config::importing {
namespace {

constexpr std::size_t password_max = 8;

void take_password(Target& target, const Statement& statement) {
  const std::string text = first_argument(statement);
  if (!is_utf8(text.substr(0, password_max)))
    return target.mapping.refuse(statement, "the eighth byte of the password is inside of a character",
                                 "use ASCII characters");
  target.take(statement, "password", text.substr(0, password_max), target.path + ".password");
  if (text.size() > password_max) target.mapping.changed(statement, "only the first 8 characters, as in keepalived");
}

void take_type(Target& target, const Statement& statement) {
  const std::string type = first_argument(statement);
  if (type != "PASS" && type != "AH")
    return target.mapping.refuse(statement, "there is no authentication \"" + type + "\"", "write PASS or AH");
  target.take(statement, "authentication", type == "PASS" ? "password" : "ah");
}

void take_key(Target& hmac, const Statement& statement) {
  const std::string key = statement.arguments.size() < 2 ? "" : statement.arguments[1];
  if (!key.starts_with("hex:"))
    return hmac.mapping.refuse(statement, "the key is not written in hex", "write hex: and 64 to 128 hex digits");
  Target keys = hmac.child(statement.place, "keys");
  keys.child(statement.place, first_argument(statement)).set(statement.place, "key", key.substr(4));
  hmac.mapping.taken(statement, keys.path);
}

void take_setting(Target& hmac, const Statement& statement) {
  std::string word = first_argument(statement);
  for (char& c : word)
    if (c == '-') c = '_';
  hmac.take(statement, statement.keyword == "mode" ? "mode" : "replay_check", word);
}

}  // namespace

void map_authentication(Target& target, const Statement& statement, const std::string& why_not) {
  if (!why_not.empty()) return target.mapping.note_rest(statement.children, why_not);
  const Statement *type = nullptr, *password = nullptr;
  for (const Statement& each : statement.children) (each.keyword == "auth_type" ? type : password) = &each;
  target.mapping.taken(statement, target.path + ".authentication");
  if (type == nullptr && password != nullptr)
    return target.mapping.ignored(*password, "there is no auth_type, so keepalived does not use it");
  if (type != nullptr) take_type(target, *type);
  if (password != nullptr) take_password(target, *password);
}

void map_hmac(Target& target, const Statement& statement) {
  Target hmac = target.child(statement.place, "hmac");
  target.mapping.taken(statement, hmac.path);
  for (const Statement& each : statement.children) {
    if (each.keyword == "key") {
      take_key(hmac, each);
    } else if (each.keyword == "active_key") {
      if (const auto number = whole_number(target.mapping, each)) hmac.take(each, "active_key", *number);
    } else if (each.keyword == "time_window") {
      if (const auto time = milliseconds(target.mapping, each)) hmac.take(each, "window_ms", *time);
    } else {
      take_setting(hmac, each);
    }
  }
}

}  // namespace poise::config::importing
