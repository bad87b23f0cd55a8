#include "config/import/haproxy/stick.hpp"

#include <algorithm>
#include <array>

#include "config/import/haproxy/actions.hpp"
#include "config/import/texts.hpp"
#include "config/spelling.hpp"

// stick-table, stick, track-sc: tables that keep clients with their server, and count what they do.
namespace poise::config::importing::haproxy {
namespace {

using nlohmann::json;

constexpr std::uint64_t time_max_ms = 2'147'483'647;

struct KeyRow {
  std::string_view sample;  // up to the parenthesis
  const char* key;
  bool has_name = false, is_of_response = false;
};
constexpr std::array key_rows = {
    KeyRow{"src", "src"},
    KeyRow{"path", "path"},
    KeyRow{"url", "url"},
    KeyRow{"pathq", "url"},
    KeyRow{"req.ssl_sni", "sni"},
    KeyRow{"req_ssl_sni", "sni"},
    KeyRow{"hdr", "header", true},
    KeyRow{"req.hdr", "header", true},
    KeyRow{"req.fhdr", "header", true},
    KeyRow{"cook", "cookie", true},
    KeyRow{"req.cook", "cookie", true},
    KeyRow{"urlp", "url_param", true},
    KeyRow{"url_param", "url_param", true},
    KeyRow{"shdr", "header", true, true},
    KeyRow{"res.hdr", "header", true, true},
    KeyRow{"scook", "cookie", true, true},
    KeyRow{"res.cook", "cookie", true, true},
};

// {"key", "name"} of a sample; nothing: it is no key here.
std::optional<json> key_of(const std::string& sample, bool is_of_response) {
  const std::size_t open = std::min(sample.find('('), sample.size());
  const std::string name =
      open < sample.size() && sample.ends_with(')') ? sample.substr(open + 1, sample.size() - open - 2) : "";
  for (const KeyRow& row : key_rows) {
    const bool is_whole =
        row.has_name ? !name.empty() && name.find_first_of(",)") == std::string::npos : open == sample.size();
    if (row.sample != std::string_view(sample).substr(0, open) || row.is_of_response != is_of_response || !is_whole)
      continue;
    json key{{"key", row.key}};
    if (row.has_name) key["name"] = name;
    return key;
  }
  return std::nullopt;
}

// TableLine - one `stick-table` while its words are read.
struct TableLine {
  Mapping& mapping;
  const Line& line;
  json table = json::object();
  bool is_wrong = false;

