#include <algorithm>

#include "config/checks.hpp"
#include "config/choices.hpp"
#include "config/rules.hpp"
#include "config/scalars.hpp"

// Health checks, and what the health of its servers means to a pool.
namespace poise::config {
namespace {

bool has_blank(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c <= 0x20 || c == 0x7f; });
}

void check_pattern(Rules& rules, const std::optional<std::string>& pattern, const std::string& path) {
  if (!pattern) return;
  if (const std::string why = why_no_pattern(*pattern); !why.empty())
    rules.add(path, quoted(*pattern) + " is no regular expression: " + why,
              "write one that RE2 takes; it has no back references and no look-around");
}

void check_times(Rules& rules, const Check& check, const std::string& path) {
  if (check.timeout_ms && *check.timeout_ms > check.interval_ms)
    rules.add(path + ".timeout_ms",
              std::to_string(*check.timeout_ms) + " ms are longer than the interval of " +
                  std::to_string(check.interval_ms) + " ms",
              "make the interval longer, or the timeout shorter");
}

void check_http(Rules& rules, const HttpCheck& http, const std::string& path) {
  if (http.method.empty() || has_blank(http.method))
    rules.add(path + ".method", quoted(http.method) + " is no method", "use GET, HEAD or OPTIONS");
  if (!http.path.starts_with('/') || has_blank(http.path))
    rules.add(path + ".path", quoted(http.path) + " is no path of a request", "write it like \"/health?deep=1\"");
  if (http.host && (http.host->empty() || has_blank(*http.host)))
    rules.add(path + ".host", quoted(*http.host) + " is no name of a host", "write it like \"www.example.com\"");
  if (http.statuses.empty())
    rules.add(path + ".statuses", "no status would pass", "list at least one, like \"200-399\"");
  for (std::size_t i = 0; i < http.statuses.size(); ++i)
    if (!parse_statuses(http.statuses[i]))
      rules.add(child(path + ".statuses", i), quoted(http.statuses[i]) + " is neither a status code nor a range",
                "write \"204\" or \"200-299\", within 100..599 and the smaller first");
  check_pattern(rules, http.body_match, path + ".body_match");
  check_pattern(rules, http.body_no_match, path + ".body_no_match");
  if (http.method == "HEAD" && (http.body_match || http.body_md5))
    rules.add(path + ".method", "the answer to HEAD has no body to look at", "use GET");
}

void check_tls(Rules& rules, const Check& check, const std::string& path) {
  if (check.tls.sni && (check.tls.sni->empty() || has_blank(*check.tls.sni)))
    rules.add(path + ".sni", quoted(*check.tls.sni) + " is no name of a server", "write it like \"www.example.com\"");
  if (check.tls.ca_file && !check.tls.verify_certificate)
    rules.add(path + ".ca_file", "the certificate is not verified", "set verify_certificate, or remove ca_file");
  if (check.tls.verify_certificate && !check.tls.sni && !check.http.host)
    rules.add(path + ".verify_certificate", "there is no name that the certificate should be for",
              "set sni, or host of http");
}

bool is_dns_name(const std::string& name) {
  if (name == ".") return true;
  if (name.empty() || name.size() > 254) return false;
  std::size_t begin = 0;
  while (begin < name.size()) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    if (end == begin || end - begin > 63) return false;
    begin = end + 1;
  }
  return !has_blank(name);
}

void check_dns(Rules& rules, const DnsCheck& dns, const std::string& path) {
  if (!is_dns_name(dns.name))
    rules.add(path + ".name", quoted(dns.name) + " is no name of the DNS",
              "write it like \"www.example.com\" or \".\"");
  const bool of_v4 = dns.type == DnsType::a, of_v6 = dns.type == DnsType::aaaa;
  for (std::size_t i = 0; i < dns.expected.size() && (of_v4 || of_v6); ++i) {
    const auto address = parse_ip(dns.expected[i]);
    if (!address || address->is_v4() != of_v4)
      rules.add(child(path + ".expected", i), quoted(dns.expected[i]) + " is no " + family_name(of_v4) + " address",
                "an answer of type " + std::string(name_of(dns.type)) + " holds one");
  }
}

void check_exchange(Rules& rules, const Check& check, const std::string& path) {
  const ExchangeCheck& exchange = check.exchange;
  if (!payload_bytes(exchange.payload))
    rules.add(path + ".payload", "a backslash in it begins no byte", "write \\xHH for a byte, \\\\ for a backslash");
  check_pattern(rules, exchange.expected, path + ".expected");
  if (exchange.reply_bytes_min > exchange.reply_bytes_max)
    rules.add(path + ".reply_bytes_min",
              std::to_string(exchange.reply_bytes_min) + " is above reply_bytes_max, " +
                  std::to_string(exchange.reply_bytes_max),
              "exchange the two");
  if (check.kind == CheckKind::udp && exchange.expected && !exchange.reply_required)
    rules.add(path + ".expected", "without reply_required silence passes", "set reply_required, or remove expected");
}

