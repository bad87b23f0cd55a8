#include <algorithm>
#include <set>

#include "config/check_l7.hpp"
#include "config/checks.hpp"
#include "config/choices_check_l7.hpp"
#include "config/rules.hpp"
#include "config/scalars.hpp"
#include "config/spelling.hpp"

// Checks of the servers of backends.
namespace poise::config {
namespace {

bool has_blank(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c <= 0x20 || c == 0x7f; });
}
bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

void check_pattern(Rules& rules, const std::optional<std::string>& pattern, const std::string& path) {
  if (!pattern) return;
  if (const std::string why = why_no_pattern(*pattern); !why.empty())
    rules.add(path, quoted(*pattern) + " is no regular expression: " + why,
              "write one that RE2 takes; it has no back references and no look-around");
}

void check_bytes(Rules& rules, const std::string& text, const std::string& path) {
  if (!payload_bytes(text))
    rules.add(path, "a backslash in it begins no byte", "write \\xHH for a byte, \\\\ for a backslash");
}

void check_address(Rules& rules, const std::optional<IpAddr>& address, bool is_kernel, const std::string& path) {
  if (!address || (is_kernel && address->is_loopback())) return;
  if (const std::string why = why_not_a_host(*address); !why.empty())
    rules.add(path, why, "use the address of a server");
}

void check_tls(Rules& rules, const CheckTls& tls, const std::string& path) {
  if (tls.sni && (tls.sni->empty() || has_blank(*tls.sni)))
    rules.add(path + ".sni", quoted(*tls.sni) + " is no name of a server", "write it like \"www.example.com\"");
  if (tls.ca_file && !tls.verify_certificate)
    rules.add(path + ".ca_file", "the certificate is not verified", "set verify_certificate, or remove ca_file");
  if (tls.verify_certificate && !tls.sni)
    rules.add(path + ".verify_certificate", "there is no name that the certificate should be for", "set sni");
  for (std::size_t i = 0; i < tls.alpn.size(); ++i)
    if (tls.alpn[i].empty() || tls.alpn[i].size() > 255)
      rules.add(child(path + ".alpn", i), quoted(tls.alpn[i]) + " is no protocol", "write it like \"http/1.1\"");
}

void check_request(Rules& rules, const CheckRequest& request, const std::string& path) {
  if (request.method.empty() || has_blank(request.method))
    rules.add(path + ".method", quoted(request.method) + " is no method", "use GET, HEAD or OPTIONS");
  if (request.uri.empty() || has_blank(request.uri))
    rules.add(path + ".uri", quoted(request.uri) + " is no target of a request", "write it like \"/health?deep=1\"");
  for (const auto& [name, value] : request.headers)
    if (name.empty() || has_blank(name) || name.find(':') != std::string::npos || has_control(value))
      rules.add(child(path + ".headers", name), "is no header", "use letters, digits and \"-\"; a value has one line");
}

// `of_response`: an HTTP request was sent last.
void check_expect(Rules& rules, const CheckExpect& expect, bool of_response, const std::string& path) {
  const int count = int(!expect.statuses.empty()) + int(expect.rstatus.has_value()) + int(expect.string.has_value()) +
                    int(expect.rstring.has_value());
  if (count != 1)
    rules.add(path, count == 0 ? "nothing is expected" : "it expects several things",
              "set one of statuses, rstatus, string and rstring; use a step for each in kind \"script\"");
  for (std::size_t i = 0; i < expect.statuses.size(); ++i)
    if (!parse_statuses(expect.statuses[i]))
      rules.add(child(path + ".statuses", i), quoted(expect.statuses[i]) + " is neither a status code nor a range",
                "write \"204\" or \"200-299\", within 100..599 and the smaller first");
  if (!of_response && (!expect.statuses.empty() || expect.rstatus))
    rules.add(path, "there is no response whose status it could be", "send a request before it");
  check_pattern(rules, expect.rstatus, path + ".rstatus");
  check_pattern(rules, expect.rstring, path + ".rstring");
  if (expect.string) check_bytes(rules, *expect.string, path + ".string");
  if (expect.string && expect.string->empty())
    rules.add(path + ".string", "everything contains it", "write what is looked for");
}

void check_steps(Rules& rules, const BackendCheck& check, bool is_kernel, const std::string& path) {
  bool is_response = false;
  for (std::size_t i = 0; i < check.steps.size(); ++i) {
    const CheckStep& step = check.steps[i];
    const std::string place = child(path, i);
    const int count = int(step.connect.has_value()) + int(step.send.has_value()) + int(step.request.has_value()) +
                      int(step.expect.has_value());
    if (count != 1)
      rules.add(place, count == 0 ? "does nothing" : "does several things",
                "set one of connect, send, request and expect");
    if (step.connect) {
      is_response = false;
      check_address(rules, step.connect->address, is_kernel, place + ".connect.address");
      if (step.connect->tls) check_tls(rules, *step.connect->tls, place + ".connect.tls");
    }
    if (step.send) {
      is_response = false;
      check_bytes(rules, *step.send, place + ".send");
    }
    if (step.request) {
      is_response = true;
      check_request(rules, *step.request, place + ".request");
    }
    if (step.expect) check_expect(rules, *step.expect, is_response, place + ".expect");
    if (has_control(step.comment)) rules.add(place + ".comment", "has several lines", "write one");
  }
}

