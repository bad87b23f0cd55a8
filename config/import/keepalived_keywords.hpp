#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

// The words of keepalived.conf, where they may stand, and how many arguments they take: one table (keepalived 2.4, with
// the names that older versions used).
namespace poise::config::importing {

enum class Context : std::uint8_t {
  none,
  root,
  globals,
  instance,
  authentication,
  hmac,
  sync_group,
  script,
  track_file,
  track_process,
  bfd,
  garp_group,
  track_group,
  server_group,  // list: addresses with a port, firewall marks
  virtual_server,
  real_server,
  checker,
  url,
  ssl,
  names,      // list: a word each
  addresses,  // list: addresses with options
  peers,      // list: addresses with options
  tracked,    // list: names with options
  lines,      // list: a line each
};

inline constexpr std::uint8_t arguments_unlimited = 255;

struct Keyword {
  Context where;
  std::string_view name;
  std::uint8_t arguments_min, arguments_max;
  Context opens = Context::none;
  const char* why = nullptr;  // it is not taken; null: it is, or the note says why not
};

std::span<const Keyword> rows_of_vrrp();     // keepalived_keywords_vrrp.cpp
std::span<const Keyword> rows_of_servers();  // keepalived_keywords_servers.cpp

const Keyword* find_keyword(Context context, std::string_view name);
std::vector<std::string_view> keywords_of(Context context);
std::string_view where_known(std::string_view keyword);  // "a vrrp_instance" for "priority"; "" when nowhere

std::string_view name_of(Context context);  // "in a vrrp_instance"
bool is_list(Context context);              // of entries, not of keywords; its keywords are the options of an entry
bool takes_number(Context context);         // an entry may be followed by a number
bool takes_line(Context context);           // an entry is a whole line

}  // namespace poise::config::importing
