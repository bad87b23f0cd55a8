#include "config/checks.hpp"

#include <re2/re2.h>

#include <charconv>

namespace poise::config {
namespace {

std::optional<std::uint16_t> status_of(std::string_view text) {
  std::uint16_t status = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
  if (error != std::errc{} || end != text.data() + text.size() || status < 100 || status > 599) return std::nullopt;
  return status;
}

int nibble(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<StatusRange> parse_statuses(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = status_of(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : status_of(text.substr(dash + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  return StatusRange{*first, *last};
}

std::optional<std::string> payload_bytes(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '\\') {
      bytes += '\\';
      i += 1;
    } else {
      const bool is_byte = i + 3 < text.size() && text[i + 1] == 'x';
      const int high = is_byte ? nibble(text[i + 2]) : -1, low = is_byte ? nibble(text[i + 3]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      bytes += char(high << 4 | low);
      i += 3;
    }
  }
  return bytes;
}

std::string why_no_pattern(const std::string& pattern) {
  const re2::RE2 compiled(pattern, re2::RE2::Quiet);
  return compiled.ok() ? "" : compiled.error();
}

const Named<Check>& checks_of(const Pool& pool, const Server& server) {
  return server.checks ? *server.checks : pool.checks;
}

bool uses_port(CheckKind kind) { return kind != CheckKind::icmp && kind != CheckKind::exec; }

bool uses_tcp(CheckKind kind) {
  return kind == CheckKind::tcp || kind == CheckKind::http || kind == CheckKind::https || kind == CheckKind::smtp;
}

std::map<std::string_view, std::uint16_t> service_ports(const Config& config) {
  std::map<std::string_view, std::uint16_t> ports;  // 0: several
  for (const auto& [name, service] : config.services) {
    const std::uint16_t port = service.ports.first == service.ports.last ? service.ports.first : std::uint16_t(0);
    const auto [found, is_new] = ports.emplace(service.pool, port);
    if (found->second != port) found->second = 0;
  }
  std::erase_if(ports, [](const auto& each) { return each.second == 0; });
  return ports;
}

std::optional<std::uint16_t> probe_port(const Check& check, const Server& server,
                                        std::optional<std::uint16_t> service_port) {
  if (check.port) return check.port;
  if (server.port) return server.port;
  if (service_port) return service_port;
  switch (check.kind) {
    case CheckKind::http:
      return 80;
    case CheckKind::https:
      return 443;
    case CheckKind::dns:
      return 53;
    case CheckKind::smtp:
      return 25;
    default:
      return std::nullopt;
  }
}

}  // namespace poise::config