  void refuse(const std::string& problem, const std::string& fix) {
    is_wrong = true;
    mapping.refuse(line, problem, fix);
  }
  std::optional<std::uint64_t> checked(const Result<std::uint64_t>& result) {
    is_wrong = is_wrong || !result;
    return mapping.value(line, result);
  }
};

// "conn_rate(3s)"
void take_store(TableLine& of, const std::string& text) {
  constexpr std::array<std::string_view, 21> known = {
      "server_id",     "gpc0",          "gpc0_rate",     "gpc1",          "gpc1_rate",      "gpt0",
      "conn_cnt",      "conn_cur",      "conn_rate",     "sess_cnt",      "sess_rate",      "http_req_cnt",
      "http_req_rate", "http_err_cnt",  "http_err_rate", "http_fail_cnt", "http_fail_rate", "bytes_in_cnt",
      "bytes_in_rate", "bytes_out_cnt", "bytes_out_rate"};
  const std::size_t open = std::min(text.find('('), text.size());
  const std::string name = text.substr(0, open);
  if (std::find(known.begin(), known.end(), name) == known.end())
    return of.mapping.changed(of.line, "\"" + name + "\" is not stored: rules that ask for it are not taken");
  json store{{"data", name}};
  if (open < text.size() && text.ends_with(')'))
    if (const auto period = of.checked(read_time(text.substr(open + 1, text.size() - open - 2))))
      store["period_ms"] = *period;
  if (name.ends_with("_rate") && !store.contains("period_ms"))
    return of.refuse("\"" + name + "\" needs a period", "write " + name + "(10s)");
  of.table["store"].push_back(std::move(store));
}

void take_stores(TableLine& of, const std::string& list) {
  std::string part;
  for (const char c : list + ",") {
    if (c != ',') {
      part += c;
    } else if (!part.empty()) {
      take_store(of, part);
      part.clear();
    }
  }
}

void take_table_word(TableLine& of, const std::string& word, const std::string& value) {
  constexpr std::array<std::string_view, 5> types = {"ip", "ipv6", "integer", "string", "binary"};
  if (word == "type") {
    if (std::find(types.begin(), types.end(), value) == types.end())
      return of.refuse("there is no type \"" + value + "\"", "use ip, ipv6, integer, string or binary");
    of.table["type"] = value;
  } else if (word == "len") {
    if (const auto length = of.checked(read_number(value, 1, 65535))) of.table["length_max"] = *length;
  } else if (word == "size") {
    if (const auto size = of.checked(read_size(value))) of.table["size"] = *size;
  } else if (word == "expire") {
    if (const auto time = of.checked(read_time(value))) of.table["expire_ms"] = std::min(*time, time_max_ms);
  } else if (word == "store") {
    take_stores(of, value);
  } else if (word == "peers") {
    of.mapping.changed(of.line, "the table is this node's alone");
  } else if (word != "srvkey" && word != "write-to" && word != "brates-factor" && word != "recv-only") {
    of.refuse("\"" + word + "\" is not known here", "use type, size, expire, nopurge and store");
  }
}

void take_table(Proxy& proxy, const Line& line) {
  Mapping& mapping = proxy.mapping;
  TableLine of{mapping, line};
  for (std::size_t i = 1; i < line.words.size() && !of.is_wrong; ++i) {
    const std::string& word = line.words[i];
    if (word == "nopurge") {
      of.table["nopurge"] = true;
      continue;
    }
    if (i + 1 >= line.words.size()) return of.refuse("\"" + word + "\" needs a value", "write it behind it");
    take_table_word(of, word, line.words[++i]);
  }
  if (of.is_wrong) return;
  if (!of.table.contains("type") || !of.table.contains("size"))
    return of.refuse("a table has a type and a size", "write type ip size 100k");
  const std::string name = valid_name(proxy.section.name);
  if (mapping.document.contains("stick_tables") && mapping.document["stick_tables"].contains(name))
    return of.refuse("another section of that name has a table", "give one another name");
  if (of.table["size"] == 0) of.table["size"] = 1;
  part_at(mapping, line, {"stick_tables"}).set(line, name, std::move(of.table));
  mapping.taken(line, "stick_tables." + name);
}

// The words behind a key: [table NAME], and a condition that cannot be said.
void gather_rule(Action& action, const RulePlace& place) {
  std::string table = action.proxy.section.name;
  if (action.word(action.at) == "table") {
    action.next();
    table = action.next();
  }
  if (!action.is_done()) return action.refuse("\"" + action.next() + "\" is not expected here", "use table NAME");
  if (action.end < action.line.words.size()) {
    const auto condition = read_condition(action.proxy.mapping, action.proxy.acls, action.line, action.end);
    if (!condition) return;
    action.why_not = "it has no conditions here";
  }
  if (!action.why_not.empty())
    return action.proxy.mapping.leave_out(action.line, action.why_not,
                                          "remove it, or import with --lenient to leave it out");
  action.rule["table"] = table;  // as the source names it; ours when all are known
  auto& rules = place.is_front ? action.proxy.front_rules : action.proxy.back_rules;
  rules[place.field].push_back({action.line, action.rule, place.phase});
}

void take_stick(Proxy& proxy, const Line& line) {
  constexpr std::array<std::pair<std::string_view, const char*>, 4> kinds = {
      {{"on", "on"}, {"match", "match"}, {"store-request", "store_request"}, {"store-response", "store_response"}}};
  const auto kind =
      std::find_if(kinds.begin(), kinds.end(), [&](const auto& each) { return each.first == line.word(1); });
  if (kind == kinds.end())
    return proxy.mapping.refuse(line, "there is no \"stick " + line.word(1) + "\"",
                                "use on, match, store-request or store-response");
  Action action = action_of(proxy, line, 2);
  const std::string sample = action.next();
  const auto key = key_of(sample, kind->first == "store-response");
  if (key)
    action.rule = *key;
  else
    action.why_not = "\"" + sample + "\" is no key here";
  action.rule["action"] = kind->second;
  gather_rule(action, {.is_front = false, .field = "stick"});
}

// "track-sc0 src table T" of http-request and tcp-request.
void take_track(Proxy& proxy, const Line& line, std::size_t at) {
  const std::string& name = line.words[at];
  Action action = action_of(proxy, line, at + 1);
  const std::string sample = action.next(), digits = name.substr(8);
  const auto counter = read_number(digits, 0, 2);
  const auto key = key_of(sample, false);
  if (!counter)
    action.why_not = "there are three counters: sc0, sc1 and sc2";
  else if (!key)
    action.why_not = "\"" + sample + "\" is no key here";
  if (key) action.rule = *key;
  if (counter) action.rule["counter"] = *counter;
  if (line.words[0] == "http-request" && sample == "src") action.rule["place"] = "request";
  gather_rule(action, {.is_front = proxy.has_front(), .field = "track"});
}

void take_persist(Proxy& proxy, const Line& line) {
  proxy.back(line).take(line, "persist_when_down", !line.is_negated && !line.is_reset);
}

constexpr std::array keywords = {
    Keyword{"stick-table", in_both, 1, any_words, take_table},
    Keyword{"stick", in_back, 2, any_words, take_stick},
    Keyword{"option persist", in_defaults | in_back, 0, 0, take_persist, true},
};

}  // namespace

std::span<const Keyword> stick_keywords() { return keywords; }

bool take_tracking(Proxy& proxy, const Line& line) {
  for (const std::size_t at : {1, 2})
    if (line.word(at).starts_with("track-sc")) {
      take_track(proxy, line, at);
      return true;
    }
  return false;
}

void finish_stick(Proxy& proxy) {
  const json tables = proxy.mapping.document.value("stick_tables", json::object());
  std::vector<std::string_view> names;
  for (const auto& [name, table] : tables.items()) names.push_back(name);
  for (auto* sides : {&proxy.front_rules, &proxy.back_rules})
    for (const char* field : {"stick", "track"})
      for (Proxy::GatheredRule& each : (*sides)[field]) {
        const std::string theirs = each.rule["table"], ours = valid_name(theirs);
        Part part = sides == &proxy.front_rules ? proxy.front(each.line) : proxy.back(each.line);
        each.rule["table"] = ours;
        if (tables.contains(ours))
          proxy.mapping.taken(each.line, part.shown_of(field));
        else
          proxy.mapping.refuse(each.line, "there is no stick table \"" + theirs + "\"",
                               did_you_mean(ours, names, "add a line stick-table to that section"));
      }
}

}  // namespace poise::config::importing::haproxy
