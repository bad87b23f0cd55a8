#include "config/scalars.hpp"

#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "config/path.hpp"
#include "config/read.hpp"
#include "config/spelling.hpp"

namespace poise::config {
namespace {

using nlohmann::json;
using Checked = std::optional<Problem>;

constexpr std::size_t text_length_max = 4096;

template <class T>
T& as(void* object) {
  return *static_cast<T*>(object);
}
template <class T>
const T& as(const void* object) {
  return *static_cast<const T*>(object);
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_hex(std::string_view text, std::size_t length) {
  return text.size() == length && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

std::string smallest_text(const Type& type, const Rule& rule) {
  return type.is_signed ? std::to_string(std::int64_t(rule.min)) : std::to_string(rule.min);
}
std::uint64_t largest(const Type& type, const Rule& rule) { return std::min(rule.max, type.integer_max); }

Checked read_integer(const Type& type, const Rule& rule, const json& from, void* to) {
  const std::string use = "use " + wanted(type, rule);
  if (from.is_string() && all_digits(from.get_ref<const std::string&>()))
    return Problem{quote(from) + " is a string, not a number", "write it without the quotes: " + wanted(type, rule)};
  if (!from.is_number()) return Problem{quote(from) + " is not a number", use};
  if (from.is_number_float()) {
    const double number = from.get<double>();
    const bool large = !(std::abs(number) < 9e15);
    return Problem{quote(from) + (large ? " is too large" : " is not written as a whole number"), use};
  }
  const bool is_negative = !from.is_number_unsigned() && from.get<std::int64_t>() < 0;
  if (is_negative && !type.is_signed) return Problem{quote(from) + " is negative", use};
  const auto number = from.get<std::uint64_t>();
  const bool is_below =
      type.is_signed ? is_negative && std::int64_t(number) < std::int64_t(rule.min) : number < rule.min;
  if (is_below) return Problem{quote(from) + " is below " + smallest_text(type, rule), use};
  if (!is_negative && number > largest(type, rule))
    return Problem{quote(from) + " is above " + std::to_string(largest(type, rule)), use};
  type.set_number(to, number);
  return {};
}

Checked read_boolean(const Type& type, const json& from, void* to) {
  if (!from.is_boolean())
    return Problem{quote(from) + " is neither true nor false", "use true or false, without quotes"};
  type.set_number(to, from.get<bool>() ? 1 : 0);
  return {};
}

Checked read_choice(const Type& type, const json& from, void* to) {
  std::vector<std::string_view> names;
  for (const Choice& choice : type.choices) names.push_back(choice.name);
  if (!from.is_string()) return Problem{quote(from) + " is not a string", did_you_mean("", names)};
  const auto& text = from.get_ref<const std::string&>();
  const Choice* found = find_choice(type.choices, text);
  if (!found) return Problem{quote(from) + " is not possible here", did_you_mean(text, names)};
  type.set_number(to, std::uint64_t(found->value));
  return {};
}

// Reads a string that `parse` turns into T, or refuses it.
template <class T>
Checked read_parsed(const json& from, std::optional<T> (*parse)(std::string_view), const std::string& use, void* to) {
  if (!from.is_string()) return Problem{quote(from) + " is not a string", use};
  const auto value = parse(from.get_ref<const std::string&>());
  if (!value) return Problem{quote(from) + " cannot be read", use};
  as<T>(to) = *value;
  return {};
}

std::optional<std::uint16_t> port_number(std::string_view text) {
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number == 0) return std::nullopt;
  return number;
}

Checked read_ports(const Type& type, const json& from, void* to) {
  const std::string use = "use " + wanted(type, Rule{});
  if (from.is_number_integer()) {
    const bool fits = from.is_number_unsigned() ? from.get<std::uint64_t>() <= 65535
                                                : from.get<std::int64_t>() >= 0 && from.get<std::int64_t>() <= 65535;
    const auto port = fits ? from.get<std::uint16_t>() : std::uint16_t(0);
    if (port == 0) return Problem{quote(from) + " is no port", use};
    as<PortRange>(to) = {port, port};
    return {};
  }
  if (!from.is_string()) return Problem{quote(from) + " is neither a port nor a range", use};
  const std::string_view text = from.get_ref<const std::string&>();
  if (text == "any") {
    as<PortRange>(to) = {};
    return {};
  }
  if (all_digits(text))
    return Problem{quote(from) + " is a string, not a number", "write a single port without the quotes"};
  const std::size_t dash = text.find('-');
  const auto first = port_number(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? std::nullopt : port_number(text.substr(dash + 1));
  if (!first || !last) return Problem{quote(from) + " is no port range", use};
  if (*first > *last)
    return Problem{"the first port " + std::to_string(*first) + " is above the last " + std::to_string(*last),
                   "write \"" + std::to_string(*last) + "-" + std::to_string(*first) + "\""};
  as<PortRange>(to) = {*first, *last};
  return {};
}

Checked read_text(const Type& type, const Rule& rule, const json& from, void* to) {
  if (!from.is_string()) return Problem{quote(from) + " is not a string", "use " + wanted(type, rule)};
  const auto& text = from.get_ref<const std::string&>();
  if (auto problem = check_text(rule.format, text)) return problem;
  as<std::string>(to) = text;
  return {};
}

Checked check_file(const std::string& text, std::size_t longest) {
  if (!text.starts_with('/'))
    return Problem{quote(text) + " is not an absolute path", "write it from the root: \"/etc/poise/...\""};
  if (text.size() > longest)
    return Problem{"the path is longer than " + std::to_string(longest) + " bytes", "use a shorter one"};
  return {};
}

}  // namespace

Checked check_text(Format format, const std::string& text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(text, is_control)) return Problem{"the text has control characters", "remove them"};
  if (text.size() > text_length_max)
    return Problem{"the text is longer than " + std::to_string(text_length_max) + " bytes", "shorten it"};
  switch (format) {
    case Format::text:
    case Format::device:
      return {};
    case Format::name:
      if (is_name(text)) return {};
      return Problem{quote(text) + " is no name", "use 1..63 letters, digits, '.', '_' or '-'"};
    case Format::hash_key:
      if (is_hex(text, 32)) return {};
      return Problem{"the key is not 32 hex digits", "make one with `openssl rand -hex 16`"};
    case Format::md5:
      if (is_hex(text, 32)) return {};
      return Problem{"the hash is not 32 hex digits", "make it with `md5sum`"};
    case Format::sha256:
      if (is_hex(text, 64)) return {};
      return Problem{"the hash is not 64 hex digits", "make token and hash with `poise token create`"};
    case Format::hmac_key:
      if (text.size() >= 64 && text.size() <= 128 && text.size() % 2 == 0 && is_hex(text, text.size())) return {};
      return Problem{"the key is not 64 to 128 hex digits", "make one with `openssl rand -hex 32`"};
    case Format::file:
      return check_file(text, text_length_max);
    case Format::socket:
      return check_file(text, sizeof(sockaddr_un::sun_path) - 1);
  }
  return {};
}

Checked read_scalar(const Type& type, const Rule& rule, const json& from, void* to) {
  const std::string remedy = from.is_null() ? "leave the field out for its default" : "use " + wanted(type, rule);
  if (from.is_null()) return Problem{"null is not a value here", remedy};
  switch (type.kind) {
    case Kind::boolean:
      return read_boolean(type, from, to);
    case Kind::integer:
      return read_integer(type, rule, from, to);
    case Kind::choice:
      return read_choice(type, from, to);
    case Kind::text:
      return read_text(type, rule, from, to);
    case Kind::address:
      return read_parsed<IpAddr>(from, parse_ip, remedy, to);
    case Kind::prefix:
      return read_parsed<IpPrefix>(from, parse_prefix, remedy, to);
    case Kind::mac:
      return read_parsed<MacAddr>(from, parse_mac, remedy, to);
    case Kind::ports:
      return read_ports(type, from, to);
    default:
      ensure(false);
      return {};
  }
}

json write_scalar(const Type& type, const void* from) {
  switch (type.kind) {
    case Kind::boolean:
      return type.number(from) != 0;
    case Kind::integer:
      if (type.is_signed) return std::int64_t(type.number(from));
      return type.number(from);
    case Kind::choice: {
      const auto found = std::ranges::find(type.choices, int(type.number(from)), &Choice::value);
      ensure(found != type.choices.end());
      return std::string(found->name);
    }
    case Kind::text:
      return as<std::string>(from);
    case Kind::address:
      return to_string(as<IpAddr>(from));
    case Kind::prefix:
      return to_string(as<IpPrefix>(from));
    case Kind::mac:
      return to_string(as<MacAddr>(from));
    case Kind::ports: {
      const PortRange& ports = as<PortRange>(from);
      if (ports.first == ports.last && ports.first != 0) return ports.first;
      return to_string(ports);
    }
    default:
      ensure(false);
      return nullptr;
  }
}

std::string to_string(const PortRange& ports) {
  if (ports == PortRange{}) return "any";
  if (ports.first == ports.last) return std::to_string(ports.first);
  return std::to_string(ports.first) + "-" + std::to_string(ports.last);
}

std::string wanted(const Type& type, const Rule& rule) {
  switch (type.kind) {
    case Kind::boolean:
      return "true or false";
    case Kind::integer:
      return "a whole number " + smallest_text(type, rule) + ".." + std::to_string(largest(type, rule));
    case Kind::choice: {
      std::string text = "one of ";
      for (const Choice& choice : type.choices)
        text.append(&choice == type.choices.data() ? "" : ", ").append(choice.name);
      return text;
    }
    case Kind::address:
      return "an address like \"192.0.2.10\" or \"2001:db8::10\"";
    case Kind::prefix:
      return "a prefix like \"192.0.2.0/24\" or \"2001:db8::/64\"";
    case Kind::mac:
      return "a MAC address like \"02:00:5e:10:00:01\"";
    case Kind::ports:
      return "a port 1..65535, a range like \"8000-8099\" or \"any\"";
    case Kind::object:
      return "an object";
    case Kind::list:
      return "a list; each entry: " + wanted(*type.element, rule);
    case Kind::named:
      return "an object with one entry per name";
    case Kind::optional:
      return wanted(*type.element, rule);
    case Kind::text:
      break;
  }
  switch (rule.format) {
    case Format::text:
      return "text";
    case Format::name:
      return "a name: 1..63 letters, digits, '.', '_' or '-'";
    case Format::hash_key:
    case Format::md5:
      return "32 hex digits";
    case Format::sha256:
      return "64 hex digits";
    case Format::hmac_key:
      return "64 to 128 hex digits";
    case Format::file:
      return "the absolute path of a file";
    case Format::socket:
      return "the absolute path of a socket, at most " + std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes";
    case Format::device:
      return "a PCI address or DPDK device string";
  }
  return "text";
}

}  // namespace poise::config
