#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/types/ip.hpp"

namespace poise::l7::stick {

enum class KeyType : std::uint8_t { ip, ipv6, integer, string, binary };

inline constexpr std::size_t key_max = 256;

// Key - bytes that entries of one table are told apart by, all of the same length: zeros are behind what is shorter.
struct Key {
  std::array<char, key_max> bytes;
  std::size_t length = 0;
  std::string_view view() const { return {bytes.data(), length}; }
};

// How many bytes keys of a type have; `length` is for string and binary.
std::size_t length_of(KeyType type, std::size_t length);

// The key of what was found in a connection or a request: a text is converted as HAProxy does (to an address, to a
// number, or cut). False: it has none, and nothing is looked up.
bool make_key(KeyType type, std::size_t length, std::string_view text, Key& into);
bool make_key(KeyType type, std::size_t length, const IpAddr& address, Key& into);

// As an operator reads and writes it: an address, a number, a text, or hex digits for binary.
std::string to_text(KeyType type, std::string_view key);
bool parse_key(KeyType type, std::size_t length, std::string_view text, Key& into);

}  // namespace poise::l7::stick
