#include "control/health/dns_message.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "config/types/ip.hpp"

namespace poise::control::health {
namespace {

constexpr std::size_t header_length = 12, name_max = 255;
constexpr int jumps_max = 64, records_max = 512;

void add16(std::string& to, std::uint16_t value) {
  to += char(value >> 8);
  to += char(value & 0xff);
}

// Reader - the message and a place in it; reading past the end makes it bad, and everything zero.
struct Reader {
  std::string_view message;
  std::size_t at = 0;
  bool bad = false;

  std::uint8_t u8() {
    if (at >= message.size()) bad = true;
    return bad ? std::uint8_t(0) : std::uint8_t(message[at++]);
  }
  std::uint16_t u16() {
    const std::uint8_t high = u8();
    return std::uint16_t(high << 8 | u8());
  }
  std::string_view take(std::size_t length) {
    if (length > message.size() - std::min(at, message.size())) bad = true;
    if (bad) return {};
    at += length;
    return message.substr(at - length, length);
  }
  std::string name();
};

// Labels up to the empty one; a pointer goes on elsewhere (RFC 1035 4.1.4), a bounded number of times.
std::string Reader::name() {
  std::string text;
  std::optional<std::size_t> back;
  for (int jumps = 0; !bad;) {
    const std::uint8_t length = u8();
    if (length == 0) break;
    if ((length & 0xc0) == 0xc0) {
      const std::size_t place = std::size_t(length & 0x3f) << 8 | u8();
      if (!back) back = at;
      if (++jumps > jumps_max) bad = true;
      at = place;
      continue;
    }
    if ((length & 0xc0) != 0) bad = true;
    text.append(take(length)).append(".");
    if (text.size() > name_max) bad = true;
  }
  if (back) at = *back;
  return bad || text.empty() ? "." : text;
}

std::string text_strings(std::string_view data) {
  Reader reader{data};
  std::string text;
  while (reader.at < data.size() && !reader.bad) text.append(reader.take(reader.u8()));
  return text;
}

// A record's data as text. Nothing: a type that is not ours, or data that does not fit it.
std::optional<DnsRecord> record_of(std::string_view message, std::uint16_t type, std::size_t at,
                                   std::string_view data) {
  Reader reader{message, at};
  DnsRecord record{type, "", ""};
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(data.data());
  if (type == number_of(config::DnsType::a) && data.size() == 4) {
    record.text = to_string(IpAddr::v4_at(bytes));
  } else if (type == number_of(config::DnsType::aaaa) && data.size() == 16) {
    record.text = to_string(IpAddr::v6(bytes));
  } else if (type == number_of(config::DnsType::txt)) {
    record.text = text_strings(data);
  } else if (type == number_of(config::DnsType::mx) || type == number_of(config::DnsType::srv)) {
    const int numbers = type == number_of(config::DnsType::mx) ? 1 : 3;
    for (int i = 0; i < numbers; ++i) record.text += std::to_string(reader.u16()) + " ";
    record.name = reader.name();
    record.text += record.name;
  } else if (type == number_of(config::DnsType::cname) || type == number_of(config::DnsType::ns) ||
             type == number_of(config::DnsType::ptr) || type == number_of(config::DnsType::soa)) {
    record.text = reader.name();
  } else {
    return std::nullopt;
  }
  if (reader.bad) return std::nullopt;
  if (record.name.empty()) record.name = record.text;
  return record;
}

}  // namespace

std::uint16_t number_of(config::DnsType type) {
  switch (type) {
    case config::DnsType::a:
      return 1;
    case config::DnsType::ns:
      return 2;
    case config::DnsType::cname:
      return 5;
    case config::DnsType::soa:
      return 6;
    case config::DnsType::ptr:
      return 12;
    case config::DnsType::mx:
      return 15;
    case config::DnsType::txt:
      return 16;
    case config::DnsType::aaaa:
      return 28;
    case config::DnsType::srv:
      return 33;
  }
  return 0;
}

std::string name_of_code(std::uint8_t code) {
  constexpr std::array<const char*, 6> names = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};
  return code < names.size() ? names[code] : "code " + std::to_string(code);
}

bool same_dns_name(std::string_view left, std::string_view right) {
  if (left.ends_with('.')) left.remove_suffix(1);
  if (right.ends_with('.')) right.remove_suffix(1);
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; };
  return std::ranges::equal(left, right, {}, lower, lower);
}

std::string make_dns_query(std::uint16_t id, std::string_view name, config::DnsType type) {
  std::string query;
  add16(query, id);
  add16(query, 0x0100);  // a standard query, recursion desired
  for (const int count : {1, 0, 0, 0}) add16(query, std::uint16_t(count));
  while (!name.empty()) {
    const std::size_t end = std::min(name.find('.'), name.size());
    if (end != 0) query.append(1, char(end)).append(name.substr(0, end));
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  query += '\0';
  add16(query, number_of(type));
  add16(query, 1);  // IN
  return query;
}

Result<DnsAnswer> read_dns_answer(std::string_view message) {
  if (message.size() < header_length) return poise::fail("dns", "it is shorter than a header", "");
  Reader reader{message};
  DnsAnswer answer;
  answer.id = reader.u16();
  const std::uint16_t flags = reader.u16();
  if ((flags & 0x8000) == 0) return poise::fail("dns", "it is a query", "");
  answer.truncated = (flags & 0x0200) != 0;
  answer.code = std::uint8_t(flags & 0x0f);
  const std::uint16_t questions = reader.u16(), answers = reader.u16();
  reader.at = header_length;
  for (int i = 0; i < std::min<int>(questions, records_max) && !reader.bad; ++i) {
    answer.question = reader.name();
    answer.question_type = reader.u16();
    reader.u16();
  }
  for (int i = 0; i < std::min<int>(answers, records_max) && !reader.bad; ++i) {
    reader.name();
    const std::uint16_t type = reader.u16();
    reader.take(6);  // class and time to live
    const std::uint16_t length = reader.u16();
    const std::size_t at = reader.at;
    const std::string_view data = reader.take(length);
    if (reader.bad) break;
    if (const auto record = record_of(message, type, at, data)) answer.records.push_back(*record);
  }
  if (reader.bad && !answer.truncated) return poise::fail("dns", "it ends in the middle", "");
  return answer;
}

}  // namespace poise::control::health
