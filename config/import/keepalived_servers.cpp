#include <algorithm>
#include <array>
#include <bit>

#include "config/import/keepalived_mapping.hpp"

// virtual_server, with its group and its real servers: services and pools.
namespace poise::config::importing {
namespace {

constexpr std::uint64_t persistence_default_ms = 360'000;
constexpr std::size_t endpoints_max = 256;  // of one virtual_server

struct Endpoint {
  IpAddr address;
  std::string port;  // "": any
  Place place;
};

struct Field {
  Place place;
  std::string name;
  nlohmann::json value;
};

// VirtualServer - one of them while its statements are read.
struct VirtualServer {
  Mapping& mapping;
  const Statement& source;
  std::vector<Endpoint> endpoints;
  std::string name;           // of the pool
  std::vector<Field> fields;  // of each service
  std::string mode = "nat", protocol;
  bool dropped = false;
  const Statement *persistence = nullptr, *granularity = nullptr;

  void take(const Statement& from, const std::string& field, nlohmann::json value) {
    mapping.taken(from, field + " = " + text_of(value));
    fields.push_back({from.place, field, std::move(value)});
  }
};

std::string number_or_any(const std::string& text) { return text == "0" ? "" : text; }

// "192.168.200.1-10", "10.0.0.250-10.0.1.5" or "10.0.0.8/29": IPv4 only, as many as fit.
std::vector<IpAddr> addresses_of_range(const std::string& text) {
  std::optional<IpAddr> first, last;
  if (const std::size_t dash = text.find('-'); dash != std::string::npos) {
    first = parse_ip(text.substr(0, dash));
    const std::string end = text.substr(dash + 1);
    last = parse_ip(end.find('.') == std::string::npos ? text.substr(0, text.rfind('.', dash) + 1) + end : end);
  } else if (const auto prefix = parse_prefix(text); prefix && prefix->address.is_v4() && prefix->length > 0) {
    first = prefix->network();
    last = IpAddr::v4(first->v4_value() + std::uint32_t((std::uint64_t{1} << (32 - prefix->length)) - 1));
  }
  if (!first || !last || first->is_v6() || last->is_v6()) return {};
  std::vector<IpAddr> all;
  for (std::uint64_t value = first->v4_value(); value <= last->v4_value() && all.size() <= endpoints_max; ++value)
    all.push_back(IpAddr::v4(std::uint32_t(value)));
  return all;
}

void add_group_entry(VirtualServer& server, const Statement& entry) {
  if (entry.keyword == "fwmark")
    return server.mapping.leave_out(entry, "packets have no firewall marks here", "write the addresses and ports");
  const std::string port = number_or_any(first_argument(entry));
  std::vector<IpAddr> addresses;
  if (const auto address = parse_ip(entry.keyword))
    addresses = {*address};
  else
    addresses = addresses_of_range(entry.keyword);
  if (addresses.empty() || addresses.size() + server.endpoints.size() > endpoints_max)
    return server.mapping.refuse(entry, "\"" + entry.keyword + "\" is no address, or more than 256",
                                 "write addresses one by one, or a range like 192.168.200.1-10");
  for (const IpAddr& address : addresses) server.endpoints.push_back({address, port, entry.place});
  server.mapping.taken(entry, "services for " + std::to_string(addresses.size()) + " address(es)");
}

void find_endpoints(VirtualServer& server, const Tree& document) {
  const std::vector<std::string>& words = server.source.arguments;
  const std::string what = words.empty() ? "" : words[0], second = words.size() > 1 ? words[1] : "";
  if (what == "fwmark") {
    server.dropped = true;
    return server.mapping.leave_out(server.source, "packets have no firewall marks here",
                                    "write the address and port of the service");
  }
  if (what != "group") {
    const auto address = address_of(server.mapping, server.source, what);
    if (address) server.endpoints.push_back({*address, number_or_any(second), server.source.place});
    return;
  }
  bool found = false;
  for (const Statement& group : document) {
    if (group.keyword != "virtual_server_group" || first_argument(group) != second) continue;
    found = true;
    server.mapping.taken(group, "see virtual_server");
    for (const Statement& entry : group.children) add_group_entry(server, entry);
  }
  if (!found)
    server.mapping.refuse(server.source, "there is no virtual_server_group \"" + second + "\"",
                          "add it, or correct it");
}

void take_scheduler(VirtualServer& server, const Statement& statement) {
  struct Row {
    std::string_view theirs, ours;
    const char* difference;
  };
  constexpr Row rows[] = {{"rr", "rr", ""},
                          {"wrr", "wrr", ""},
                          {"lc", "lc", ""},
                          {"wlc", "wlc", ""},
                          {"sh", "sh", ""},
                          {"dh", "dh", ""},
                          {"sed", "sed", ""},
                          {"nq", "nq", ""},
                          {"fo", "fo", ""},
                          {"ovf", "ovf", ""},
                          {"mh", "maglev", ""},
                          {"twos", "random2", ""},
                          {"lblc", "dh", "the nearest: by the destination, without regard to load"},
                          {"lblcr", "dh", "the nearest: by the destination, without regard to load"},
                          {"conhash", "maglev", "the nearest: consistent hash of the flow"}};
  const std::string name = first_argument(statement);
  const auto row = std::ranges::find(rows, name, &Row::theirs);
  if (row == std::end(rows))
    return server.mapping.refuse(statement, "there is no scheduler \"" + name + "\"",
                                 "use rr, wrr, lc, wlc, sh, dh, mh, sed, nq, fo, ovf or twos");
  server.take(statement, "scheduler", std::string(row->ours));
  if (*row->difference != 0) server.mapping.changed(statement, row->difference);
}

std::string mode_of(const std::string& method) {
  constexpr std::array<std::pair<std::string_view, const char*>, 4> rows = {
      {{"NAT", "nat"}, {"DR", "dr"}, {"TUN", "tunnel"}, {"FNAT", "fullnat"}}};
  for (const auto& [theirs, ours] : rows)
    if (theirs == method) return ours;
  return "";
}

void take_method(VirtualServer& server, const Statement& statement) {
  const std::string mode = mode_of(first_argument(statement));
  if (mode.empty())
    return server.mapping.refuse(statement, "there is no method \"" + first_argument(statement) + "\"",
                                 "write NAT, DR or TUN");
  server.mode = mode;
  server.take(statement, "mode", mode);
  const auto& words = statement.arguments;
  const auto type = std::ranges::find(words, "type");
  if (type != words.end() && type + 1 != words.end()) server.take(statement, "encapsulation", *(type + 1));
  const auto port = std::ranges::find(words, "port");
  if (port != words.end() && port + 1 != words.end() && *(port + 1) != "6080")
    server.mapping.leave_out(statement, "GUE goes to port 6080, not to " + *(port + 1),
                             "let the servers listen on port 6080");
}

void take_protocol(VirtualServer& server, const Statement& statement) {
  const std::string name = first_argument(statement);
  if (name == "TCP" || name == "UDP") {
    server.protocol = name == "TCP" ? "tcp" : "udp";
    return server.take(statement, "protocol", server.protocol);
  }
  server.dropped = server.dropped || name == "SCTP";
  if (name == "SCTP") return server.mapping.leave_out(statement, "SCTP is not balanced", "remove the virtual_server");
  server.mapping.refuse(statement, "there is no protocol \"" + name + "\"", "write TCP or UDP");
}

void take_persistence(VirtualServer& server, const Statement& statement) {
  (statement.keyword == "persistence_timeout" ? server.persistence : server.granularity) = &statement;
}

void take_one_packet(VirtualServer& server, const Statement& statement) {
  server.mapping.ignored(statement, "packets of a UDP flow go to one server; see timeouts.udp_one_way_ms");
}

// The port that a server may have: none where packets keep the one that the client asked for.
void set_port(VirtualServer& server, const Statement& statement, Target& target) {
  const std::string port = statement.arguments.size() > 1 ? number_or_any(statement.arguments[1]) : "";
  if (port.empty()) return;
  const bool keeps = server.mode == "dr" || server.mode == "tunnel";
  const bool any = !server.endpoints.empty() && server.endpoints[0].port.empty();
  if ((keeps && (server.endpoints.empty() || port != server.endpoints[0].port)) || any)
    return server.mapping.changed(statement,
                                  "without port " + port + ": servers get the port that the client asked for");
  if (keeps && server.endpoints.size() > 1) return;
  if (const auto number = whole_number(server.mapping, statement, port)) target.set(statement.place, "port", *number);
}

void take_server_settings(VirtualServer& server, Target& target, const Statement& statement) {
  Mapping& mapping = server.mapping;
  for (const Statement& each : statement.children) {
    if (each.keyword == "weight" || each.keyword == "uthreshold") {
      if (const auto number = whole_number(mapping, each))
        target.take(each, each.keyword == "weight" ? "weight" : "connections_max", *number);
    } else if (each.keyword == "inhibit_on_failure") {
      target.take(each, "inhibit_on_failure", switched_on(mapping, each));
    } else if (each.keyword == "lvs_method" || each.keyword == "lb_kind") {
      if (mode_of(first_argument(each)) == server.mode)
        mapping.taken(each, "as the service");
      else
        mapping.leave_out(each, "all servers of a service are reached in the same way, here " + server.mode,
                          "give it a virtual_server of its own");
    }
  }
}

void take_server(VirtualServer& server, Target& pool, const Statement& statement, std::vector<CheckedServer>& checked) {
  Mapping& mapping = server.mapping;
  const bool sorry = statement.keyword == "sorry_server";
  const auto address = address_of(mapping, statement, first_argument(statement));
  if (!address) return;
  std::string name = (sorry ? "sorry-" : "") + joined(statement.arguments);
  std::ranges::replace(name, ' ', '-');
  name = valid_name(name);
  Target target = pool.child(statement.place, "servers").child(statement.place, name);
  if (target.object.contains("address"))
    return mapping.refuse(statement, "server " + name + " is there already", "use weight for a larger share");
  target.set(statement.place, "address", to_string(*address));
  mapping.taken(statement, target.path);
  set_port(server, statement, target);
  if (sorry) pool.set(statement.place, "sorry_server", name);
  take_server_settings(server, target, statement);
  if (!sorry) checked.push_back({target, statement});
}

// What the health of its servers means to the pool.
void take_pool_settings(VirtualServer& server, Target& pool) {
  Mapping& mapping = server.mapping;
  for (const Statement& each : server.source.children) {
    if (each.keyword == "quorum" || each.keyword == "hysteresis") {
      if (const auto number = whole_number(mapping, each))
        pool.take(each, each.keyword == "quorum" ? "quorum" : "quorum_hysteresis", *number);
    } else if (each.keyword == "inhibit_on_failure") {
      pool.take(each, "inhibit_on_failure", switched_on(mapping, each));
    }
  }
}

// The sorry server is not checked, as in keepalived.
void finish_sorry_server(Target& pool) {
  if (!pool.object.contains("sorry_server") || !pool.object.contains("checks")) return;
  const std::string name = pool.object["sorry_server"];
  pool.object["servers"][name]["checks"] = nlohmann::json::object();
}

void take_sorry_method(VirtualServer& server, const Statement& statement) {
  if (mode_of(first_argument(statement)) == server.mode) return server.mapping.taken(statement, "as the service");
  server.mapping.leave_out(statement, "all servers of a service are reached in the same way, here " + server.mode,
                           "use the same method");
}

struct Handler {
  std::string_view keyword;
  void (*run)(VirtualServer&, const Statement&);
};
constexpr Handler handlers[] = {{"lb_algo", take_scheduler},
                                {"lvs_sched", take_scheduler},
                                {"lb_kind", take_method},
                                {"lvs_method", take_method},
                                {"protocol", take_protocol},
                                {"persistence_timeout", take_persistence},
                                {"persistence_granularity", take_persistence},
                                {"ops", take_one_packet}};

// "255.255.255.0" or "24" -> 24
std::optional<int> prefix_length(const std::string& text) {
  if (const auto mask = parse_ip(text); mask && mask->is_v4()) {
    const int length = std::countl_one(mask->v4_value());
    return std::popcount(mask->v4_value()) == length ? std::optional(length) : std::nullopt;
  }
  const auto prefix = parse_prefix("::/" + text);
  return prefix ? std::optional(int(prefix->length)) : std::nullopt;
}

void finish_persistence(VirtualServer& server) {
  Mapping& mapping = server.mapping;
  if (server.granularity != nullptr && server.persistence == nullptr)
    mapping.ignored(*server.granularity, "there is no persistence_timeout");
  if (server.persistence == nullptr) return;
  nlohmann::json persistence = {{"timeout_ms", persistence_default_ms}};
  if (!server.persistence->arguments.empty())
    if (const auto time = milliseconds(mapping, *server.persistence)) persistence["timeout_ms"] = *time;
  if (server.granularity != nullptr) {
    const auto length = prefix_length(first_argument(*server.granularity));
    const bool v6 = !server.endpoints.empty() && server.endpoints[0].address.is_v6();
    if (!length)
      mapping.refuse(*server.granularity, "\"" + first_argument(*server.granularity) + "\" is no mask",
                     "write one like 255.255.255.0, or a prefix length for IPv6");
    else
      persistence[v6 ? "prefix_v6" : "prefix_v4"] = *length;
    if (length) mapping.taken(*server.granularity, "persistence");
  }
  server.take(*server.persistence, "persistence", std::move(persistence));
}

std::string service_name(const VirtualServer& server, const Endpoint& endpoint) {
  return valid_name(server.protocol + "-" + to_string(endpoint.address) + "-" +
                    (endpoint.port.empty() ? "any" : endpoint.port));
}

void make_services(VirtualServer& server) {
  for (const Endpoint& endpoint : server.endpoints) {
    const std::string name = service_name(server, endpoint);
    Target service = target_at(server.mapping, endpoint.place, {"services", name});
    if (service.object.contains("address")) {
      server.mapping.refuse(server.source, "there is a virtual_server for " + name + " already", "remove one");
      continue;
    }
    service.set(endpoint.place, "address", to_string(endpoint.address));
    if (endpoint.port.empty())
      service.set(endpoint.place, "ports", "any");
    else if (const auto port = whole_number(server.mapping, server.source, endpoint.port))
      service.set(endpoint.place, "ports", *port);
    service.set(server.source.place, "pool", server.name);
    service.set(server.source.place, "mode", "nat");
    service.set(server.source.place, "scheduler", "wlc");
    service.set(server.source.place, "protocol", server.protocol);
    for (const Field& field : server.fields) service.set(field.place, field.name, field.value);
    server.mapping.taken(server.source, service.path);
  }
}

}  // namespace

void map_virtual_server(Mapping& mapping, const Statement& statement, const Tree& document) {
  VirtualServer server{.mapping = mapping, .source = statement};
  find_endpoints(server, document);
  for (const Statement& each : statement.children)
    for (const Handler& handler : handlers)
      if (handler.keyword == each.keyword) handler.run(server, each);
  if (server.dropped) return mapping.note_rest(statement.children, "the virtual_server is left out");
  if (server.protocol.empty()) {
    server.protocol = "udp";
    mapping.changed(statement, "protocol = \"udp\", as in keepalived without protocol");
  }
  finish_persistence(server);
  if (server.endpoints.empty()) return mapping.note_rest(statement.children, "the virtual_server has no address");
  const bool is_group = first_argument(statement) == "group";
  server.name = is_group ? valid_name(server.protocol + "-" + statement.arguments.back())
                         : service_name(server, server.endpoints[0]);
  Target pool = target_at(mapping, statement.place, {"pools", server.name});
  pool.child(statement.place, "servers");
  std::vector<CheckedServer> checked;
  for (const Statement& each : statement.children) {
    if (each.keyword == "real_server" || each.keyword == "sorry_server") take_server(server, pool, each, checked);
    if (each.keyword == "sorry_server_lvs_method") take_sorry_method(server, each);
  }
  take_pool_settings(server, pool);
  map_checkers(pool, statement, checked);
  finish_sorry_server(pool);
  make_services(server);
}

}  // namespace poise::config::importing
