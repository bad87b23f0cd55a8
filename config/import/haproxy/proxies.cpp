#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "config/import/haproxy/actions.hpp"
#include "config/import/haproxy/stick.hpp"
#include "config/import/texts.hpp"
#include "config/path.hpp"
#include "config/spelling.hpp"

// Sections to frontends and backends.
namespace poise::config::importing::haproxy {
namespace {

using nlohmann::json;
using Kind = Section::Kind;

std::string new_name(std::map<std::string, std::string>& names, const std::string& theirs) {
  const std::string stem = valid_name(theirs);
  std::string name = stem;
  const auto is_taken = [&] {
    return std::any_of(names.begin(), names.end(), [&](const auto& each) { return each.second == name; });
  };
  for (int number = 2; is_taken(); ++number) name = valid_name(stem.substr(0, 56) + "-" + std::to_string(number));
  names[theirs] = name;
  return name;
}

bool has_line(const Section& section, std::string_view word) {
  return std::any_of(section.lines.begin(), section.lines.end(),
                     [&](const Line& line) { return line.words[0] == word; });
}

// A listen that has no servers, as those for a statistics page, is a frontend alone.
bool is_backend(const Section& section) {
  return section.kind == Kind::backend ||
         (section.kind == Kind::listen && (has_line(section, "server") || has_line(section, "server-template")));
}

// Lines of defaults are gone through anew for each section, those of the defaults' own defaults first.
void take_defaults(Proxy& proxy, const std::vector<Section>& sections, std::size_t index, std::set<std::size_t>& used) {
  const Section& defaults = sections[index];
  used.insert(index);
  if (defaults.has_defaults()) take_defaults(proxy, sections, defaults.defaults, used);
  for (Line line : defaults.lines) {
    line.is_inherited = true;
    take_line(proxy, line);
  }
}

// What HAProxy has where nobody says anything, and we do otherwise.
void set_as_haproxy(Proxy& proxy) {
  const Line& head = proxy.section.head;
  const std::string& transport = proxy.mapping.options.transport;
  if (proxy.has_front()) {
    Part front = proxy.front(head);
    front.set(head, "mode", "tcp");
    front.set(head, "transport", transport);
    Part timeouts = front.child(head, "timeouts");
    timeouts.set(head, "client_ms", 0);
    timeouts.set(head, "http_request_ms", 0);
  }
  if (!proxy.has_back()) return;
  Part back = proxy.back(head);
  back.set(head, "mode", "tcp");
  back.set(head, "transport", transport);
  back.set(head, "redispatch", false);
  Part timeouts = back.child(head, "timeouts");
  for (const char* field : {"connect_ms", "server_ms", "tunnel_ms"}) timeouts.set(head, field, 0);
}

void note_head(Proxy& proxy) {
  const Line& head = proxy.section.head;
  std::string text;
  if (proxy.has_front()) text = proxy.front(head).path;
  if (proxy.has_back()) text += (text.empty() ? "" : ", ") + proxy.back(head).path;
  const bool is_kernel = proxy.mapping.options.transport == "kernel";
  proxy.mapping.taken(head,
                      text + (is_kernel ? ", over the kernel's sockets (--transport datapath: over the workers' own)"
                                        : ", over the workers' own TCP: the addresses must be theirs"));
}

void note_missing_timeouts(Proxy& proxy) {
  const Line& head = proxy.section.head;
  std::string missing;
  const auto look = [&](Part part, const char* field) {
    if (part.object["timeouts"].value(field, 0u) == 0) missing += (missing.empty() ? "" : ", ") + std::string(field);
  };
  if (proxy.has_front()) look(proxy.front(head), "client_ms");
  if (proxy.has_back()) look(proxy.back(head), "connect_ms");
  if (proxy.has_back()) look(proxy.back(head), "server_ms");
  if (!missing.empty())
    proxy.mapping.changed(head, "timeouts." + missing + " = 0, for ever, as in HAProxy when nothing is said: set some");
}

// What is for requests alone, where nobody reads them.
void drop_http(Proxy& proxy, Part part) {
  if (proxy.mode == "http") return;
  for (const char* field : {"forwarded_for", "forwarded", "original_to", "error_pages"}) {
    if (!part.object.contains(field)) continue;
    part.object.erase(field);
    const auto place = proxy.mapping.places.find(config::child(part.path, field));
    Line line = proxy.section.head;
    if (place != proxy.mapping.places.end()) line.place = place->second;
    line.words = {field};
    proxy.mapping.ignored(line, "mode tcp knows nothing of requests, as in HAProxy");
  }
}

void drop_captures(Proxy& proxy) {
  if (proxy.mode == "http" || !proxy.has_front()) return;
  json& log = proxy.front(proxy.section.head).object["log"];
  if (log.is_null()) return void(proxy.front(proxy.section.head).object.erase("log"));
  log.erase("request_headers");
  log.erase("response_headers");
  log.erase("cookie");
}

void set_backend(Proxy& proxy) {
  if (!proxy.has_front()) return;
  Mapping& mapping = proxy.mapping;
  if (!proxy.default_backend) {
    if (proxy.has_back()) proxy.front(proxy.section.head).set(proxy.section.head, "default_backend", proxy.back_name);
    return;
  }
  const Line& line = *proxy.default_backend;
  const auto found = mapping.backend_names.find(line.word(1));
  if (line.words.size() > 2)
    return mapping.refuse(line, "\"" + line.words[2] + "\" is not expected here", "use use_backend for conditions");
  if (found != mapping.backend_names.end()) return proxy.front(line).take(line, "default_backend", found->second);
  std::vector<std::string_view> names;
  for (const auto& [theirs, ours] : mapping.backend_names) names.push_back(theirs);
  mapping.refuse(line, "there is no backend \"" + line.word(1) + "\"", did_you_mean(line.word(1), names, "add it"));
}

void finish(Proxy& proxy) {
  if (proxy.has_front()) drop_http(proxy, proxy.front(proxy.section.head));
  if (proxy.has_back()) drop_http(proxy, proxy.back(proxy.section.head));
  drop_captures(proxy);
  finish_stick(proxy);
  finish_rules(proxy);
  finish_balance(proxy);
  finish_servers(proxy);
  finish_cookies(proxy);
  finish_checks(proxy);
  finish_stats(proxy);
  finish_logs(proxy);
  finish_binds(proxy);
  set_backend(proxy);
  note_missing_timeouts(proxy);
  if (!proxy.has_front() || proxy.disabled) return;
  Part front = proxy.front(proxy.section.head);
  if (front.object["binds"].empty()) {
    front.object.erase("binds");
    front.set(proxy.section.head, "enabled", false);
    proxy.mapping.changed(proxy.section.head, front.path + ".enabled = false: it listens nowhere");
  }
}

void note_unused(Mapping& mapping, const Section& section, bool is_used) {
  if (!is_used) return mapping.ignored(section.head, "no frontend, backend or listen goes by these defaults");
  mapping.taken(section.head, "for the sections that go by it");
  for (const Line& line : section.lines)
    if (!mapping.noted.contains(line.place)) mapping.ignored(line, "no section that it is for goes by these defaults");
}

void note_lines(Mapping& mapping, const Section& section, const std::string& why) {
  for (const Line& line : section.lines)
    if (!mapping.noted.contains(line.place)) mapping.ignored(line, why);
}

}  // namespace

void map_proxies(Mapping& mapping, const std::vector<Section>& sections) {
  std::vector<Proxy> proxies;
  for (const Section& section : sections) {
    if (!section.is_proxy()) continue;
    Proxy proxy{.mapping = mapping, .section = section};
    if (section.kind != Kind::backend) proxy.front_name = new_name(mapping.frontend_names, section.name);
    if (is_backend(section)) proxy.back_name = new_name(mapping.backend_names, section.name);
    proxies.push_back(std::move(proxy));
  }
  std::set<std::size_t> used;
  for (Proxy& proxy : proxies) {
    set_as_haproxy(proxy);
    note_head(proxy);
    if (proxy.section.has_defaults()) take_defaults(proxy, sections, proxy.section.defaults, used);
    for (const Line& line : proxy.section.lines) take_line(proxy, line);
  }
  for (Proxy& proxy : proxies) finish(proxy);
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const Section& section = sections[i];
    if (section.kind == Kind::defaults) note_unused(mapping, section, used.contains(i));
    if (section.kind == Kind::defaults && !used.contains(i))
      note_lines(mapping, section, "see the head of the section");
    if (section.is_proxy()) note_lines(mapping, section, "has nothing here that it could say");
  }
}

}  // namespace poise::config::importing::haproxy
