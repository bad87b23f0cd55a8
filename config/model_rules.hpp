#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/model_persistence.hpp"
#include "config/port_range.hpp"
#include "config/types/ip.hpp"

// The content rules of the proxy: what a request, a response or a connection must be like, and what is done then.
// Words are HAProxy's. See model.hpp.
namespace poise::config {

enum class TextComparison : std::uint8_t { exact, prefix, suffix, substring, regex };

// A text that is one of these: one value of any list is enough.
struct TextMatch {
  std::vector<std::string> exact, prefix, suffix, substring, regex;
  std::optional<std::string> file;  // more values, one a line
  TextComparison file_as = TextComparison::exact;
  bool case_insensitive = false;
  bool operator==(const TextMatch&) const = default;
};

// The same of what has a name: a header, a parameter, a cookie. Nothing but the name: it must be there.
struct NamedMatch {
  TextMatch text;  // first: NamedMatch has its fields
  std::string name;
  std::optional<bool> present;
  std::optional<std::uint64_t> min, max;  // the value is a whole number of this range
  bool operator==(const NamedMatch&) const = default;
};

// A number that a tracked entry of a stick table counts.
struct CounterMatch {
  StickData data = StickData::http_req_rate;
  std::uint8_t counter = 0;  // sc0, sc1, sc2
  std::optional<std::uint64_t> above, below;
  bool operator==(const CounterMatch&) const = default;
};

// Conditions that must all hold.
struct MatchGroup {
  std::optional<TextMatch> path, query, url, host, sni;
  std::vector<std::string> methods;
  std::vector<NamedMatch> headers, parameters, cookies;
  std::vector<IpPrefix> source;
  std::optional<std::string> source_file;  // more prefixes, one a line
  std::vector<PortRange> destination_ports;
  std::vector<std::string> statuses;  // of responses: "404", "500-599"
  std::vector<NamedMatch> response_headers;
  std::vector<CounterMatch> tracked;
  bool operator==(const MatchGroup&) const = default;
};

struct Match {
  MatchGroup all;                // first: Match has its fields
  std::vector<MatchGroup> any;   // besides, one of these groups must hold
  std::vector<MatchGroup> none;  // and none of these may
  bool operator==(const Match&) const = default;
};

struct HeaderValue {
  std::string name, value;
  bool operator==(const HeaderValue&) const = default;
};

struct HeaderName {
  std::string name;
  TextComparison compare = TextComparison::exact;
  bool operator==(const HeaderName&) const = default;
};

struct HeaderPattern {
  std::string name, regex, with;
  bool operator==(const HeaderPattern&) const = default;
};

struct PathPattern {
  std::string regex, with;
  bool operator==(const PathPattern&) const = default;
};

struct RedirectAction {
  std::optional<std::string> location, prefix, scheme;  // one of them
  std::uint16_t code = 302;
  bool drop_query = false, append_slash = false, ignore_empty = false;
  std::optional<std::string> set_cookie, clear_cookie;
  bool operator==(const RedirectAction&) const = default;
};

struct DenyAction {
  std::optional<std::uint16_t> status;  // unset: 403, of a response 502
  std::optional<std::string> content_type, body, file;
  bool operator==(const DenyAction&) const = default;
};

struct ReturnAction {
  std::uint16_t status = 200;
  std::optional<std::string> content_type, body, file;
  std::vector<HeaderValue> headers;
  bool operator==(const ReturnAction&) const = default;
};

struct TarpitAction {
  std::uint16_t status = 500;
  bool operator==(const TarpitAction&) const = default;
};

struct PriorityAction {
  std::optional<std::int32_t> priority_class, offset_ms;
  bool operator==(const PriorityAction&) const = default;
};

struct StatusAction {
  std::uint16_t status = 200;
  std::optional<std::string> reason;
  bool operator==(const StatusAction&) const = default;
};

struct CaptureAction {
  std::string value;
  std::uint16_t length_max = 64;
  bool operator==(const CaptureAction&) const = default;
};

// One action each.
struct RequestRule {
  std::optional<Match> match;  // unset: always
  bool allow = false, reject = false, silent_drop = false, no_log = false;
  std::optional<DenyAction> deny;
  std::optional<TarpitAction> tarpit;
  std::optional<RedirectAction> redirect;
  std::optional<ReturnAction> answer;
  std::optional<HeaderValue> add_header, set_header;
  std::optional<HeaderName> del_header;
  std::optional<HeaderPattern> replace_header;
  std::optional<std::string> set_path, set_query, set_method;
  std::optional<PathPattern> replace_path;
  std::optional<PriorityAction> set_priority;
  std::optional<CaptureAction> capture;
  bool operator==(const RequestRule&) const = default;
};

struct ResponseRule {
  std::optional<Match> match;
  bool allow = false, no_log = false;
  std::optional<DenyAction> deny;
  std::optional<HeaderValue> add_header, set_header;
  std::optional<HeaderName> del_header;
  std::optional<HeaderPattern> replace_header;
  std::optional<StatusAction> set_status;
  std::optional<CaptureAction> capture;
  bool operator==(const ResponseRule&) const = default;
};

struct ConnectionRule {
  std::optional<Match> match;
  bool accept = false, reject = false, silent_drop = false;
  bool operator==(const ConnectionRule&) const = default;
};

// What a file says for a key: HAProxy's map().
struct BackendMap {
  std::string key;   // with placeholders
  std::string file;  // "key backend", one a line
  TextComparison compare = TextComparison::exact;
  bool case_insensitive = false;
  std::optional<std::string> otherwise;  // the backend for a key that is not there; unset: the next rule
  bool operator==(const BackendMap&) const = default;
};

struct BackendRule {
  std::optional<Match> match;
  std::optional<std::string> backend;
  std::optional<BackendMap> map;
  bool operator==(const BackendRule&) const = default;
};

// What is answered here instead of the usual page of a status.
struct ErrorPage {
  std::uint16_t status = 503;
  std::string content_type = "text/html";
  std::optional<std::string> body, file;
  bool operator==(const ErrorPage&) const = default;
};

struct Forwarded {  // RFC 7239
  bool proto = true, host = false, by = false, by_port = false, client = true, client_port = false;
  bool operator==(const Forwarded&) const = default;
};

struct OriginalTo {
  std::string header = "x-original-to";
  std::optional<IpPrefix> except;
  bool operator==(const OriginalTo&) const = default;
};

}  // namespace poise::config
