#include "config/import/keepalived_mapping.hpp"

#include <algorithm>
#include <charconv>

#include "config/path.hpp"
#include "config/types/limits.hpp"

namespace poise::config::importing {

using nlohmann::json;

void Mapping::note(const Statement& statement, Note::Kind kind, const std::string& text) {
  noted.insert(&statement);
  report.note(statement.place, kind, statement.keyword, text);
}

void Mapping::refuse(const Statement& statement, const std::string& problem, const std::string& fix) {
  noted.insert(&statement);
  report.refuse(statement.place, statement.keyword, {"", problem, fix});
}

void Mapping::leave_out(const Statement& statement, const std::string& problem, const std::string& fix) {
  noted.insert(&statement);
  report.leave_out(statement.place, statement.keyword, {"", problem, fix});
}

namespace {

// ": its values", but no secrets.
std::string values_of(const Statement& statement) {
  const bool secret = statement.keyword == "auth_pass" || statement.keyword == "password" || statement.keyword == "key";
  return statement.arguments.empty() || secret ? "" : ": " + joined(statement.arguments);
}

}  // namespace

void Mapping::note_rest(const Tree& tree) {
  for (const Statement& statement : tree) {
    const char* why = statement.known == nullptr ? nullptr : statement.known->why;
    if (!noted.contains(&statement))
      ignored(statement, (why == nullptr ? "has nothing here that it could say" : why) + values_of(statement));
    if (why == nullptr)
      note_rest(statement.children);
    else
      note_rest(statement.children, why);
  }
}

void Mapping::note_rest(const Tree& tree, const std::string& why) {
  for (const Statement& statement : tree) {
    if (!noted.contains(&statement)) ignored(statement, why + values_of(statement));
    note_rest(statement.children, why);
  }
}

void Target::set(Place from, const std::string& field, json value) {
  object[field] = std::move(value);
  mapping.places[config::child(path, field)] = from;
}

void Target::take(const Statement& from, const std::string& field, json value, const std::string& text) {
  const std::string says = config::child(path, field) + " = " + text_of(value);
  set(from.place, field, std::move(value));
  mapping.taken(from, text.empty() ? says : text);
}

void Target::add(Place from, const std::string& field, json value) {
  json& list = object[field];
  if (!list.is_array()) list = json::array();
  const std::string place = config::child(path, field);
  mapping.places.emplace(place, from);
  mapping.places[config::child(place, list.size())] = from;
  list.push_back(std::move(value));
}

Target Target::child(Place from, const std::string& field) {
  json& below = object[field];
  if (!below.is_object()) below = json::object();
  const std::string below_path = config::child(path, field);
  mapping.places.emplace(below_path, from);
  return {mapping, below, below_path};
}

Target target_at(Mapping& mapping, Place from, const std::vector<std::string>& names) {
  json* at = &mapping.document;
  std::string path;
  for (const std::string& name : names) {
    at = &(*at)[name];
    if (!at->is_object()) *at = json::object();
    path = path.empty() ? name : child(path, name);
  }
  mapping.places.emplace(path, from);
  return {mapping, *at, path};
}

std::string first_argument(const Statement& statement) {
  return statement.arguments.empty() ? "" : statement.arguments[0];
}

std::optional<std::int64_t> whole_number(Mapping& mapping, const Statement& statement) {
  return whole_number(mapping, statement, first_argument(statement));
}

std::optional<std::int64_t> whole_number(Mapping& mapping, const Statement& statement, const std::string& text) {
  const std::size_t sign = text.starts_with('+') ? 1 : 0;
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data() + sign, end, value);
  if (error == std::errc{} && at == end) return value;
  mapping.refuse(statement, "\"" + text + "\" is no whole number", "write one");
  return std::nullopt;
}

std::optional<std::uint64_t> milliseconds(Mapping& mapping, const Statement& statement) {
  const std::string text = first_argument(statement);
  const std::size_t dot = std::min(text.find('.'), text.size());
  std::string fraction = dot < text.size() ? text.substr(dot + 1) : "";
  std::string digits = text.substr(0, dot) + fraction.substr(0, 3);
  const bool readable = !digits.empty() && digits.size() <= 12 &&
                        (digits + fraction).find_first_not_of("0123456789") == std::string::npos;
  if (!readable) {
    mapping.refuse(statement, "\"" + text + "\" is no time", "write seconds, such as 1 or 0.25");
    return std::nullopt;
  }
  digits.append(3 - std::min<std::size_t>(fraction.size(), 3), '0');
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (fraction.size() > 3 && fraction.find_first_not_of('0', 3) != std::string::npos)
    mapping.changed(statement, "times are whole milliseconds: " + std::to_string(value));
  return value;
}

std::optional<IpAddr> address_of(Mapping& mapping, const Statement& statement, const std::string& text) {
  if (const auto address = parse_ip(text)) return address;
  mapping.refuse(statement, "\"" + text + "\" is no address", "write one like 192.0.2.10 or 2001:db8::10");
  return std::nullopt;
}

bool switched_on(Mapping& mapping, const Statement& statement) {
  const std::string text = first_argument(statement);
  if (text.empty() || text == "on" || text == "true" || text == "yes") return true;
  if (text != "off" && text != "false" && text != "no")
    mapping.refuse(statement, "\"" + text + "\" is neither on nor off", "write on or off");
  return false;
}

std::vector<std::string> command_words(std::string_view text) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (const char c : text) {
    const bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (quote == 0 && is_blank) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (quote != 0 && c == quote)
      quote = 0;
    else if (quote == 0 && (c == '\'' || c == '"'))
      quote = c;
    else
      words.back() += c;
  }
  return words;
}

std::optional<std::vector<std::string>> command_of(Mapping& mapping, const Statement& statement,
                                                   std::vector<std::string> words) {
  if (words.empty() || words[0].empty()) {
    mapping.refuse(statement, "there is no program", "name one by its absolute path");
    return std::nullopt;
  }
  if (words[0].find_first_of("<>|&;`$") != std::string::npos) {
    mapping.refuse(statement, "\"" + words[0] + "\" is for a shell, and none reads it",
                   "put it into a script file and write its path");
    return std::nullopt;
  }
  if (words[0].starts_with('/')) return words;
  std::optional<std::string> found;
  if (mapping.options.find_program && words[0].find('/') == std::string::npos)
    found = mapping.options.find_program(words[0]);
  if (!found) {
    mapping.refuse(statement, "\"" + words[0] + "\" is not an absolute path, and no such program was found",
                   "write its path from the root, such as /usr/bin/" + words[0]);
    return std::nullopt;
  }
  words[0] = *found;
  return words;
}

}  // namespace poise::config::importing
