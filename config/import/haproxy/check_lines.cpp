#include <algorithm>
#include <array>

#include "config/checks.hpp"
#include "config/import/haproxy/proxy.hpp"
#include "config/import/texts.hpp"

// option httpchk and its kin, http-check, tcp-check: what is checked.
namespace poise::config::importing::haproxy {
namespace {

using nlohmann::json;

// "HTTP/1.1\r\nHost: www": a version, and headers as older files have them behind it.
void take_version(json& request, std::string_view text) {
  const std::size_t end = std::min(text.find("\r\n"), text.size());
  if (text.substr(0, end) == "HTTP/1.1") request["version"] = "1.1";
  text.remove_prefix(std::min(end + 2, text.size()));
  while (!text.empty()) {
    const std::size_t line_end = std::min(text.find("\r\n"), text.size());
    const std::string_view line = text.substr(0, line_end);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
      const std::size_t value = std::min(line.find_first_not_of(' ', colon + 1), line.size());
      request["headers"][std::string(line.substr(0, colon))] = std::string(line.substr(value));
    }
    text.remove_prefix(std::min(line_end + 2, text.size()));
  }
}

void take_option(Proxy& proxy, const Line& line) {
  Checks& checks = proxy.checks;
  if (line.is_negated || line.is_reset) {
    checks.option.reset();
    return proxy.mapping.taken(line, "servers are checked by connecting");
  }
  const std::string& name = line.word(1);
  if (name == "external-check" || name == "spop-check")
    return proxy.mapping.changed(line, "servers are checked by connecting");
  checks.option = line;
  if (name != "httpchk") return proxy.mapping.taken(line, "for servers with check");
  checks.request = json::object();
  const std::size_t count = line.words.size();
  if (count == 3) checks.request["uri"] = line.words[2];
  if (count > 3) checks.request["method"] = line.words[2];
  if (count > 3) checks.request["uri"] = line.words[3];
  if (count > 4) {
    std::string rest = line.words[4];
    for (std::size_t i = 5; i < count; ++i) rest += " " + line.words[i];
    take_version(checks.request, rest);
  }
  proxy.mapping.taken(line, "for servers with check");
}

void take_log(Proxy& proxy, const Line& line) {
  proxy.checks.logs = !line.is_negated && !line.is_reset;
  proxy.mapping.taken(line, "log of the check");
}

void take_timeout(Proxy& proxy, const Line& line) {
  proxy.checks.timeout_ms = proxy.mapping.value(line, read_time(line.word(2)));
  if (proxy.checks.timeout_ms) proxy.mapping.taken(line, "timeout_ms of the check");
}

// StepLine - one http-check or tcp-check while its words are read.
struct StepLine {
  Mapping& mapping;
  const Line& line;
  std::size_t at = 2;
  std::string comment, why_not;
  bool is_wrong = false;

  bool is_done() const { return at >= line.words.size(); }
  std::string next() { return is_done() ? std::string() : line.words[at++]; }
  std::string value_of(const std::string& word) {
    if (is_done()) refuse("\"" + word + "\" needs a value", "write it behind it");
    return next();
  }
  void refuse(const std::string& problem, const std::string& fix) {
    is_wrong = true;
    mapping.refuse(line, problem, fix);
  }
};

json request_of(StepLine& of) {
  json request = json::object();
  while (!of.is_done() && !of.is_wrong) {
    const std::string word = of.next(), value = of.value_of(word);
    const bool is_filled = value.find('%') != std::string::npos;
    if (word == "meth")
      request["method"] = value;
    else if (word == "uri" || (word == "uri-lf" && !is_filled))
      request["uri"] = value;
    else if (word == "ver")
      take_version(request, value);
    else if (word == "body" || (word == "body-lf" && !is_filled))
      request["body"] = value;
    else if (word == "comment")
      of.comment = value;
    else if (word == "hdr")
      request["headers"][value] = of.value_of(word);
    else if (word == "uri-lf" || word == "body-lf")
      of.why_not = "texts of checks have no placeholders";
    else
      of.refuse("\"" + word + "\" is not expected here", "use meth, uri, ver, hdr, body and comment");
  }
  return request;
}

json connect_of(StepLine& of) {
  json connect = json::object();
  while (!of.is_done() && !of.is_wrong) {
    const std::string word = of.next();
    if (word == "default" || word == "linger") continue;
    if (word == "send-proxy") {
      connect["send_proxy"] = true;
    } else if (word == "ssl") {
      if (!connect.contains("tls")) connect["tls"] = json::object();
    } else if (word == "via-socks4") {
      of.why_not = "there is no SOCKS4";
    } else if (word == "port") {
      const auto port = read_number(of.value_of(word), 1, 65535);
      if (!port) of.why_not = "a port of a check is a number";
      if (port) connect["port"] = *port;
    } else if (word == "addr") {
      const auto address = parse_ip(of.value_of(word));
      if (!address) of.why_not = "an address of a check is one";
      if (address) connect["address"] = to_string(*address);
    } else if (word == "sni" || word == "alpn" || word == "comment" || word == "proto") {
      const std::string value = of.value_of(word);
      if (word == "sni") connect["tls"]["sni"] = value;
      if (word == "alpn") connect["tls"]["alpn"] = json::array({value});
      if (word == "comment") of.comment = value;
    } else {
      of.refuse("\"" + word + "\" is not expected here", "use port, addr, ssl, sni, alpn, send-proxy and comment");
    }
  }
  return connect;
}

std::optional<std::string> bytes_of_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
    if (hex.substr(i, 2).find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) return std::nullopt;
    bytes += char(digit(hex[i]) << 4 | digit(hex[i + 1]));
  }
  return hex.size() % 2 == 0 ? std::optional(bytes) : std::nullopt;
}

