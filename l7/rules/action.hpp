#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "l7/http1/request.hpp"
#include "l7/rules/text_matcher.hpp"
#include "l7/rules/text_template.hpp"

// What rules do, compiled once for a configuration. Immutable. Words are HAProxy's.
namespace poise::l7::rules {

struct Content {
  std::string type, body;
};

// Which end a request, a response or a connection by.
struct Allow {};  // this list of rules is over
struct Reject {};
struct SilentDrop {};
struct Deny {
  std::uint16_t status = 403;
  std::optional<Content> content;  // unset: the page of the status
};
struct Tarpit {
  std::uint16_t status = 500;
};
struct Return {
  std::uint16_t status = 200;
  std::optional<Content> content;
  std::vector<std::pair<std::string, TextTemplate>> headers;
};
struct Redirect {
  enum class Kind : std::uint8_t { location, prefix, scheme } kind = Kind::location;
  std::uint16_t code = 302;
  bool drops_query = false, appends_slash = false, ignores_empty = false;
  TextTemplate text;
  std::string cookie;  // the value of Set-Cookie; "": none
};

// Which change its head. Names of headers are in lower case.
struct AddHeader {
  std::string name;
  TextTemplate value;
};
struct SetHeader {
  std::string name;
  TextTemplate value;
};
struct RemoveHeaders {
  TextMatcher names{true};
};
struct ReplaceHeader {
  std::string name;
  Replacement value;
};
struct SetPath {
  TextTemplate path;
};
struct ReplacePath {
  Replacement path;
};
struct SetQuery {
  TextTemplate query;
};
struct SetMethod {
  std::string method;
  bool is_idempotent = false;
};
struct SetStatus {
  std::uint16_t status = 200;
  std::string reason;
};

// And which say how it is dealt with.
struct SetPriority {
  std::optional<std::int32_t> priority_class, offset_ms;
};
struct CaptureText {
  std::uint8_t slot = 0;  // of the frontend's captures
  std::uint16_t length_max = 0;
  TextTemplate value;
};
struct NoLog {};

using Action =
    std::variant<Allow, Reject, SilentDrop, Deny, Tarpit, Return, Redirect, AddHeader, SetHeader, RemoveHeaders,
                 ReplaceHeader, SetPath, ReplacePath, SetQuery, SetMethod, SetStatus, SetPriority, CaptureText, NoLog>;

}  // namespace poise::l7::rules