// Settings of another kind would do nothing: they are refused.
void check_check(Rules& rules, const BackendCheck& check, bool is_kernel, const std::string& path) {
  const auto unused = [&](bool is_set, const char* field, BackendCheckKind kind) {
    if (is_set && check.kind != kind)
      rules.add(path + "." + field, "a check of kind " + quoted(name_of(check.kind)) + " does not look at it",
                "remove it, or use kind " + quoted(name_of(kind)));
  };
  unused(!(check.request == CheckRequest{}), "request", BackendCheckKind::http);
  unused(check.expect.has_value(), "expect", BackendCheckKind::http);
  unused(!check.steps.empty(), "steps", BackendCheckKind::script);
  if (check.kind == BackendCheckKind::script && check.steps.empty())
    rules.add(path + ".steps", "there are none", "write what is done, or use kind \"tcp\"");
  if (check.kind == BackendCheckKind::http) check_request(rules, check.request, path + ".request");
  if (check.expect) check_expect(rules, *check.expect, true, path + ".expect");
  check_steps(rules, check, is_kernel, path + ".steps");
  check_address(rules, check.address, is_kernel, path + ".address");
  if (check.tls) check_tls(rules, *check.tls, path + ".tls");
}

bool has_ports(const BackendCheck& check) {
  if (check.port) return true;
  const auto steps = steps_of(check);
  return std::ranges::all_of(steps, [](const CheckStep& step) { return !step.connect || step.connect->port; });
}

// Who follows whom; a circle would have nobody to say how its servers are.
bool is_circle(const Config& config, const std::string& backend, const std::string& server) {
  std::set<std::pair<std::string, std::string>> seen;
  std::pair<std::string, std::string> at(backend, server);
  while (seen.insert(at).second) {
    const auto of = config.backends.find(at.first);
    if (of == config.backends.end()) return false;
    const auto found = of->second.servers.find(at.second);
    if (found == of->second.servers.end() || !found->second.track) return false;
    const auto next = parse_track(*found->second.track);
    if (!next) return false;
    at = *next;
  }
  return true;
}

void check_track(Rules& rules, const std::string& backend_name, const std::string& server_name,
                 const std::string& path) {
  const Backend& backend = rules.config.backends.at(backend_name);
  const BackendServer& server = backend.servers.at(server_name);
  const auto name = parse_track(*server.track);
  if (!name)
    return rules.add(path + ".track", quoted(*server.track) + " does not name a server",
                     "write it like \"web/server1\"");
  const auto of = rules.config.backends.find(name->first);
  if (of == rules.config.backends.end())
    return rules.add(path + ".track", "no backend is named " + quoted(name->first),
                     did_you_mean(name->first, names_of(rules.config.backends), "name one of backends"));
  const auto found = of->second.servers.find(name->second);
  if (found == of->second.servers.end())
    return rules.add(path + ".track", "backend " + quoted(name->first) + " has no server " + quoted(name->second),
                     did_you_mean(name->second, names_of(of->second.servers), "name one of its servers"));
  if (is_circle(rules.config, backend_name, server_name))
    return rules.add(path + ".track", "the servers track each other in a circle", "give one of them a check");
  if (!found->second.track && !check_of(of->second, found->second))
    rules.add(path + ".track", *server.track + " is not checked", "give it a check, or track another");
  if (check_of(backend, server))
    rules.add(path + ".track", "the server is checked itself", "remove track, or set check.enabled to false");
  if (agent_of(backend, server)) rules.add(path + ".track", "the server has an agent", "remove one of the two");
}

void check_server(Rules& rules, const std::string& backend_name, const std::string& server_name,
                  const std::string& path) {
  const Backend& backend = rules.config.backends.at(backend_name);
  const BackendServer& server = backend.servers.at(server_name);
  const bool is_kernel = backend.transport == ProxyTransport::kernel;
  const auto check = check_of(backend, server);
  if (check && !has_ports(*check))
    rules.add(path + ".port", "the server has no port that could be checked", "set it, or port of the check");
  if (server.check) check_address(rules, server.check->address, is_kernel, path + ".check.address");
  if (server.check && server.check->sni && (!check || !check->tls))
    rules.add(path + ".check.sni", "its check does not speak TLS", "remove it, or set tls in check of the backend");
  if (server.agent) {
    check_address(rules, server.agent->address, is_kernel, path + ".agent.address");
    check_bytes(rules, server.agent->send, path + ".agent.send");
  }
  if (server.track) check_track(rules, backend_name, server_name, path);
  if (!check && *reaction_of(backend, server).observe != CheckObserve::none)
    rules.add((server.health.observe ? path : child("backends", backend_name)) + ".health.observe",
              "server " + quoted(server_name) + " is not checked: nobody would take it up again",
              "give it a check, or set observe of it to none");
}

}  // namespace

void check_backend_health(Rules& rules) {
  for (const auto& [name, backend] : rules.config.backends) {
    const std::string path = child("backends", name);
    const bool is_kernel = backend.transport == ProxyTransport::kernel;
    if (backend.check) check_check(rules, *backend.check, is_kernel, path + ".check");
    if (backend.agent) {
      check_address(rules, backend.agent->address, is_kernel, path + ".agent.address");
      check_bytes(rules, backend.agent->send, path + ".agent.send");
    }
    for (const auto& [server_name, server] : backend.servers)
      check_server(rules, name, server_name, child(path + ".servers", server_name));
  }
}

}  // namespace poise::config
