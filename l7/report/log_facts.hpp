#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "config/types/ip.hpp"
#include "l7/report/civil_time.hpp"

namespace poise::l7::report {

// LogFacts - what a line of the log tells of one request, or of one connection of a TCP frontend. The views are the
// caller's, and must last until the line is written.
struct LogFacts {
  enum class Mode : std::uint8_t { tcp, http };
  // Milliseconds that each phase took; -1: it was never reached.
  struct Timers {
    std::int64_t request = -1;   // TR: until the head of the request was whole
    std::int64_t queue = -1;     // Tw
    std::int64_t connect = -1;   // Tc, with retries
    std::int64_t response = -1;  // Tr: until the head of the response was whole
    std::int64_t active = -1;    // Ta: from the first byte of the request to the end
    std::int64_t total = -1;     // Tt: from the connection's beginning to the end, for tcp
  };
  // How many there were at the end, this one among them.
  struct Connections {
    std::uint32_t process = 0, frontend = 0, backend = 0, server = 0;
  };
  // How many were before it in the queues when it came.
  struct Queued {
    std::uint32_t server = 0, backend = 0;
  };
  // What "capture" rules found, one view per rule, "" where it found nothing. `is_logged`: the frontend has such rules,
  // and there was a request that they could look at.
  struct Captures {
    bool is_logged = false;
    std::span<const std::string_view> values{};
  };

  Mode mode = Mode::http;
  IpAddr client;
  std::uint16_t client_port = 0;
  Moment accepted;  // http: when the first byte of the request came
  std::string_view frontend, backend;
  std::string_view server = "<NOSRV>";  // or "<STATS>"
  bool is_tls = false;                  // of the client's side
  Timers timers;
  std::int32_t status = -1;
  std::uint64_t bytes_read = 0;           // sent to the client, with heads
  std::string_view request_cookie = "-";  // captured, with its name
  std::string_view response_cookie = "-";
  std::array<char, 4> termination = {'-', '-', '-', '-'};
  Connections connections;
  std::uint32_t retries = 0;
  bool is_redispatched = false;
  Queued queued;
  Captures request_captures, response_captures;
  std::string_view request = "<BADREQ>";  // method, target and version
};

}  // namespace poise::l7::report
