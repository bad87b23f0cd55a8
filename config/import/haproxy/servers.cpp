#include <algorithm>
#include <array>
#include <set>

#include "config/import/haproxy/proxy.hpp"
#include "config/import/haproxy/words.hpp"
#include "config/import/texts.hpp"
#include "config/path.hpp"
#include "config/types/limits.hpp"

// `server` and `default-server` lines.
namespace poise::config::importing::haproxy {
namespace {

using nlohmann::json;

constexpr std::uint64_t count_max = 1u << 24;

void take_count(Part& server, const Line& line, const FoundWord& found) {
  struct Row {
    std::string_view theirs;
    const char* ours;
    std::uint64_t max;
  };
  constexpr Row rows[] = {{"weight", "weight", 256},
                          {"maxconn", "connections_max", count_max},
                          {"minconn", "connections_min", count_max},
                          {"maxqueue", "queue_max", count_max},
                          {"id", "id", UINT32_MAX}};
  for (const Row& row : rows) {
    if (row.theirs != found.word->name) continue;
    if (const auto number = server.mapping.number(line, std::string(found.value), row.max))
      server.set(line, row.ours, *number);
  }
}

void take_source(Part& server, const Line& line, const FoundWord& found) {
  const auto address = server.mapping.address(line, std::string(found.value));
  if (!address) return;
  if (address->kind == Address::Kind::other)
    return server.mapping.refuse(line, "\"" + std::string(found.value) + "\" is no address", "write an IP address");
  if (address->port) server.mapping.ignored(line, "source: the port is any that is free");
  const auto host = server.mapping.host(line, *address);
  if (host && !host->is_unspecified()) server.set(line, "source", to_string(*host));
}

void take_flag(Part& server, const Line& line, std::string_view name) {
  if (name == "backup" || name == "no-backup") server.set(line, "backup", name == "backup");
  if (name == "disabled" || name == "enabled") server.set(line, "state", name == "disabled" ? "down" : "up");
  if (name.starts_with("no-send-proxy")) return server.set(line, "send_proxy", "none");
  if (name == "send-proxy") server.set(line, "send_proxy", "v1");
  if (name.starts_with("send-proxy-v2")) server.set(line, "send_proxy", "v2");
  if (name.starts_with("send-proxy-v2-")) server.mapping.changed(line, "the header says nothing of TLS");
}

void take_check_word(std::map<std::string, std::string>& words, const FoundWord& found) {
  const std::string name(found.word->name);
  if (name.starts_with("no-"))
    words.erase(name.substr(3));
  else
    words[name] = found.value;
}

// False: without the server, nothing is left of the line.
bool take_words(Part& server, const Line& line, std::size_t first, std::map<std::string, std::string>& check_words) {
  bool drops = false;
  for (const FoundWord& found : read_words(server.mapping, line, first, server_words(), drops)) {
    if (found.word->kind == Word::Kind::check) take_check_word(check_words, found);
    if (found.word->kind != Word::Kind::taken) continue;
    take_count(server, line, found);
    if (found.word->name == "source") take_source(server, line, found);
    if (found.word->name == "cookie") server.set(line, "cookie", std::string(found.value));
    take_flag(server, line, found.word->name);
  }
  return !drops;
}

bool take_address(Part& server, const Line& line) {
  Mapping& mapping = server.mapping;
  const auto address = mapping.address(line, line.word(2));
  if (!address) return false;
  const bool is_host = address->kind == Address::Kind::ip || address->kind == Address::Kind::name;
  if (!is_host || address->ip == IpAddr{}) {
    mapping.leave_out(line, "\"" + line.word(2) + "\" is no address of one server", "write the server's IP address");
    return false;
  }
  if (address->offset != 0) {
    mapping.leave_out(line, "the port of a server is not counted from the client's port", "write the port");
    return false;
  }
  if (address->port_last) {
    mapping.refuse(line, "a server has one port, not a range", "write one");
    return false;
  }
  const auto host = mapping.host(line, *address);
  if (!host) return false;
  server.set(line, "address", to_string(*host));
  if (address->port) server.set(line, "port", *address->port);
  return true;
}

std::string new_name(const json& servers, const std::string& theirs) {
  const std::string stem = valid_name(theirs);
  std::string name = stem;
  for (int number = 2; servers.contains(name); ++number)
    name = valid_name(stem.substr(0, 56) + "-" + std::to_string(number));
  return name;
}

void take_server(Proxy& proxy, const Line& line) {
  Mapping& mapping = proxy.mapping;
  if (proxy.servers.size() >= limits::servers_per_backend)
    return mapping.refuse(line, "there are more servers than " + std::to_string(limits::servers_per_backend),
                          "use more backends");
  json server = json::object();
  Part backend = proxy.back(line);
  const std::string name = new_name(backend.object["servers"], line.word(1));
  for (const Proxy::NamedServer& other : proxy.servers)
    if (other.line.word(1) == line.word(1))
      return mapping.refuse(line, "line " + std::to_string(other.line.place.line) + " has a server of that name",
                            "give it another name");
  const std::string path = backend.path + ".servers";
  Part part{mapping, server, config::child(path, name), config::child(backend.shown + ".servers", name)};
  if (!take_address(part, line)) return;
  std::map<std::string, std::string> check_words;
  for (const Line& words : proxy.default_servers)
    if (!take_words(part, words, 1, check_words))
      return mapping.leave_out(line, "its default-server is left out", "see there");
  if (!take_words(part, line, 3, check_words)) return;
  if (server.value("connections_min", 0u) >= server.value("connections_max", 0u) &&
      server.contains("connections_min")) {
    server["connections_max"] = server["connections_min"];
    server.erase("connections_min");
    mapping.changed(line, "minconn is maxconn when it is not below it, as in HAProxy");
  }
  backend.child(line, "servers").set(line, name, std::move(server));
  mapping.taken(line, part.shown);
  proxy.servers.push_back({line, name, std::move(check_words)});
  mapping.server_names[proxy.section.name + "/" + line.word(1)] = proxy.back_name + "/" + name;
}

void take_default_server(Proxy& proxy, const Line& line) {
  json scratch = json::object();
  Part part{proxy.mapping, scratch, "", ""};
  proxy.mapping.taken(line, "for each server below");
  std::map<std::string, std::string> check_words;
  take_words(part, line, 1, check_words);
  proxy.default_servers.push_back(line);
}

constexpr std::array keywords = {
    Keyword{"server", in_back, 2, any_words, take_server},
    Keyword{"default-server", in_defaults | in_back, 0, any_words, take_default_server},
};

}  // namespace

std::span<const Keyword> servers_keywords() { return keywords; }

// Numbers as HAProxy gives them: by their order, around those that were chosen.
void finish_servers(Proxy& proxy) {
  if (proxy.servers.empty()) return;
  json& servers = proxy.back(proxy.servers[0].line).object["servers"];
  std::set<std::uint64_t> taken;
  for (const auto& [name, server] : servers.items())
    if (server.contains("id")) taken.insert(server["id"].get<std::uint64_t>());
  std::uint64_t next = 1;
  for (const Proxy::NamedServer& each : proxy.servers) {
    json& server = servers[each.name];
    if (!server.contains("id")) {
      while (taken.contains(next)) ++next;
      server["id"] = next;
    }
    ++next;
    if (proxy.disabled && !proxy.has_front()) server["state"] = "down";
  }
}

}  // namespace poise::config::importing::haproxy