void take_pattern(StepLine& of, json& expect, const std::string& kind) {
  const std::string value = of.value_of(kind);
  if (kind == "status") {
    std::string part;
    for (const char c : value + ",") {
      if (c != ',') {
        part += c;
        continue;
      }
      expect["statuses"].push_back(part);
      part.clear();
    }
  } else if (kind == "string") {
    expect["string"] = as_payload(value);
  } else if (kind == "rstring" || kind == "rstatus") {
    expect[kind] = value;
    if (const std::string why = why_no_pattern(value); !why.empty())
      of.why_not = "\"" + value + "\" is no expression that RE2 takes: " + why;
  } else if (kind == "binary") {
    const auto bytes = bytes_of_hex(value);
    if (!bytes) return of.refuse("\"" + value + "\" is not hexadecimal", "write two digits a byte");
    expect["string"] = as_payload(*bytes);
  } else {
    of.why_not = "\"" + kind + "\" cannot be expected";
    of.at = of.line.words.size();
  }
}

json expect_of(StepLine& of) {
  json expect = json::object();
  constexpr std::array<std::string_view, 7> options = {"min-recv",   "ok-status", "error-status", "tout-status",
                                                       "on-success", "on-error",  "status-code"};
  while (!of.is_done() && !of.is_wrong) {
    std::string word = of.next();
    if (word == "comment") {
      of.comment = of.value_of(word);
    } else if (std::find(options.begin(), options.end(), word) != options.end()) {
      (void)of.value_of(word);
    } else {
      if (word.starts_with('!')) {
        expect["negated"] = true;
        word.erase(0, 1);
        if (word.empty()) word = of.next();
      }
      take_pattern(of, expect, word);
      if (!of.is_done()) of.refuse("\"" + of.next() + "\" is not expected here", "put quotes around what has blanks");
    }
  }
  if (expect.empty() && of.why_not.empty())
    of.refuse("nothing is expected", "write status, string or rstring, and a value");
  return expect;
}

json sending_of(StepLine& of, const std::string& name) {
  const std::string text = of.value_of(name);
  std::string bytes = text;
  if (name == "send-binary") {
    const auto decoded = bytes_of_hex(text);
    if (!decoded) of.refuse("\"" + text + "\" is not hexadecimal", "write two digits a byte");
    bytes = decoded.value_or("");
  }
  if (name.ends_with("-lf") && text.find('%') != std::string::npos) of.why_not = "texts of checks have no placeholders";
  if (of.next() == "comment") of.comment = of.next();
  return as_payload(bytes);
}

json step_of(StepLine& of) {
  const std::string& name = of.line.word(1);
  const bool is_http = of.line.words[0] == "http-check";
  if (name == "connect") return {{"connect", connect_of(of)}};
  if (name == "expect") return {{"expect", expect_of(of)}};
  if (name == "send" && is_http) return {{"request", request_of(of)}};
  if (!is_http && (name == "send" || name == "send-lf" || name == "send-binary" || name == "send-binary-lf"))
    return {{"send", sending_of(of, name)}};
  of.why_not = "\"" + name + "\" is no step of a check here";
  return {};
}

void take_step(Proxy& proxy, const Line& line) {
  const bool is_http = line.words[0] == "http-check";
  const std::string& name = line.word(1);
  if (name == "comment" || name == "send-state")
    return proxy.mapping.ignored(line, name == "comment" ? "a remark" : "servers are not told their state");
  if (name == "disable-on-404")
    return proxy.mapping.changed(line, "a server that answers 404 is as http-check expect says, not drained");
  StepLine of{proxy.mapping, line};
  json step = step_of(of);
  if (of.is_wrong) return;
  if (!of.why_not.empty()) return proxy.mapping.leave_out(line, of.why_not, "see docs/from_haproxy.md, or --lenient");
  if (!of.comment.empty()) step["comment"] = of.comment;
  std::vector<json>& steps = is_http ? proxy.checks.http_steps : proxy.checks.tcp_steps;
  bool& are_inherited = is_http ? proxy.checks.are_http_inherited : proxy.checks.are_tcp_inherited;
  if (are_inherited && !line.is_inherited) {  // own ones come instead of those of defaults
    steps.clear();
    are_inherited = false;
  }
  steps.push_back(std::move(step));
  proxy.mapping.taken(line, "a step of the check");
}

constexpr std::array keywords = {
    Keyword{"option httpchk", in_defaults | in_back, 0, any_words, take_option, true},
    Keyword{"option tcp-check", in_defaults | in_back, 0, 0, take_option, true},
    Keyword{"option smtpchk", in_defaults | in_back, 0, 2, take_option, true},
    Keyword{"option mysql-check", in_defaults | in_back, 0, 3, take_option, true},
    Keyword{"option pgsql-check", in_defaults | in_back, 2, 2, take_option, true},
    Keyword{"option redis-check", in_defaults | in_back, 0, 0, take_option, true},
    Keyword{"option ldap-check", in_defaults | in_back, 0, 0, take_option, true},
    Keyword{"option ssl-hello-chk", in_defaults | in_back, 0, 0, take_option, true},
    Keyword{"option spop-check", in_defaults | in_back, 0, any_words, take_option, true},
    Keyword{"option external-check", in_defaults | in_back, 0, any_words, take_option, true},
    Keyword{"option log-health-checks", in_defaults | in_back, 0, 0, take_log, true},
    Keyword{"timeout check", in_defaults | in_back, 1, 1, take_timeout},
    Keyword{"http-check", in_defaults | in_back, 1, any_words, take_step},
    Keyword{"tcp-check", in_defaults | in_back, 1, any_words, take_step},
};

}  // namespace

std::span<const Keyword> checks_keywords() { return keywords; }

}  // namespace poise::config::importing::haproxy
