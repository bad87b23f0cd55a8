#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/model_persistence.hpp"
#include "config/model_rules.hpp"
#include "config/types/ip.hpp"

// The part of the configuration that the proxy (layer 7) goes by; words are HAProxy's. See model.hpp.
namespace poise::config {

template <class T>
using Named = std::map<std::string, T>;

enum class ProxyMode : std::uint8_t { tcp, http };
enum class ProxyTransport : std::uint8_t { datapath, kernel };
enum class BalanceAlgorithm : std::uint8_t {
  roundrobin,
  static_rr,
  leastconn,
  first,
  source,
  uri,
  url_param,
  hdr,
  hash,
  random
};
enum class BalanceHash : std::uint8_t { map_based, consistent, maglev };
enum class HttpReuse : std::uint8_t { never, safe, aggressive, always };
enum class ProxyHeaderVersion : std::uint8_t { none, v1, v2 };
enum class AccessLogFormat : std::uint8_t { none, tcp, http, json };
enum class SyslogFormat : std::uint8_t { rfc3164, rfc5424 };
enum class SyslogLevel : std::uint8_t { emerg, alert, crit, err, warning, notice, info, debug };
enum class SyslogFacility : std::uint8_t {
  kern,
  user,
  mail,
  daemon,
  auth,
  syslog,
  lpr,
  news,
  uucp,
  cron,
  auth2,
  ftp,
  ntp,
  audit,
  alert,
  cron2,
  local0,
  local1,
  local2,
  local3,
  local4,
  local5,
  local6,
  local7
};

inline constexpr std::uint32_t descriptor_max = 1u << 20;

struct Bind {
  std::optional<IpAddr> address;  // unset: every IPv4 address
  std::optional<std::uint16_t> port;
  bool accept_proxy = false;        // a PROXY protocol header comes first
  std::optional<std::uint32_t> fd;  // a listening socket that was handed over, instead of address and port
  bool operator==(const Bind&) const = default;
};

struct FrontendTimeouts {  // 0: no limit
  std::uint32_t client_ms = 30000, client_fin_ms = 0;
  std::uint32_t http_request_ms = 10000;  // 0: client_ms
  std::uint32_t http_keep_alive_ms = 0;   // 0: http_request_ms
  std::uint32_t tarpit_ms = 5000;
  bool operator==(const FrontendTimeouts&) const = default;
};

struct BackendTimeouts {  // 0: no limit
  std::uint32_t connect_ms = 5000, server_ms = 30000, server_fin_ms = 0;
  std::uint32_t queue_ms = 0;         // 0: connect_ms
  std::uint32_t tunnel_ms = 3600000;  // 0: client_ms and server_ms
  std::uint32_t tarpit_ms = 0;        // 0: connect_ms
  bool operator==(const BackendTimeouts&) const = default;
};

struct ForwardedFor {
  std::string header = "x-forwarded-for";
  std::optional<IpPrefix> except;
  bool only_if_none = false;
  bool operator==(const ForwardedFor&) const = default;
};

struct StatsPage {
  std::string uri = "/haproxy?stats";
  std::uint32_t refresh_s = 0;  // 0: never
  bool operator==(const StatsPage&) const = default;
};

struct HeaderCapture {
  std::string header;
  std::uint16_t length_max = 64;
  bool operator==(const HeaderCapture&) const = default;
};

struct AccessLog {
  AccessLogFormat format = AccessLogFormat::none;
  std::vector<std::string> servers;  // names in log_servers; empty: all of them
  bool log_null = true;              // also connections that said nothing
  std::vector<HeaderCapture> request_headers, response_headers;
  std::optional<CookieCapture> cookie;
  bool operator==(const AccessLog&) const = default;
};

struct Frontend {
  ProxyMode mode = ProxyMode::http;
  ProxyTransport transport = ProxyTransport::datapath;
  std::vector<Bind> binds;
  std::optional<std::string> default_backend;
  std::uint32_t connections_max = 0;  // 0: no limit
  FrontendTimeouts timeouts;
  std::optional<ForwardedFor> forwarded_for;
  std::optional<Forwarded> forwarded;
  std::optional<OriginalTo> original_to;
  std::vector<ConnectionRule> connection_rules;
  std::uint32_t inspect_delay_ms = 5000;
  std::vector<RequestRule> request_rules;
  std::vector<ResponseRule> response_rules;
  std::vector<BackendRule> backend_rules;
  std::vector<ErrorPage> error_pages;
  std::optional<StatsPage> stats;
  std::vector<TrackRule> track;
  AccessLog log;
  bool enabled = true;
  bool operator==(const Frontend&) const = default;
};

struct Balance {
  BalanceAlgorithm algorithm = BalanceAlgorithm::roundrobin;
  BalanceHash hash_type = BalanceHash::map_based;
  std::uint16_t balance_factor = 0;
  std::uint8_t random_draws = 2;
  std::optional<std::string> name;  // of the parameter or header
  std::optional<std::string> key;   // of hash: a text with placeholders
  std::uint32_t uri_length = 0, uri_depth = 0;
  bool uri_whole = false, domain_only = false;
  bool operator==(const Balance&) const = default;
};

struct LogServer {
  IpAddr address;
  std::uint16_t port = 514;
  SyslogFormat format = SyslogFormat::rfc3164;
  SyslogFacility facility = SyslogFacility::local0;
  SyslogLevel level = SyslogLevel::info;  // of access lines; what is less urgent is not sent
  std::optional<std::string> tag;         // unset: "poise"
  bool operator==(const LogServer&) const = default;
};

struct ProxySettings {
  std::uint32_t connections_max = 0;  // of clients, over all frontends; 0: no limit
  bool operator==(const ProxySettings&) const = default;
};

}  // namespace poise::config
