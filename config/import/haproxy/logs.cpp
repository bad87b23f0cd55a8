#include <algorithm>
#include <array>

#include "config/import/haproxy/proxy.hpp"
#include "config/import/texts.hpp"
#include "config/path.hpp"
#include "config/spelling.hpp"
#include "config/types/limits.hpp"

// `log` lines become log_servers; what proxies say of their lines becomes `log` of frontends.
namespace poise::config::importing::haproxy {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 24> facilities = {
    "kern", "user",  "mail",  "daemon", "auth",   "syslog", "lpr",    "news",   "uucp",   "cron",   "auth2",  "ftp",
    "ntp",  "audit", "alert", "cron2",  "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"};
constexpr std::array<std::string_view, 8> levels = {"emerg",   "alert",  "crit", "err",
                                                    "warning", "notice", "info", "debug"};

template <class List>
bool is_one_of(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// LogLine - one `log ADDRESS ...` while its words are read.
struct LogLine {
  Mapping& mapping;
  const Line& line;
  std::size_t at;
  json server = json::object();

  bool is_done() const { return at >= line.words.size(); }
  void refuse(const std::string& problem, const std::string& fix) { mapping.refuse(line, problem, fix); }
};

bool take_log_address(LogLine& log) {
  const auto address = log.mapping.address(log.line, log.line.words[log.at++]);
  if (!address) return false;
  if (address->kind == Address::Kind::other) {
    if (!address->text.starts_with('/') && !address->text.starts_with("unix@")) {
      log.mapping.ignored(log.line, "lines go to syslog servers over UDP only; add one under log_servers");
      return false;
    }
    log.mapping.changed(log.line,
                        "unix sockets are not written to: lines go to 127.0.0.1 port 514, where rsyslog must "
                        "listen (module imudp)");
    log.server["address"] = "127.0.0.1";
    return true;
  }
  if (address->prefix.starts_with("tcp")) log.mapping.changed(log.line, "lines go over UDP");
  const auto host = log.mapping.host(log.line, *address);
  if (!host) return false;
  log.server["address"] = to_string(address->kind == Address::Kind::any ? IpAddr::v4(0x7f000001) : *host);
  if (address->port.value_or(514) != 514) log.server["port"] = *address->port;
  return true;
}

void take_format(LogLine& log, const std::string& format) {
  constexpr std::array<std::string_view, 8> known = {"local", "rfc3164", "rfc5424", "priority",
                                                     "short", "timed",   "iso",     "raw"};
  if (!is_one_of(known, format))
    return log.refuse("there is no log format \"" + format + "\"", did_you_mean(format, known, "use local or rfc5424"));
  if (format == "rfc5424")
    log.server["format"] = "rfc5424";
  else if (format != "local")
    log.mapping.changed(log.line, format == "rfc3164" ? "without the host's name" : "format rfc3164 is the nearest");
}

void take_log_options(LogLine& log) {
  while (!log.is_done()) {
    const std::string word = log.line.words[log.at];
    if (word != "len" && word != "format" && word != "sample" && word != "profile") return;
    const std::string& value = log.line.word(log.at + 1);
    log.at += 2;
    if (value.empty()) return log.refuse("\"" + word + "\" needs a value", "write it");
    if (word == "format") take_format(log, value);
    if (word == "len") log.mapping.ignored(log.line, "lines have the length that they have");
    if (word == "sample") log.mapping.changed(log.line, "all lines are sent, not a sample of them");
    if (word == "profile") log.mapping.ignored(log.line, "see frontends.*.log.format");
  }
}

bool take_facility(LogLine& log) {
  const std::string& facility = log.line.word(log.at++);
  if (!is_one_of(facilities, facility)) {
    log.refuse("there is no facility \"" + facility + "\"",
               did_you_mean(facility, facilities, "use one such as local0"));
    return false;
  }
  log.server["facility"] = facility;
  for (const bool is_max : {true, false}) {
    if (log.is_done()) return true;
    const std::string& level = log.line.words[log.at++];
    if (!is_one_of(levels, level)) {
      log.refuse("there is no level \"" + level + "\"", did_you_mean(level, levels, "use one such as notice"));
      return false;
    }
    if (is_max)
      log.server["level"] = level;
    else
      log.mapping.ignored(log.line, "levels are sent as they are, also above " + level);
  }
  if (log.is_done()) return true;
  log.refuse("\"" + log.line.words[log.at] + "\" is not expected here", "remove it");
  return false;
}

// The name of an entry with these values, which is made unless it is there.
std::string entry_of(Mapping& mapping, const Line& line, const json& server) {
  const std::string stem =
      valid_name(server["facility"].get<std::string>() + "-" + server["address"].get<std::string>());
  std::string name = stem;
  for (int number = 2; mapping.document["log_servers"].contains(name); ++number) {
    if (mapping.document["log_servers"][name] == server) return name;
    name = valid_name(stem.substr(0, 58) + "-" + std::to_string(number));
  }
  part_at(mapping, line, {"log_servers", name}).object = server;
  return name;
}

void take_log(Proxy& proxy, const Line& line) {
  Mapping& mapping = proxy.mapping;
  if (line.is_negated || line.is_reset) {
    proxy.logs.servers.clear();
    proxy.logs.first.reset();
    return mapping.taken(line, "no lines");
  }
  if (!proxy.has_front()) {
    if (!line.is_inherited) mapping.ignored(line, "backends have no lines of their own; those of frontends name them");
    return;
  }
  std::vector<std::string> names;
  if (line.word(1) == "global" && line.words.size() > 2)
    return mapping.refuse(line, "\"" + line.words[2] + "\" is not expected here", "write log global");
  if (line.word(1) == "global") {
    names = mapping.global_logs;
    if (names.empty()) return mapping.ignored(line, "`global` has no log server that could be reached");
    mapping.taken(line, proxy.front(line).shown_of("log") + ".servers = " + text_of(json(names)));
  } else if (auto name = log_server(mapping, line, 1)) {
    names.push_back(std::move(*name));
  }
  if (!names.empty() && !proxy.logs.first) proxy.logs.first = line;
  for (std::string& name : names)
    if (!is_one_of(proxy.logs.servers, name)) proxy.logs.servers.push_back(std::move(name));
}

void take_http_log(Proxy& proxy, const Line& line) {
  if (line.words.size() > 2 && line.words[2] != "clf")
    return proxy.mapping.refuse(line, "\"" + line.words[2] + "\" is not expected here", "remove it");
  proxy.logs.format = "http";
  proxy.logs.format_line = line;
}

void take_tcp_log(Proxy& proxy, const Line& line) {
  if (!proxy.has_front()) return;
  proxy.logs.format = "tcp";
  proxy.logs.format_line = line;
}

// The nearest: JSON when the line is an object, else HAProxy's own line.
void take_log_format(Proxy& proxy, const Line& line) {
  proxy.logs.format = line.word(1).starts_with('{') ? "json" : proxy.mode;
  proxy.logs.format_line = line;
}

void take_capture(Proxy& proxy, const Line& line) {
  Mapping& mapping = proxy.mapping;
  const bool is_request = line.word(1) == "request";
  if ((!is_request && line.word(1) != "response") || line.word(2) != "header" || line.word(4) != "len" ||
      line.words.size() != 6)
    return mapping.refuse(line, "it is no capture", "write capture request header NAME len LENGTH");
  const auto length = mapping.value(line, read_number(line.word(5), 1, UINT32_MAX));
  if (!length) return;
  if (*length > 1024) mapping.changed(line, "at most 1024 characters");
  const char* field = is_request ? "request_headers" : "response_headers";
  Part log = proxy.front(line).child(line, "log");
  log.add(line, field, {{"header", line.word(3)}, {"length_max", std::min<std::uint64_t>(*length, 1024)}});
  mapping.taken(line, log.shown_of(field));
}

constexpr std::array keywords = {
    Keyword{"log", in_defaults | in_both, 1, any_words, take_log, true},
    Keyword{"option httplog", in_defaults | in_front, 0, 1, take_http_log, false},
    Keyword{"option httpslog", in_defaults | in_front, 0, 0, take_http_log, false},
    Keyword{"option tcplog", in_defaults | in_both, 0, 0, take_tcp_log, false},
    Keyword{"log-format", in_defaults | in_front, 1, 1, take_log_format, false},
    Keyword{"capture", in_front, 1, any_words, take_capture, false},
};

// What the format of the lines is, and why it is not the one that was asked for.
std::string format_of(Proxy& proxy) {
  const Proxy::Logs& logs = proxy.logs;
  Mapping& mapping = proxy.mapping;
  if (!logs.format_line) {
    mapping.changed(*logs.first, "format " + proxy.mode + ": HAProxy's shortest line is not here");
    return proxy.mode;
  }
  const Line& line = *logs.format_line;
  const std::string path = proxy.front(line).shown_of("log") + ".format";
  if (proxy.mode == "tcp" && logs.format == "http") {
    mapping.changed(line, path + " = \"tcp\" in mode tcp, as in HAProxy");
    return "tcp";
  }
  const bool is_other = line.words[0] == "log-format" || line.word(1) == "httpslog" || line.words.size() > 2;
  if (is_other)
    mapping.changed(line, path + " = \"" + logs.format + "\" is the nearest");
  else
    mapping.taken(line, path + " = \"" + logs.format + "\"");
  return logs.format;
}

}  // namespace

std::span<const Keyword> logs_keywords() { return keywords; }

std::optional<std::string> log_server(Mapping& mapping, const Line& line, std::size_t first_word) {
  LogLine log{mapping, line, first_word};
  if (line.words.size() < first_word + 2) {
    log.refuse("it needs an address and a facility", "write log ADDRESS FACILITY, or log global in a proxy");
    return std::nullopt;
  }
  if (!take_log_address(log)) return std::nullopt;
  take_log_options(log);
  if (!take_facility(log)) return std::nullopt;
  log.server["tag"] = mapping.log_tag;
  if (mapping.document["log_servers"].size() > limits::log_servers) {
    log.refuse("there are more log servers than " + std::to_string(limits::log_servers), "remove some");
    return std::nullopt;
  }
  const std::string name = entry_of(mapping, line, log.server);
  mapping.taken(line, config::child("log_servers", name));
  return name;
}

void finish_logs(Proxy& proxy) {
  if (!proxy.has_front()) return;
  if (!proxy.logs.first) {
    if (proxy.logs.format_line) proxy.mapping.ignored(*proxy.logs.format_line, "there is no log server for the lines");
    return;
  }
  Part log = proxy.front(*proxy.logs.first).child(*proxy.logs.first, "log");
  log.set(*proxy.logs.first, "servers", proxy.logs.servers);
  log.set(proxy.logs.format_line.value_or(*proxy.logs.first), "format", format_of(proxy));
}

}  // namespace poise::config::importing::haproxy
