#include "l7/stick/key.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace poise::l7::stick {
namespace {

constexpr std::string_view hex = "0123456789abcdef";

void put(std::string_view bytes, std::size_t length, Key& into) {
  into.length = length;
  const std::size_t used = std::min(bytes.size(), length);
  std::memcpy(into.bytes.data(), bytes.data(), used);
  std::memset(into.bytes.data() + used, 0, length - used);
}

template <class T>
void put_value(const T& value, Key& into) {
  put({reinterpret_cast<const char*>(&value), sizeof value}, sizeof value, into);
}

std::string_view bytes_of(const IpAddr& address) {
  return {reinterpret_cast<const char*>(address.octets.data()), address.octets.size()};
}

// A number as HAProxy reads one: digits, perhaps behind a sign, and what follows is not looked at.
bool put_number(std::string_view text, Key& into) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t number = 0;
  const auto done = std::from_chars(text.data(), text.data() + text.size(), number);
  if (done.ec != std::errc{}) return false;
  put_value(std::uint32_t(number), into);
  return true;
}

}  // namespace

std::size_t length_of(KeyType type, std::size_t length) {
  if (type == KeyType::ip || type == KeyType::ipv6) return sizeof(IpAddr::octets);
  return type == KeyType::integer ? sizeof(std::uint32_t) : std::min(length, key_max);
}

bool make_key(KeyType type, std::size_t length, const IpAddr& address, Key& into) {
  switch (type) {
    case KeyType::ip:
      if (!address.is_v4()) return false;
      [[fallthrough]];
    case KeyType::ipv6:
      put(bytes_of(address), sizeof address.octets, into);
      return true;
    case KeyType::integer:
      if (!address.is_v4()) return false;
      put_value(address.v4_value(), into);
      return true;
    case KeyType::string: {
      IpText room;
      put(poise::to_text(address, room), length, into);
      return true;
    }
    case KeyType::binary:
      put(address.is_v4() ? bytes_of(address).substr(12) : bytes_of(address), length, into);
      return true;
  }
  return false;
}

bool make_key(KeyType type, std::size_t length, std::string_view text, Key& into) {
  if (text.empty()) return false;
  switch (type) {
    case KeyType::ip:
    case KeyType::ipv6: {
      const auto address = parse_ip(text);
      return address && make_key(type, length, *address, into);
    }
    case KeyType::integer:
      return put_number(text, into);
    case KeyType::string:
    case KeyType::binary:
      put(text, length, into);
      return true;
  }
  return false;
}

std::string to_text(KeyType type, std::string_view key) {
  switch (type) {
    case KeyType::ip:
    case KeyType::ipv6:
      return poise::to_string(IpAddr::v6(reinterpret_cast<const std::uint8_t*>(key.data())));
    case KeyType::integer: {
      std::uint32_t number = 0;
      std::memcpy(&number, key.data(), sizeof number);
      return std::to_string(number);
    }
    case KeyType::string:
      return std::string(key.substr(0, key.find('\0')));
    case KeyType::binary:
      break;
  }
  std::string text;
  for (const char byte : key) {
    text += hex[std::uint8_t(byte) >> 4];
    text += hex[std::uint8_t(byte) & 15];
  }
  return text;
}

bool parse_key(KeyType type, std::size_t length, std::string_view text, Key& into) {
  if (type == KeyType::integer) {
    std::uint32_t number = 0;
    const auto done = std::from_chars(text.data(), text.data() + text.size(), number);
    if (done.ec != std::errc{} || done.ptr != text.data() + text.size()) return false;
    put_value(number, into);
    return true;
  }
  if (type != KeyType::binary) return make_key(type, length, text, into);
  if (text.empty() || text.size() % 2 != 0 || text.size() > 2 * length) return false;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned byte = 0;
    const auto done = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (done.ec != std::errc{} || done.ptr != text.data() + i + 2) return false;
    bytes += char(byte);
  }
  put(bytes, length, into);
  return true;
}

}  // namespace poise::l7::stick
