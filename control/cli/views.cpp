#include "control/cli/views.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "control/cli/text.hpp"

namespace poise::control::cli {
namespace {

using Json = nlohmann::json;

Column column_of(const ViewColumn& column) {
  const bool number = column.format == Format::number || column.format == Format::count ||
                      column.format == Format::bytes || column.format == Format::duration_ms ||
                      column.format == Format::percent;
  return {column.header, number, column.format == Format::text || column.format == Format::list, column.width_min};
}

std::string none(const std::string& what) { return "no " + what + "\n"; }

std::string listed(const Json& array) {
  std::string text;
  for (const Json& element : array) text += (text.empty() ? "" : ", ") + format_value(element, Format::text);
  return text.empty() ? "-" : text;
}

std::string spaced(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

// The label and text of a member whose name carries its unit: "uptime_ms" -> "uptime", "2h 3m".
std::pair<std::string, std::string> labelled(const std::string& name, const Json& value) {
  const auto without = [&](std::string_view suffix) { return spaced(name.substr(0, name.size() - suffix.size())); };
  if (name.ends_with("_ms") && (value.is_number() || value.is_null()))
    return {without("_ms"), format_value(value, Format::duration_ms)};
  if (name.ends_with("_bytes") && (value.is_number() || value.is_null()))
    return {without("_bytes"), format_value(value, Format::bytes)};
  if (name == "bytes") return {name, format_value(value, Format::bytes)};
  if (name == "revision" || !value.is_number()) return {spaced(name), format_value(value, Format::text)};
  return {spaced(name), format_value(value, Format::count)};
}

using Pairs = std::vector<std::pair<std::string, Json>>;  // label, value

template <class AnyJson>  // ordered or not
void flatten(const AnyJson& object, const std::string& prefix, Pairs& into) {
  for (const auto& [name, value] : object.items()) {
    if (value.is_object())
      flatten(value, prefix + name + " ", into);
    else
      into.emplace_back(prefix + name, Json(value));
  }
}

template <class AnyJson>
std::string view_pairs(const AnyJson& object, const Style& style) {
  Pairs pairs;
  if (object.is_object()) flatten(object, "", pairs);
  std::size_t width = 0;
  std::vector<std::pair<std::string, std::string>> lines;
  for (const auto& [name, value] : pairs) {
    lines.push_back(labelled(name, value));
    width = std::max(width, display_width(lines.back().first));
  }
  std::string text;
  for (const auto& [label, value] : lines) {
    const std::string name = printable(label);
    text += toned(name, Tone::strong, style) + std::string(width - std::min(width, display_width(name)) + 2, ' ') +
            value + "\n";
  }
  return text;
}

// "3/4": servers that take new flows, of all.
std::string servers_up(const Json& object) {
  const std::vector<Json> servers = rows_of(member(object, "servers"));
  const auto up = std::count_if(servers.begin(), servers.end(),
                                [](const Json& server) { return member(server, "status") == "up"; });
  return std::to_string(up) + "/" + std::to_string(servers.size());
}

const std::vector<ViewColumn>& server_columns() {
  static const std::vector<ViewColumn> columns = {{"SERVER", "name"},
                                                  {"ADDRESS", "address", Format::word},
                                                  {"STATUS", "status", Format::word},
                                                  {"WEIGHT", "weight", Format::count},
                                                  {"CONNECTIONS", "connections", Format::count},
                                                  {"PACKETS", "packets", Format::count},
                                                  {"BYTES", "bytes", Format::bytes}};
  return columns;
}

Json with_servers_up(Json object) {
  if (object.is_object()) object["servers_up"] = servers_up(object);
  return object;
}

// An address with its port, so that one column tells where a service or server is.
Json with_place(Json object) {
  const Json& port = member(object, object.is_object() && object.contains("ports") ? "ports" : "port");
  if (port.is_null() || port == 0) return object;
  const std::string address = format_value(member(object, "address"), Format::text);
  const bool brackets = address.find(':') != std::string::npos && !address.starts_with('[');
  object["address"] = (brackets ? "[" + address + "]" : address) + ":" + format_value(port, Format::text);
  return object;
}

std::vector<Json> with_places(std::vector<Json> rows) {
  for (Json& row : rows) row = with_place(std::move(row));
  return rows;
}

}  // namespace

std::string table_of(const std::vector<ViewColumn>& columns, const std::vector<Json>& rows, const Style& style) {
  Table table(table_columns(columns));
  for (const Json& row : rows) table.add(table_row(columns, row));
  return table.render(style);
}

const Json& member(const Json& object, std::string_view path) {
  static const Json null;
  const Json* at = &object;
  while (!path.empty()) {
    const std::string name(path.substr(0, path.find('.')));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    if (!at->is_object()) return null;
    const auto found = at->find(name);
    if (found == at->end()) return null;
    at = &*found;
  }
  return *at;
}

std::vector<Json> rows_of(const Json& list) {
  if (list.is_array()) return {list.begin(), list.end()};
  std::vector<Json> rows;
  if (!list.is_object()) return rows;
  if (list.size() == 1 && list.begin()->is_array()) return rows_of(*list.begin());
  for (const auto& [name, value] : list.items()) {
    if (!value.is_object()) continue;
    rows.push_back(value);
    if (!value.contains("name")) rows.back()["name"] = name;
  }
  return rows;
}

std::string format_value(const Json& value, Format format) {
  if (value.is_null()) return "-";
  if (value.is_array()) return listed(value);
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_string()) return printable(value.get_ref<const std::string&>());
  if (!value.is_number()) return printable(value.dump());
  const double number = value.get<double>();
  switch (format) {
    case Format::count:
      return human_count(number);
    case Format::bytes:
      return human_bytes(number);
    case Format::percent:
      return human_percent(number);
    case Format::duration_ms:
      return human_duration(std::chrono::milliseconds(std::int64_t(std::clamp(number, -1e12, 1e12))));
    default:
      return value.dump();
  }
}

std::vector<Column> table_columns(const std::vector<ViewColumn>& columns) {
  std::vector<Column> result;
  for (const ViewColumn& column : columns) result.push_back(column_of(column));
  return result;
}

Row table_row(const std::vector<ViewColumn>& columns, const Json& object) {
  Row row;
  for (const ViewColumn& column : columns) {
    const std::string text = format_value(member(object, column.member), column.format);
    row.push_back({text, column.format == Format::word ? tone_of_state(text) : Tone::plain});
  }
  return row;
}

std::string view_document(const Json& answer, const Style&) {
  if (answer.is_string()) return printable(answer.get_ref<const std::string&>()) + "\n";
  return answer.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string view_status(const Json& answer, const Style& style) {
  if (!answer.is_object()) return view_pairs(answer, style);
  nlohmann::ordered_json ordered;  // what is asked for most comes first, the rest as it comes
  for (const char* name :
       {"name", "version", "revision", "uptime_ms", "workers", "workers_alive", "connections", "flows"})
    if (answer.contains(name)) ordered[name] = answer[name];
  for (const auto& [name, value] : answer.items())
    if (!ordered.contains(name)) ordered[name] = value;
  return view_pairs(ordered, style);
}

std::string view_help(const Json& answer, const Style& style) {
  const Json& text = answer.is_string() ? answer : member(answer, "text");
  if (!text.is_string()) return view_pairs(answer, style);
  const auto& lines = text.get_ref<const std::string&>();
  return lines + (lines.ends_with('\n') ? "" : "\n");
}

std::string view_changes(const Json& answer, const Style& style) {
  const Json& list = member(answer, "changes");
  if (!list.is_array() || list.empty()) return "nothing changes\n";
  std::string text;
  for (const Json& change : list) {
    const std::string kind = format_value(member(change, "kind"), Format::text);
    const bool adds = kind == "add", removes = kind == "remove";
    std::string line = (adds ? "+ " : removes ? "- " : "~ ") + format_value(member(change, "path"), Format::text);
    const Json &before = member(change, "before"), &after = member(change, "after");
    if (!adds && !removes && before != after)
      line += ": " + format_value(before, Format::text) + " -> " + format_value(after, Format::text);
    else if (const Json& whole = adds ? after : before; !whole.is_null() && whole != "")
      line += ": " + format_value(adds ? after : before, Format::text);
    if (member(change, "needs_restart") == true) line += "  (takes effect after a restart)";
    text += toned(line, adds ? Tone::good : removes ? Tone::bad : Tone::warning, style) + "\n";
  }
  return text;
}

std::string view_revisions(const Json& answer, const Style& style) {
  const std::vector<Json> rows = rows_of(answer);
  if (rows.empty()) return none("revisions");
  return table_of(
      {{"REVISION", "revision", Format::number}, {"WHEN", "time"}, {"BY", "author"}, {"COMMENT", "comment"}}, rows,
      style);
}

std::string view_services(const Json& answer, const Style& style) {
  static const std::vector<ViewColumn> columns = {{"SERVICE", "name"},
                                                  {"ADDRESS", "address", Format::word},
                                                  {"PROTOCOL", "protocol", Format::word},
                                                  {"MODE", "mode", Format::word},
                                                  {"SERVERS UP", "servers_up", Format::word},
                                                  {"CONNECTIONS", "connections", Format::count},
                                                  {"PACKETS", "packets", Format::count},
                                                  {"BYTES", "bytes", Format::bytes},
                                                  {"REFUSED", "refused", Format::count}};
  const bool one = answer.is_object() && answer.contains("servers") && answer.contains("address");
  std::vector<Json> rows = one ? std::vector<Json>{answer} : rows_of(answer);
  if (rows.empty()) return none("services");
  for (Json& row : rows) row = with_servers_up(with_place(std::move(row)));
  std::string text = table_of(columns, rows, style);
  if (one) text += "\n" + table_of(server_columns(), with_places(rows_of(answer["servers"])), style);
  return text;
}

// "ping up, web down: status 503"
std::string checks_text(const Json& server) {
  std::string text;
  for (const Json& check : rows_of(member(server, "checks"))) {
    const std::string state = format_value(member(check, "state"), Format::text);
    text += (text.empty() ? "" : ", ") + format_value(member(check, "name"), Format::text) + " " + state;
    const std::string reason = format_value(member(check, "reason"), Format::text);
    if (state == "down" && member(check, "reason") != "") text += ": " + reason;
  }
  return text;
}

std::vector<Json> with_checks(std::vector<Json> servers) {
  for (Json& server : servers) server["checks_text"] = checks_text(server);
  return servers;
}

std::string view_pools(const Json& answer, const Style& style) {
  static const std::vector<ViewColumn> columns = {{"SERVER", "name"},
                                                  {"ADDRESS", "address", Format::word},
                                                  {"STATUS", "status", Format::word},
                                                  {"WEIGHT", "weight", Format::count},
                                                  {"CONNECTIONS", "connections", Format::count},
                                                  {"DRAIN", "drain", Format::word},
                                                  {"CHECKS", "checks_text"}};
  const bool one = answer.is_object() && answer.contains("servers") && !answer["servers"].contains("servers");
  std::vector<Json> pools = one ? std::vector<Json>{answer} : rows_of(answer);
  if (pools.empty()) return none("pools");
  std::string text;
  for (const Json& pool : pools) {
    const std::string name = format_value(member(pool, "name"), Format::text);
    text += (text.empty() ? "" : "\n") + std::string("pool ") + toned(name, Tone::strong, style) + "  (" +
            servers_up(pool) + " up" + (member(pool, "up") == false ? ", no quorum" : "") + ")\n";
    text += table_of(columns, with_checks(with_places(rows_of(member(pool, "servers")))), style);
  }
  return text;
}

std::string view_interfaces(const Json& answer, const Style& style) {
  const std::vector<Json> rows = rows_of(answer);
  if (rows.empty()) return none("interfaces");
  return table_of({{"INTERFACE", "name"},
                   {"LINK", "link", Format::word},
                   {"MAC", "mac", Format::word},
                   {"MTU", "mtu", Format::number},
                   {"ADDRESSES", "addresses", Format::list},
                   {"RX PACKETS", "packets_received", Format::count},
                   {"RX BYTES", "bytes_received", Format::bytes},
                   {"TX PACKETS", "packets_sent", Format::count},
                   {"TX BYTES", "bytes_sent", Format::bytes},
                   {"MISSED", "missed", Format::count}},
                  rows, style);
}

std::string view_neighbors(const Json& answer, const Style& style) {
  const std::vector<Json> rows = rows_of(answer);
  if (rows.empty()) return none("neighbors");
  return table_of({{"ADDRESS", "address", Format::word},
                   {"MAC", "mac", Format::word},
                   {"INTERFACE", "interface"},
                   {"STATE", "state", Format::word},
                   {"AGE", "age_ms", Format::duration_ms}},
                  rows, style);
}

std::string view_heartbeats(const Json& answer, const Style& style) {
  const std::vector<Json> rows = rows_of(answer);
  if (rows.empty()) return none("heartbeats");
  return table_of({{"NAME", "name"},
                   {"INTERFACE", "interface"},
                   {"PEER", "peer", Format::word},
                   {"STATE", "state", Format::word},
                   {"SINCE", "since_ms", Format::duration_ms},
                   {"INTERVAL", "interval_ms", Format::duration_ms},
                   {"DETECTS AFTER", "detection_time_ms", Format::duration_ms},
                   {"LOST", "lost", Format::count}},
                  rows, style);
}

std::string view_vrrp(const Json& answer, const Style& style) {
  static const std::vector<ViewColumn> columns = {{"NAME", "name"},
                                                  {"INTERFACE", "interface"},
                                                  {"ID", "virtual_router_id", Format::number},
                                                  {"STATE", "state", Format::word},
                                                  {"SINCE", "since_ms", Format::duration_ms},
                                                  {"WHY", "reason", Format::word},
                                                  {"PRIORITY", "effective_priority", Format::number},
                                                  {"MASTER", "master", Format::word},
                                                  {"GROUP", "group", Format::word},
                                                  {"SPLIT BRAIN", "split_brain", Format::word}};
  if (!answer.is_object() || !answer.contains("counters")) {
    const std::vector<Json> rows = rows_of(answer);
    return rows.empty() ? none("VRRP instances") : table_of(columns, rows, style);
  }
  std::vector<Json> counters;
  for (const auto& [name, value] : member(answer, "counters").items())
    if (value.is_number()) counters.push_back({{"counter", name}, {"value", value}});
  for (const auto& [name, value] : member(member(answer, "counters"), "discarded").items())
    if (value.is_number() && value != 0) counters.push_back({{"counter", "discarded: " + name}, {"value", value}});
  const std::vector<Json> tracking = rows_of(member(answer, "tracking"));
  const std::string tracked = tracking.empty() ? ""
                                               : table_of({{"TRACKED", "kind", Format::word},
                                                           {"NAME", "name"},
                                                           {"STATE", "state", Format::word},
                                                           {"WEIGHT", "weight", Format::number},
                                                           {"PROBLEM", "problem", Format::word}},
                                                          tracking, style) +
                                                     "\n";
  return table_of(columns, {answer}, style) + "\n" + tracked +
         table_of({{"WHEN", "time", Format::word},
                   {"AGO", "age_ms", Format::duration_ms},
                   {"FROM", "from", Format::word},
                   {"TO", "to", Format::word},
                   {"WHY", "reason", Format::word}},
                  rows_of(member(answer, "history")), style) +
         "\n" + table_of({{"COUNTER", "counter"}, {"VALUE", "value", Format::count}}, counters, style);
}

std::string view_vrrp_packets(const Json& answer, const Style& style) {
  std::vector<Json> rows = rows_of(answer);
  if (rows.empty()) return none("packets yet");
  for (Json& row : rows)
    if (row.is_object())
      row["way"] = format_value(member(row, "source"), Format::word) + " -> " +
                   format_value(member(row, "destination"), Format::word);
  return table_of({{"TIME", "time", Format::word},
                   {"DIRECTION", "direction", Format::word},
                   {"KIND", "kind", Format::word},
                   {"FROM -> TO", "way", Format::word},
                   {"PRIORITY", "priority", Format::number},
                   {"INTERVAL", "interval_ms", Format::duration_ms},
                   {"VERDICT", "verdict", Format::word}},
                  rows, style);
}

std::string view_routes(const Json& answer, const Style& style) {
  static const std::vector<ViewColumn> columns = {{"PREFIX", "prefix"},
                                                  {"VIA", "gateway"},
                                                  {"INTERFACE", "interface"},
                                                  {"WEIGHT", "weight", Format::number},
                                                  {"SOURCE", "source", Format::word}};
  std::vector<Json> lines;  // one a next hop; the prefix is told once
  for (const Json& route : rows_of(answer)) {
    if (!route.is_object()) continue;
    std::vector<Json> hops = rows_of(member(route, "via"));
    if (hops.empty()) hops.push_back(Json::object());
    for (std::size_t i = 0; i < hops.size(); ++i) {
      Json line = route;
      line.erase("via");
      if (hops[i].is_object()) line.update(hops[i]);
      if (i > 0) line["prefix"] = "";
      if (member(line, "gateway").is_null()) line["gateway"] = "on-link";
      lines.push_back(std::move(line));
    }
  }
  return lines.empty() ? none("routes") : table_of(columns, lines, style);
}

std::string view_workers(const Json& answer, const Style& style) {
  const std::vector<Json> rows = rows_of(answer);
  if (rows.empty()) return none("workers");
  return table_of({{"WORKER", "worker", Format::number},
                   {"CORE", "core", Format::number},
                   {"BUSY", "busy", Format::percent},
                   {"LOOPS", "loops", Format::count},
                   {"FLOWS", "flows", Format::count},
                   {"PACKETS", "packets", Format::count},
                   {"HANDED OFF", "handed_off", Format::count},
                   {"WRONG CORE", "wrong_core", Format::count}},
                  rows, style);
}

namespace {

std::string drops_table(const Json& answer, bool all, const Style& style) {
  std::vector<Json> rows = rows_of(answer);
  if (!all) std::erase_if(rows, [](const Json& row) { return member(row, "count") == 0; });
  std::stable_sort(rows.begin(), rows.end(), [](const Json& a, const Json& b) {
    const Json &left = member(a, "count"), &right = member(b, "count");
    return left.is_number() && right.is_number() && left.get<double>() > right.get<double>();
  });
  if (rows.empty()) return "nothing was dropped\n";
  return table_of({{"REASON", "reason", Format::word}, {"COUNT", "count", Format::count}, {"MEANING", "meaning"}}, rows,
                  style);
}

}  // namespace

std::string view_drops(const Json& answer, const Style& style) { return drops_table(answer, false, style); }
std::string view_all_drops(const Json& answer, const Style& style) { return drops_table(answer, true, style); }

std::string view_stages(const Json& answer, const Style& style) {
  std::vector<Json> rows = rows_of(answer);
  if (rows.empty()) return none("stages");
  for (Json& row : rows) {
    const Json &cycles = member(row, "cycles"), &packets = member(row, "packets");
    if (cycles.is_number() && packets.is_number() && packets.get<double>() > 0 && !row.contains("cycles_per_packet"))
      row["cycles_per_packet"] = std::round(cycles.get<double>() / packets.get<double>() * 10) / 10;
  }
  return table_of({{"STAGE", "stage"},
                   {"PACKETS", "packets", Format::count},
                   {"CYCLES", "cycles", Format::count},
                   {"CYCLES/PACKET", "cycles_per_packet", Format::count}},
                  rows, style);
}

std::string view_explain(const Json& answer, const Style& style) {
  std::string text;
  std::size_t number = 0;
  for (const Json& step : rows_of(member(answer, "steps")))
    text += std::to_string(++number) + ". " + format_value(step, Format::text) + "\n";
  const Json& drop = member(answer, "drop");
  const bool dropped = !drop.is_null() && drop != false && drop != "";
  const std::string reason = format_value(member(answer, "reason"), Format::text);
  text += toned(dropped ? "dropped" : "forwarded", dropped ? Tone::bad : Tone::good, style) + ": " + reason;
  if (drop.is_string() && dropped) text += " [" + format_value(drop, Format::text) + "]";
  text += "\n";
  nlohmann::json rest = answer.is_object() ? answer : Json::object();
  for (const char* told : {"steps", "reason", "drop"}) rest.erase(told);
  for (auto it = rest.begin(); it != rest.end();) it = it->is_null() ? rest.erase(it) : std::next(it);
  return text + view_pairs(rest, style);
}

}  // namespace poise::control::cli
