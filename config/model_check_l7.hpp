#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/types/ip.hpp"

// How the servers of a backend are checked, and what follows; words and meanings are HAProxy's. See model_proxy.hpp.
namespace poise::config {

enum class HttpVersion { http_1_0, http_1_1 };
enum class BackendCheckKind : std::uint8_t { tcp, http, script };
enum class CheckObserve : std::uint8_t { none, layer4, layer7 };
enum class CheckOnError : std::uint8_t { fastinter, fail_check, sudden_death, mark_down };
enum class OnMarkedDown : std::uint8_t { none, shutdown_sessions };
enum class OnMarkedUp : std::uint8_t { none, shutdown_backup_sessions };
enum class ServerInitState : std::uint8_t { up, fully_up, down, fully_down };

struct CheckTls {
  std::optional<std::string> sni;
  std::vector<std::string> alpn;
  bool verify_certificate = false;
  std::optional<std::string> ca_file;  // PEM; unset: the system's authorities
  bool operator==(const CheckTls&) const = default;
};

struct CheckRequest {
  std::string method = "OPTIONS", uri = "/";
  HttpVersion version = HttpVersion::http_1_0;
  std::map<std::string, std::string> headers;
  std::string body;
  bool operator==(const CheckRequest&) const = default;
};

// One of these, and not several. Of a response, or of bytes, depending on what was sent last.
struct CheckExpect {
  std::vector<std::string> statuses;                    // "200", "200-299"
  std::optional<std::string> rstatus, string, rstring;  // r: regular expressions (RE2)
  bool negated = false;
  bool operator==(const CheckExpect&) const = default;
};

struct CheckConnect {
  std::optional<IpAddr> address;      // unset: the check's
  std::optional<std::uint16_t> port;  // likewise
  std::optional<CheckTls> tls;        // unset: the check's
  bool send_proxy = false;
  bool operator==(const CheckConnect&) const = default;
};

struct CheckStep {  // one of the four
  std::optional<CheckConnect> connect;
  std::optional<std::string> send;  // bytes, with \xHH
  std::optional<CheckRequest> request;
  std::optional<CheckExpect> expect;
  std::string comment;
  bool operator==(const CheckStep&) const = default;
};

struct BackendCheck {
  BackendCheckKind kind = BackendCheckKind::tcp;
  CheckRequest request;               // kind http
  std::optional<CheckExpect> expect;  // kind http; unset: status 200 to 399
  std::vector<CheckStep> steps;       // kind script
  std::optional<IpAddr> address;      // unset: the server's
  std::optional<std::uint16_t> port;  // unset: the server's
  std::optional<CheckTls> tls;
  bool send_proxy = false;
  std::uint32_t inter_ms = 2000;
  std::optional<std::uint32_t> fast_inter_ms, down_inter_ms;  // unset: inter_ms
  std::optional<std::uint32_t> timeout_ms;                    // once connected; unset: inter_ms for all of it
  std::uint16_t rise = 2, fall = 3;
  bool log = false;  // HAProxy's log-health-checks
  bool operator==(const BackendCheck&) const = default;
};

struct ServerCheck {  // unset: as the backend's check says
  bool enabled = true;
  std::optional<IpAddr> address;
  std::optional<std::uint16_t> port;
  std::optional<std::uint32_t> inter_ms, fast_inter_ms, down_inter_ms;
  std::optional<std::uint16_t> rise, fall;
  std::optional<std::string> sni;
  bool operator==(const ServerCheck&) const = default;
};

struct AgentCheck {
  std::optional<IpAddr> address;  // unset: the server's
  std::uint16_t port = 0;
  std::uint32_t inter_ms = 2000;
  std::string send;  // with \xHH
  bool operator==(const AgentCheck&) const = default;
};

// Of a backend: for all its servers. Of a server: what is set there counts.
struct HealthReaction {
  std::optional<CheckObserve> observe;       // none
  std::optional<std::uint16_t> error_limit;  // 10
  std::optional<CheckOnError> on_error;      // fail_check
  std::optional<OnMarkedDown> on_marked_down;
  std::optional<OnMarkedUp> on_marked_up;
  std::optional<std::uint32_t> slow_start_ms;
  std::optional<ServerInitState> init_state;
  bool operator==(const HealthReaction&) const = default;
};

}  // namespace poise::config
