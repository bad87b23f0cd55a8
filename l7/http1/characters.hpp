#pragma once
#include <array>
#include <cstdint>
#include <string_view>

// Which characters may stand where (RFC 9110 5.6.2, 5.5; RFC 3986 2).
namespace poise::l7::http1 {

enum CharacterKind : std::uint8_t {
  token_character = 1,   // of methods and names of fields
  value_character = 2,   // of values of fields: visible, space, tab, and 0x80 on
  target_character = 4,  // of a request's target
  host_character = 8,    // of a registered name
  digit_character = 16,
  hex_character = 32
};

constexpr std::array<std::uint8_t, 256> make_characters() {
  std::array<std::uint8_t, 256> kinds{};
  const auto add = [&](std::string_view characters, std::uint8_t kind) {
    for (const char character : characters) kinds[std::uint8_t(character)] |= kind;
  };
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", digits = "0123456789";
  add(letters, token_character | target_character | host_character);
  add(digits, token_character | target_character | host_character | digit_character | hex_character);
  add("abcdefABCDEF", hex_character);
  add("!#$%&'*+-.^_`|~", token_character);
  add("-._~:/?[]@!$&'()*+,;=%", target_character);
  add("-._~!$&'()*+;=%", host_character);
  for (unsigned character = 0x20; character < 256; ++character)
    if (character != 0x7f) kinds[character] |= value_character;
  kinds['\t'] |= value_character;
  return kinds;
}
inline constexpr std::array<std::uint8_t, 256> characters = make_characters();

constexpr bool is(CharacterKind kind, char character) { return (characters[std::uint8_t(character)] & kind) != 0; }
constexpr bool all(CharacterKind kind, std::string_view text) {
  for (const char character : text)
    if (!is(kind, character)) return false;
  return true;
}

constexpr char lower(char character) {
  return character >= 'A' && character <= 'Z' ? char(character | 0x20) : character;
}
constexpr bool equals_ignoring_case(std::string_view text, std::string_view lower_case) {
  if (text.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (lower(text[i]) != lower_case[i]) return false;
  return true;
}
// Without the optional white space around it (RFC 9110 5.6.3).
constexpr std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace poise::l7::http1
