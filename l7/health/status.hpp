#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "config/types/time.hpp"

namespace poise::l7::health {

// What a check found, as HAProxy's statistics and logs name it.
enum class Status : std::uint8_t {
  unknown,
  initializing,
  no_change,
  observed,  // sessions of clients fail
  socket_error,
  l4_ok,
  l4_timeout,
  l4_connection,
  l6_ok,
  l6_timeout,
  l6_response,
  l7_timeout,
  l7_response,
  l7_ok,
  l7_ok_conditionally,
  l7_status,
  count_
};

enum class Outcome : std::uint8_t { none, neutral, failed, passed, conditionally_passed };

struct StatusInfo {
  Status status;
  const char* code;  // of the columns check_status, agent_status
  const char* description;
  Outcome outcome;
  bool has_code;  // a number belongs to it: the status of a response
};
inline constexpr std::array statuses = {
    StatusInfo{Status::unknown, "UNK", "Unknown", Outcome::none, false},
    StatusInfo{Status::initializing, "INI", "Initializing", Outcome::none, false},
    StatusInfo{Status::no_change, "CHECKED", "No status change", Outcome::neutral, false},
    StatusInfo{Status::observed, "HANA", "Health analyze", Outcome::failed, false},
    StatusInfo{Status::socket_error, "SOCKERR", "Socket error", Outcome::failed, false},
    StatusInfo{Status::l4_ok, "L4OK", "Layer4 check passed", Outcome::passed, false},
    StatusInfo{Status::l4_timeout, "L4TOUT", "Layer4 timeout", Outcome::failed, false},
    StatusInfo{Status::l4_connection, "L4CON", "Layer4 connection problem", Outcome::failed, false},
    StatusInfo{Status::l6_ok, "L6OK", "Layer6 check passed", Outcome::passed, false},
    StatusInfo{Status::l6_timeout, "L6TOUT", "Layer6 timeout", Outcome::failed, false},
    StatusInfo{Status::l6_response, "L6RSP", "Layer6 invalid response", Outcome::failed, false},
    StatusInfo{Status::l7_timeout, "L7TOUT", "Layer7 timeout", Outcome::failed, false},
    StatusInfo{Status::l7_response, "L7RSP", "Layer7 invalid response", Outcome::failed, false},
    StatusInfo{Status::l7_ok, "L7OK", "Layer7 check passed", Outcome::passed, true},
    StatusInfo{Status::l7_ok_conditionally, "L7OKC", "Layer7 check conditionally passed", Outcome::conditionally_passed,
               true},
    StatusInfo{Status::l7_status, "L7STS", "Layer7 wrong status", Outcome::failed, true},
};
static_assert(statuses.size() == std::size_t(Status::count_));

constexpr const StatusInfo& info_of(Status status) { return statuses[std::size_t(status)]; }

struct Result {
  Status status = Status::unknown;
  std::uint16_t code = 0;   // of a response
  std::string description;  // what there is to say besides
  Duration took{};
  bool operator==(const Result&) const = default;
};

}  // namespace poise::l7::health
