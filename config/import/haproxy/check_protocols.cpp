#include <array>

#include "config/import/haproxy/checks.hpp"

// The protocols that HAProxy has checks for, as steps of ours.
namespace poise::config::importing::haproxy {
namespace {

using nlohmann::json;

json sending(std::string_view bytes) { return {{"send", as_payload(bytes)}}; }
json expecting(std::string_view bytes) { return {{"expect", {{"string", as_payload(bytes)}}}}; }
json matching(const char* pattern) { return {{"expect", {{"rstring", pattern}}}}; }

std::vector<json> smtp(const Line& option) {
  const bool is_extended = option.word(2) == "EHLO";
  const std::string domain = option.word(3).empty() ? "localhost" : option.word(3);
  return {matching("^220[ -]"), sending((is_extended ? "EHLO " : "HELO ") + domain + "\r\n"), matching("(?m)^250[ -]"),
          sending("QUIT\r\n")};
}

// The server greets with version 10 of its protocol; it takes the user, who then leaves.
std::vector<json> mysql(const Line& option) {
  using namespace std::string_view_literals;
  std::vector<json> steps = {expecting("\x00\x0a"sv)};
  if (option.word(2) != "user") return steps;
  std::string body("\x00\x82\x00\x00\x01\x00\x00\x00\x21"sv);  // capabilities, largest packet, character set
  body += std::string(23, '\0') + option.word(3) + std::string(2, '\0');
  std::string packet = {char(body.size() & 0xff), char(body.size() >> 8 & 0xff), '\0', '\x01'};
  packet += body + std::string("\x01\x00\x00\x00\x01"sv);
  steps.push_back(sending(packet));
  steps.push_back(expecting("\x00\x00\x02\x00\x00\x00"sv));
  return steps;
}

std::vector<json> postgres(const Line& option) {
  using namespace std::string_view_literals;
  std::string body = std::string("\x00\x03\x00\x00user\x00"sv) + option.word(3) + std::string(2, '\0');
  const std::size_t size = body.size() + 4;
  std::string packet = {'\0', '\0', char(size >> 8 & 0xff), char(size & 0xff)};
  return {sending(packet + body), matching("^R")};
}

std::vector<json> redis(const Line&) { return {sending("PING\r\n"), expecting("+PONG\r\n")}; }

// A bind without a name, and its success.
std::vector<json> ldap(const Line&) {
  using namespace std::string_view_literals;
  return {sending("\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00"sv), expecting("\x0a\x01\x00"sv)};
}

}  // namespace

std::string as_payload(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = std::uint8_t(c);
    if (c == '\\')
      text += "\\\\";
    else if (byte >= 0x20 && byte < 0x7f)
      text += c;
    else
      text.append("\\x").append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
  }
  return text;
}

std::vector<json> steps_of_protocol(const Line& option) {
  struct Row {
    std::string_view name;
    std::vector<json> (*steps)(const Line& option);
  };
  constexpr std::array rows = {Row{"smtpchk", smtp}, Row{"mysql-check", mysql}, Row{"pgsql-check", postgres},
                               Row{"redis-check", redis}, Row{"ldap-check", ldap}};
  for (const Row& row : rows)
    if (row.name == option.word(1)) return row.steps(option);
  return {};
}

}  // namespace poise::config::importing::haproxy
