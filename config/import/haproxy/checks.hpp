#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "config/import/haproxy/mapping.hpp"

namespace poise::config::importing::haproxy {

// Checks - what lines say of how servers are checked.
struct Checks {
  std::optional<Line> option;                                // the last `option ...chk`, `option ...-check`
  nlohmann::json request = nlohmann::json::object();         // option httpchk
  std::vector<nlohmann::json> http_steps, tcp_steps;         // of http-check and tcp-check
  bool are_http_inherited = true, are_tcp_inherited = true;  // as far as there are any
  bool logs = false;
  std::optional<std::uint64_t> timeout_ms;
};

// Bytes as checks of ours write them: \xHH for those that are not printable.
std::string as_payload(std::string_view bytes);

// What an option such as `option mysql-check` does, as steps; empty: it is none of those.
std::vector<nlohmann::json> steps_of_protocol(const Line& option);

}  // namespace poise::config::importing::haproxy
