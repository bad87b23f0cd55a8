#include <algorithm>
#include <array>
#include <charconv>

#include "config/choices.hpp"
#include "config/rules.hpp"
#include "config/spelling.hpp"

// Health checks of pools and servers.
namespace poise::config {
namespace {

constexpr std::array<std::string_view, 9> dns_types = {"A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"};

bool is_status(std::string_view text) {
  const auto number = [](std::string_view digits) {
    int value = 0;
    const auto [at, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc{} && at == digits.data() + digits.size() && value >= 100 && value <= 999 ? value : 0;
  };
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return number(text) != 0;
  const int first = number(text.substr(0, dash)), last = number(text.substr(dash + 1));
  return first != 0 && first <= last;
}

bool is_hex(std::string_view text, std::string_view more = "") {
  return text.size() % 2 == 0 && std::all_of(text.begin(), text.end(), [&](char c) {
           return std::string_view("0123456789abcdefABCDEF").find(c) != std::string_view::npos ||
                  more.find(c) != std::string_view::npos;
         });
}

bool has_blank(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

void check_http(Rules& rules, const CheckHttp& http, const std::string& path) {
  if (http.method.empty() || has_blank(http.method))
    rules.add(path + ".method", quoted(http.method) + " is no method", "write one like \"GET\" or \"HEAD\"");
  if (!http.path.starts_with('/') || has_blank(http.path))
    rules.add(path + ".path", quoted(http.path) + " is no path", "begin with \"/\", and write blanks as %20");
  for (std::size_t i = 0; i < http.status.size(); ++i)
    if (!is_status(http.status[i]))
      rules.add(child(path + ".status", i), quoted(http.status[i]) + " is no status code",
                "write one like \"200\", or a range like \"300-399\"");
  if (http.body_digest && (http.body_digest->size() != 32 || !is_hex(*http.body_digest)))
    rules.add(path + ".body_digest", "it is no MD5 sum", "write 32 hex digits, as `md5sum` prints them");
  if (http.body_match_refuses && !http.body_match)
    rules.add(path + ".body_match_refuses", "there is no body_match", "add it, or remove this");
  if (!http.tls && (http.verify || http.sni))
    rules.add(path + (http.verify ? ".verify" : ".sni"), "there is no TLS to use it with", "add \"tls\": true");
}

void check_udp(Rules& rules, const CheckUdp& udp, const std::string& path) {
  if (udp.payload && !is_hex(*udp.payload))
    rules.add(path + ".payload", quoted(*udp.payload) + " is not bytes in hex", "write two hex digits for each byte");
  if (udp.reply && !is_hex(*udp.reply, "xX"))
    rules.add(path + ".reply", quoted(*udp.reply) + " is not bytes in hex",
              "write two hex digits for each byte, X for any");
  if (udp.reply_min > udp.reply_max) rules.add(path + ".reply_min", "it is more than reply_max", "exchange the two");
}

void check_check(Rules& rules, const Check& check, const std::string& path) {
  struct Section {
    CheckKind kind;
    const char* name;
    bool there;
  };
  const Section sections[] = {{CheckKind::http, "http", check.http.has_value()},
                              {CheckKind::dns, "dns", check.dns.has_value()},
                              {CheckKind::smtp, "smtp_hello", check.smtp_hello.has_value()},
                              {CheckKind::udp, "udp", check.udp.has_value()},
                              {CheckKind::exec, "exec", check.exec.has_value()}};
  for (const Section& section : sections)
    if (section.there && section.kind != check.kind)
      rules.add(path + "." + section.name, "this check is of kind " + quoted(name_of(check.kind)),
                "remove it, or set kind to " + quoted(name_of(section.kind)));
  if (check.kind == CheckKind::exec && !check.exec)
    rules.add(path + ".exec", "there is no program", "add \"exec\": {\"command\": [\"/...\"]}");
  if (check.exec) check_command(rules, check.exec->command, path + ".exec.command");
  if (check.exec && check.exec->command.empty())
    rules.add(path + ".exec.command", "there is no program", "name one by its absolute path");
  if (check.port && check.kind == CheckKind::icmp)
    rules.add(path + ".port", "ICMP has no ports", "remove it, or set kind to \"tcp\"");
  if (check.address)
    if (const std::string why = why_not_a_host(*check.address); !why.empty())
      rules.add(path + ".address", why, "use the address of a host");
  if (check.http) check_http(rules, *check.http, path + ".http");
  if (check.udp) check_udp(rules, *check.udp, path + ".udp");
  if (check.dns && std::find(dns_types.begin(), dns_types.end(), check.dns->type) == dns_types.end())
    rules.add(path + ".dns.type", quoted(check.dns->type) + " is no type of record",
              did_you_mean(check.dns->type, dns_types, "use A, AAAA, CNAME, MX, NS, PTR, SOA, SRV or TXT"));
}

void check_quorum(Rules& rules, const Pool& pool, const std::string& path) {
  std::uint64_t all = 0;
  for (const auto& [name, server] : pool.servers)
    if (pool.sorry_server != name) all += server.weight;
  if (pool.quorum > 1 && pool.quorum > all)
    rules.add(path + ".quorum", "all servers together have weight " + std::to_string(all) + " only",
              "use a quorum that they can reach");
  if (pool.quorum_hysteresis >= pool.quorum && pool.quorum_hysteresis != 0)
    rules.add(path + ".quorum_hysteresis", "it is not less than the quorum, which would never be lost",
              "use less than " + std::to_string(pool.quorum));
}

}  // namespace

void check_checks(Rules& rules) {
  for (const auto& [pool_name, pool] : rules.config.pools) {
    const std::string path = child("pools", pool_name);
    for (const auto& [name, check] : pool.checks) check_check(rules, check, child(path + ".checks", name));
    for (const auto& [server_name, server] : pool.servers) {
      if (!server.checks) continue;
      const std::string place = child(path + ".servers", server_name) + ".checks";
      for (const auto& [name, check] : *server.checks) check_check(rules, check, child(place, name));
    }
    check_quorum(rules, pool, path);
  }
}

}  // namespace poise::config