void check_exec(Rules& rules, const ExecCheck& exec, const std::string& path) {
  if (exec.command.empty()) rules.add(path + ".command", "there is no program", "name one by its absolute path");
  check_command(rules, exec.command, path + ".command");
}

// Settings of another kind would do nothing: they are refused.
void check_kind(Rules& rules, const Check& check, const std::string& path) {
  const CheckKind kind = check.kind;
  const bool http = kind == CheckKind::http || kind == CheckKind::https;
  const auto unused = [&](bool is_set, const char* field, const char* kinds) {
    if (is_set)
      rules.add(path + "." + field, "a check of kind " + quoted(name_of(kind)) + " does not look at it",
                "remove it, or use kind " + std::string(kinds));
  };
  unused(!http && !(check.http == HttpCheck{}), "http", "http or https");
  unused(kind != CheckKind::https && !(check.tls == TlsCheck{}), "tls", "https");
  unused(kind != CheckKind::dns && !(check.dns == DnsCheck{}), "dns", "dns");
  unused(kind != CheckKind::smtp && !(check.smtp == SmtpCheck{}), "smtp", "smtp");
  unused(kind != CheckKind::tcp && kind != CheckKind::udp && !(check.exchange == ExchangeCheck{}), "exchange",
         "tcp or udp");
  unused(kind != CheckKind::exec && !(check.exec == ExecCheck{}), "exec", "exec");
  unused(check.port && kind == CheckKind::icmp, "port", "tcp");
}

void check_one(Rules& rules, const Check& check, const std::string& path) {
  check_kind(rules, check, path);
  check_times(rules, check, path);
  if (check.address)
    if (const std::string why = why_not_a_host(*check.address); !why.empty())
      rules.add(path + ".address", why, "use the address of a server");
  if (check.kind == CheckKind::http || check.kind == CheckKind::https) check_http(rules, check.http, path + ".http");
  if (check.kind == CheckKind::https) check_tls(rules, check, path + ".tls");
  if (check.kind == CheckKind::dns) check_dns(rules, check.dns, path + ".dns");
  if (check.kind == CheckKind::smtp && check.smtp.helo && (check.smtp.helo->empty() || has_blank(*check.smtp.helo)))
    rules.add(path + ".smtp.helo", quoted(*check.smtp.helo) + " is no name", "write it like \"poise.example.com\"");
  if (check.kind == CheckKind::tcp || check.kind == CheckKind::udp) check_exchange(rules, check, path + ".exchange");
  if (check.kind == CheckKind::exec) check_exec(rules, check.exec, path + ".exec");
}

// Each server's probes need a port; the first check of the first server without is reported.
void check_ports(Rules& rules, const std::string& pool_name, const Pool& pool,
                 std::optional<std::uint16_t> service_port) {
  for (const auto& [server_name, server] : pool.servers)
    for (const auto& [name, check] : checks_of(pool, server)) {
      if (!uses_port(check.kind) || probe_port(check, server, service_port)) continue;
      const std::string path = child("pools", pool_name);
      const std::string owner = server.checks ? child(path + ".servers", server_name) : path;
      return rules.add(child(owner + ".checks", name) + ".port",
                       "server " + quoted(server_name) + " has no port, and the services of the pool have not one port",
                       "say which port is probed");
    }
}

void check_quorum(Rules& rules, const Pool& pool, const std::string& path) {
  if (pool.quorum_hysteresis >= pool.quorum && pool.quorum_hysteresis > 0)
    rules.add(path + ".quorum_hysteresis",
              std::to_string(pool.quorum_hysteresis) + " is not below the quorum, " + std::to_string(pool.quorum) +
                  ": the pool would never be given up",
              "make it smaller");
  std::uint64_t weight = 0;
  for (const auto& [name, server] : pool.servers) {
    if (name == pool.sorry_server) continue;
    if (server.weight == 0) return;  // taken out for a while
    weight += server.weight;
  }
  const std::uint64_t wanted = std::uint64_t{pool.quorum} + pool.quorum_hysteresis;
  if (wanted > 1 && wanted > weight)
    rules.add(path + ".quorum",
              "all servers together have the weight " + std::to_string(weight) + ", below the " +
                  std::to_string(wanted) + " that the pool needs to be taken up",
              "make quorum and quorum_hysteresis smaller, or the weights larger");
}

}  // namespace

void check_health(Rules& rules) {
  const auto ports = service_ports(rules.config);
  for (const auto& [name, pool] : rules.config.pools) {
    const std::string path = child("pools", name);
    for (const auto& [check_name, check] : pool.checks) check_one(rules, check, child(path + ".checks", check_name));
    for (const auto& [server_name, server] : pool.servers) {
      if (!server.checks) continue;
      const std::string place = child(path + ".servers", server_name) + ".checks";
      for (const auto& [check_name, check] : *server.checks) check_one(rules, check, child(place, check_name));
    }
    const auto port = ports.find(name);
    check_ports(rules, name, pool, port == ports.end() ? std::nullopt : std::optional(port->second));
    check_quorum(rules, pool, path);
  }
}

}  // namespace poise::config
