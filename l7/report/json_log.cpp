#include "l7/report/json_log.hpp"

#include <array>

namespace poise::l7::report {
namespace {

void put_text(std::string_view text, LineWriter& to) {
  constexpr std::string_view hex_digits = "0123456789abcdef";
  to.put('"');
  for (const char character : text) {
    const auto byte = std::uint8_t(character);
    if (character == '"' || character == '\\') {
      to.put('\\');
      to.put(character);
    } else if (byte >= 0x20 && byte < 0x7f) {
      to.put(character);
    } else {
      const std::array<char, 2> code = {hex_digits[byte >> 4], hex_digits[byte & 0xf]};
      to.put("\\u00");
      to.put(std::string_view(code.data(), code.size()));
    }
  }
  to.put('"');
}

// JsonObject - writes an object's members, with a comma before each but the first.
class JsonObject {
 public:
  explicit JsonObject(LineWriter& to) : to_(to) { to_.put('{'); }
  ~JsonObject() { to_.put('}'); }
  JsonObject(const JsonObject&) = delete;

  LineWriter& name(std::string_view name) {
    if (!is_first_) to_.put(',');
    is_first_ = false;
    put_text(name, to_);
    to_.put(':');
    return to_;
  }
  void text(std::string_view name_of, std::string_view value) { put_text(value, name(name_of)); }
  void count(std::string_view name_of, std::uint64_t value) { name(name_of).count(value); }
  void truth(std::string_view name_of, bool value) { name(name_of).put(value ? "true" : "false"); }
  void number_or_null(std::string_view name_of, std::int64_t value) {
    LineWriter& to = name(name_of);
    if (value < 0) return to.put("null");
    to.number(value);
  }

 private:
  LineWriter& to_;
  bool is_first_ = true;
};

void put_time(const Moment& moment, LineWriter& to) {
  to.put('"');
  to.iso_time(moment, LineWriter::Fraction::milliseconds);
  to.put('"');
}

void put_timers(const LogFacts& facts, LineWriter& to) {
  const LogFacts::Timers& timers = facts.timers;
  const bool is_http = facts.mode == LogFacts::Mode::http;
  JsonObject object(to);
  if (is_http) object.number_or_null("request", timers.request);
  object.number_or_null("queue", timers.queue);
  object.number_or_null("connect", timers.connect);
  if (is_http) object.number_or_null("response", timers.response);
  if (is_http) object.number_or_null("active", timers.active);
  if (!is_http) object.number_or_null("total", timers.total);
}

void put_connections(const LogFacts::Connections& connections, LineWriter& to) {
  JsonObject object(to);
  object.count("process", connections.process);
  object.count("frontend", connections.frontend);
  object.count("backend", connections.backend);
  object.count("server", connections.server);
}

void put_queued(const LogFacts::Queued& queued, LineWriter& to) {
  JsonObject object(to);
  object.count("server", queued.server);
  object.count("backend", queued.backend);
}

void put_captures(const LogFacts::Captures& captures, LineWriter& to) {
  to.put('[');
  for (std::size_t at = 0; at < captures.values.size(); ++at) {
    if (at != 0) to.put(',');
    put_text(captures.values[at], to);
  }
  to.put(']');
}

void put_http(const LogFacts& facts, JsonObject& object) {
  object.number_or_null("status", facts.status);
  object.text("request", facts.request);
  object.text("request_cookie", facts.request_cookie);
  object.text("response_cookie", facts.response_cookie);
  if (facts.request_captures.is_logged) put_captures(facts.request_captures, object.name("request_captures"));
  if (facts.response_captures.is_logged) put_captures(facts.response_captures, object.name("response_captures"));
}

}  // namespace

void format_json(const LogFacts& facts, LineWriter& to) {
  const bool is_http = facts.mode == LogFacts::Mode::http;
  JsonObject object(to);
  put_time(facts.accepted, object.name("time"));
  object.text("mode", is_http ? "http" : "tcp");
  IpText room;
  object.text("client", to_text(facts.client, room));
  object.count("client_port", facts.client_port);
  object.text("frontend", facts.frontend);
  object.truth("tls", facts.is_tls);
  object.text("backend", facts.backend);
  object.text("server", facts.server);
  put_timers(facts, object.name("timers"));
  if (is_http) put_http(facts, object);
  object.count("bytes_read", facts.bytes_read);
  object.text("termination", std::string_view(facts.termination.data(), is_http ? 4 : 2));
  put_connections(facts.connections, object.name("connections"));
  object.count("retries", facts.retries);
  object.truth("redispatched", facts.is_redispatched);
  put_queued(facts.queued, object.name("queued"));
}

}  // namespace poise::l7::report
