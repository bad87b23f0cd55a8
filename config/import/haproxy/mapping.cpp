#include "config/import/haproxy/mapping.hpp"

#include <algorithm>
#include <array>

#include "config/import/texts.hpp"
#include "config/path.hpp"

namespace poise::config::importing::haproxy {

using nlohmann::json;

std::string keyword_of(const Line& line) {
  constexpr std::array<std::string_view, 16> of_two = {
      "option",      "timeout",      "stats",      "http-request",  "http-response", "http-after-response",
      "tcp-request", "tcp-response", "http-check", "tcp-check",     "capture",       "stick",
      "email-alert", "compression",  "declare",    "external-check"};
  std::string keyword = line.is_negated ? "no " : line.is_reset ? "default " : "";
  keyword += line.words[0];
  if (std::find(of_two.begin(), of_two.end(), line.words[0]) != of_two.end() && line.words.size() > 1)
    keyword += " " + line.words[1];
  return keyword;
}

void Mapping::note(const Line& line, Note::Kind kind, const std::string& text) {
  noted.insert(line.place);
  if (is_new(line, text)) report.note(line.place, kind, keyword_of(line), text);
}

void Mapping::refuse(const Line& line, const std::string& problem, const std::string& fix) {
  noted.insert(line.place);
  if (is_new(line, problem)) report.refuse(line.place, keyword_of(line), {"", problem, fix});
}

void Mapping::leave_out(const Line& line, const std::string& problem, const std::string& fix) {
  noted.insert(line.place);
  if (is_new(line, problem)) report.leave_out(line.place, keyword_of(line), {"", problem, fix});
}

std::optional<Address> Mapping::address(const Line& line, const std::string& text) {
  const Scope scope{variables, options.file, "", line.place};
  return value(line, read_address(expand(text, scope, report)));
}

std::optional<IpAddr> Mapping::host(const Line& line, const Address& address) {
  if (address.kind != Address::Kind::name) return address.ip;
  std::optional<IpAddr> found;
  if (options.resolve) found = options.resolve(address.text);
  if (!found) {
    refuse(line, "\"" + address.text + "\" has no address that could be found", "write its address");
    return std::nullopt;
  }
  changed(line, address.text + " is " + to_string(*found) + " now; names are not looked up again");
  return found;
}

void Part::set(const Line& from, const std::string& field, json value) {
  object[field] = std::move(value);
  mapping.places[config::child(path, field)] = from.place;
}

void Part::take(const Line& from, const std::string& field, json value, const std::string& text) {
  const std::string says = shown_of(field) + " = " + text_of(value);
  set(from, field, std::move(value));
  mapping.taken(from, text.empty() ? says : text);
}

void Part::add(const Line& from, const std::string& field, json value) {
  json& list = object[field];
  if (!list.is_array()) list = json::array();
  const std::string place = config::child(path, field);
  mapping.places.emplace(place, from.place);
  mapping.places[config::child(place, list.size())] = from.place;
  list.push_back(std::move(value));
}

Part Part::child(const Line& from, const std::string& field) {
  json& below = object[field];
  if (!below.is_object()) below = json::object();
  const std::string below_path = config::child(path, field);
  mapping.places.emplace(below_path, from.place);
  return {mapping, below, below_path, config::child(shown, field)};
}

std::string Part::shown_of(const std::string& field) const { return config::child(shown, field); }

Part part_at(Mapping& mapping, const Line& from, const std::vector<std::string>& names, const std::string& shown) {
  json* at = &mapping.document;
  std::string path, shown_path;
  for (std::size_t i = 0; i < names.size(); ++i) {
    at = &(*at)[names[i]];
    if (!at->is_object()) *at = json::object();
    const bool is_starred = !shown.empty() && i + 1 == names.size();
    shown_path = i == 0 ? names[i] : is_starred ? shown_path + "." + shown : config::child(shown_path, names[i]);
    path = i == 0 ? names[i] : config::child(path, names[i]);
  }
  mapping.places.emplace(path, from.place);
  return {mapping, *at, path, shown_path};
}

}  // namespace poise::config::importing::haproxy
