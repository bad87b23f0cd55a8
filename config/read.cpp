#include "config/read.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/path.hpp"
#include "config/scalars.hpp"
#include "config/spelling.hpp"
#include "config/types/limits.hpp"

namespace poise::config {
namespace {

using nlohmann::json;

class Reader {
 public:
  void value(const Field& field, const json& from, void* to, const Path& path) {
    value(*field.type, field.rule, from, to, path);
  }
  void value(const Type& type, const Rule& rule, const json& from, void* to, const Path& path);
  Errors take_errors() { return std::move(errors_); }

 private:
  void object(const Type& type, const json& from, void* to, const Path& path);
  void list(const Type& type, const Rule& rule, const json& from, void* to, const Path& path);
  void named(const Type& type, const Rule& rule, const json& from, void* to, const Path& path);
  void unknown_key(const Type& type, std::string_view key, const Path& path);
  bool has_room(const Rule& rule, std::size_t count, const Path& path);

  void add(const Path& path, Problem problem) {
    if (errors_.size() < limits::errors_reported)
      errors_.push_back({to_string(path), std::move(problem.problem), std::move(problem.fix)});
    else if (errors_.size() == limits::errors_reported)
      errors_.push_back({"", "there are more errors than these", "correct them and try again"});
  }

  Errors errors_;
};

void Reader::value(const Type& type, const Rule& rule, const json& from, void* to, const Path& path) {
  switch (type.kind) {
    case Kind::object:
      return object(type, from, to, path);
    case Kind::list:
      return list(type, rule, from, to, path);
    case Kind::named:
      return named(type, rule, from, to, path);
    case Kind::optional:
      if (!from.is_null()) value(*type.element, rule, from, type.emplace(to), path);
      return;
    default:
      if (auto problem = read_scalar(type, rule, from, to)) add(path, std::move(*problem));
  }
}

void Reader::unknown_key(const Type& type, std::string_view key, const Path& path) {
  std::vector<std::string_view> known;
  for (const Field& field : type.fields) known.push_back(field.name);
  add(path / key, {"there is no such field", did_you_mean(key, known)});
}

void Reader::object(const Type& type, const json& from, void* to, const Path& path) {
  if (!from.is_object()) return add(path, {quote(from) + " is not an object", "write { ... }"});
  for (const auto& [key, entry] : from.items()) {
    const Field* field = find_field(type, key);
    if (field)
      value(*field, entry, field->edit(to), path / key);
    else
      unknown_key(type, key, path);
  }
  for (const Field& field : type.fields)
    if (field.rule.required && !from.contains(field.name))
      add(path,
          {"the field \"" + std::string(field.name) + "\" is missing", "add it: " + wanted(*field.type, field.rule)});
}

bool Reader::has_room(const Rule& rule, std::size_t count, const Path& path) {
  if (count <= rule.count_max) return true;
  add(path, {std::to_string(count) + " entries are more than " + std::to_string(rule.count_max), "remove some"});
  return false;
}

void Reader::list(const Type& type, const Rule& rule, const json& from, void* to, const Path& path) {
  if (!from.is_array()) return add(path, {quote(from) + " is not a list", "write [ ... ], also for one entry"});
  if (!has_room(rule, from.size(), path)) return;
  type.clear(to);  // a default that is not empty is replaced, not added to
  for (std::size_t index = 0; index < from.size(); ++index)
    value(*type.element, rule, from[index], type.append(to), path / index);
}

void Reader::named(const Type& type, const Rule& rule, const json& from, void* to, const Path& path) {
  if (!from.is_object())
    return add(path, {quote(from) + " is not an object", "write { \"name\": ..., ... }: one entry per name"});
  if (!has_room(rule, from.size(), path)) return;
  for (const auto& [name, entry] : from.items()) {
    const Path place = path / name;
    if (!is_name(name)) add(place, {"this is no name", "use 1..63 letters, digits, '.', '_' or '-'"});
    value(*type.element, rule, entry, type.insert(to, name), place);
  }
}

}  // namespace

Errors read(const Type& type, const json& document, void* target) {
  Reader reader;
  reader.value(type, Rule{}, document, target, Path{});
  return reader.take_errors();
}

std::string quote(const json& value) {
  constexpr std::size_t longest = 60;
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() <= longest) return text;
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not inside a UTF-8 sequence
  return text.substr(0, end) + "...\"";
}

}  // namespace poise::config
