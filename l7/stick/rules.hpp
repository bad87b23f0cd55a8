#pragma once
#include <cstdint>
#include <string>

#include "l7/stick/table.hpp"

// What a configuration does with stick tables. The tables outlive it.
namespace poise::l7::stick {

// Where a key comes from.
struct Source {
  enum class Kind : std::uint8_t { src, header, cookie, url_param, path, url, sni } kind = Kind::src;
  std::string name;  // of the header (in lower case), cookie or parameter
};

// Rule - one of a backend: who has an entry goes to its server, and whose entry the server becomes.
struct Rule {
  bool matches = false, stores = false, is_of_response = false;
  Source key;
  Table* table = nullptr;
};

// Tracking - whose entry counts what is done.
struct Tracking {
  std::uint8_t counter = 0;  // sc0, sc1, sc2
  bool is_of_request = false;
  Source key;
  Table* table = nullptr;
};
inline constexpr std::size_t counters_max = 3, stores_max = 8;

// Held - an entry that a session or a connection holds.
struct Held {
  Table* table = nullptr;  // null: none
  std::uint32_t entry = Table::none;
};

}  // namespace poise::l7::stick
