#include "l7/tls/client_hello.hpp"

#include <algorithm>

namespace poise::l7::tls {
namespace {

constexpr std::uint8_t record_handshake = 22, handshake_client_hello = 1, name_host = 0;
constexpr std::uint16_t extension_server_name = 0, extension_alpn = 16;
constexpr std::size_t record_header = 5, record_max = 16384, handshake_header = 4, random_length = 32;

// Reader - bytes from the front; whoever asks for more than there is gets nothing, and is_good is false from then on.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}
  bool is_good() const { return is_good_; }
  bool is_empty() const { return left_.empty(); }
  std::size_t number(std::size_t width) {
    std::size_t value = 0;
    for (const char byte : take(width)) value = value << 8 | std::uint8_t(byte);
    return value;
  }
  std::string_view take(std::size_t count) {
    if (!is_good_ || count > left_.size()) {
      is_good_ = false;
      return {};
    }
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }
  // A vector: its length in so many bytes, and then itself (RFC 8446 3.4).
  std::string_view vector(std::size_t width) { return take(number(width)); }

 private:
  std::string_view left_;
  bool is_good_ = true;
};

// A name as DNS has them, without the dot at the end; nothing that could be read as something else later.
std::optional<std::string> host_name(std::string_view text) {
  std::string name;
  for (const char letter : text) {
    const bool is_upper = letter >= 'A' && letter <= 'Z';
    const bool is_fine = is_upper || (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
                         letter == '-' || letter == '.' || letter == '_';
    if (!is_fine) return std::nullopt;
    name += is_upper ? char(letter | 0x20) : letter;
  }
  const bool is_name = !name.empty() && name.size() <= 255 && name.front() != '.' && name.back() != '.';
  return is_name ? std::optional(name) : std::nullopt;
}

bool read_server_name(std::string_view extension, ClientHello& hello) {
  Reader reader(extension);
  Reader names(reader.vector(2));
  if (!reader.is_good() || !reader.is_empty() || names.is_empty() || !hello.server_name.empty()) return false;
  while (!names.is_empty()) {
    const std::size_t kind = names.number(1);
    const std::string_view text = names.vector(2);
    if (!names.is_good()) return false;
    if (kind != name_host) continue;
    const auto name = host_name(text);
    if (!name || !hello.server_name.empty()) return false;  // one name of a kind
    hello.server_name = *name;
  }
  return true;
}

bool read_protocols(std::string_view extension, ClientHello& hello) {
  Reader reader(extension);
  Reader protocols(reader.vector(2));
  if (!reader.is_good() || !reader.is_empty() || protocols.is_empty() || !hello.protocols.empty()) return false;
  while (!protocols.is_empty()) {
    const std::string_view protocol = protocols.vector(1);
    if (!protocols.is_good() || protocol.empty()) return false;
    hello.protocols.emplace_back(protocol);
  }
  return true;
}

std::optional<ClientHello> read_body(std::string_view body) {
  Reader reader(body);
  ClientHello hello;
  reader.take(2 + random_length);  // legacy_version and random
  const std::string_view session = reader.vector(1), suites = reader.vector(2), compressions = reader.vector(1);
  if (!reader.is_good() || session.size() > 32 || suites.empty() || suites.size() % 2 != 0 || compressions.empty())
    return std::nullopt;
  if (reader.is_empty()) return hello;  // of old: no extensions
  Reader extensions(reader.vector(2));
  if (!reader.is_good() || !reader.is_empty()) return std::nullopt;
  while (!extensions.is_empty()) {
    const std::size_t kind = extensions.number(2);
    const std::string_view extension = extensions.vector(2);
    if (!extensions.is_good()) return std::nullopt;
    if (kind == extension_server_name && !read_server_name(extension, hello)) return std::nullopt;
    if (kind == extension_alpn && !read_protocols(extension, hello)) return std::nullopt;
  }
  return hello;
}

}  // namespace

std::string_view meaning_of(HelloRefusal refusal) {
  switch (refusal) {
    case HelloRefusal::not_tls:
      return "the connection does not begin as TLS does";
    case HelloRefusal::malformed:
      return "the ClientHello is malformed";
    case HelloRefusal::too_long:
      return "the ClientHello is too long";
  }
  return "";
}

tl::expected<std::optional<ClientHello>, HelloRefusal> read_client_hello(std::string_view bytes) {
  std::string message;  // of the handshake, put together from records
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::string_view record = bytes.substr(at);
    const bool is_handshake = std::uint8_t(record[0]) == record_handshake && (record.size() < 2 || record[1] == 3);
    if (!is_handshake) return tl::unexpected(at == 0 ? HelloRefusal::not_tls : HelloRefusal::malformed);
    if (record.size() < record_header) break;
    const std::size_t length = Reader(record.substr(3, 2)).number(2);
    if (length == 0 || length > record_max) return tl::unexpected(HelloRefusal::malformed);
    if (at + record_header + length > client_hello_max) return tl::unexpected(HelloRefusal::too_long);
    message += record.substr(record_header, length);
    if (message.empty()) break;
    if (std::uint8_t(message[0]) != handshake_client_hello) return tl::unexpected(HelloRefusal::not_tls);
    const bool is_head_whole = message.size() >= handshake_header;
    const std::size_t body = is_head_whole ? Reader(std::string_view(message).substr(1, 3)).number(3) : 0;
    if (handshake_header + body > client_hello_max) return tl::unexpected(HelloRefusal::too_long);
    if (is_head_whole && message.size() >= handshake_header + body) {
      auto hello = read_body(std::string_view(message).substr(handshake_header, body));
      if (!hello) return tl::unexpected(HelloRefusal::malformed);
      return hello;
    }
    if (record.size() < record_header + length) break;
    at += record_header + length;
  }
  return std::nullopt;
}

}  // namespace poise::l7::tls
