#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "config/import/haproxy/mapping.hpp"

namespace poise::config::importing::haproxy {

// Word - one that may follow the address of a bind or server: how many values come behind it, and what it is here.
struct Word {
  // taken: its handler speaks of it. check: it is of how a server is checked. noted: it is not here, and nothing is
  // lost. matters: what it asks for is not here. drops: neither is what it stands with then.
  enum class Kind : std::uint8_t { taken, check, noted, matters, drops };
  std::string_view name;
  std::uint8_t values = 0;
  Kind kind = Kind::noted;
  const char* why = "";
};

struct FoundWord {
  const Word* word = nullptr;
  std::string_view value;
};

// The words of a line from one on, by a table. Those that are not taken are spoken of; what is unknown is refused.
// `drops` is set when the whole line is nothing here.
std::vector<FoundWord> read_words(Mapping& mapping, const Line& line, std::size_t first, std::span<const Word> known,
                                  bool& drops);

std::span<const Word> bind_words();    // bind_words.cpp
std::span<const Word> server_words();  // server_words.cpp

}  // namespace poise::config::importing::haproxy
