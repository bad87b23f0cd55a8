#pragma once
#include <cstdint>
#include <string_view>
#include <tl/expected.hpp>

#include "l7/http1/fields.hpp"
#include "l7/http1/framing.hpp"

namespace poise::l7::http1 {

enum class Method : std::uint8_t { other, get, head, post, put, del, connect, options, trace, patch };

// The forms of a target (RFC 9112 3.2).
enum class TargetForm : std::uint8_t { origin, absolute, authority, asterisk };

// RequestHead - the request line and the fields of a request, read strictly (RFC 9112). Texts are places in the head
// that it was parsed from.
struct RequestHead {
  Method method = Method::other;
  Version version = Version::http_1_1;
  TargetForm form = TargetForm::origin;
  bool keeps_alive = true;
  Text method_text, target;
  Text path, query;  // without '?'; of CONNECT and of "*" empty
  Text authority;    // of the target, else of Host
  Framing framing;
  Fields fields;
};

Method method_of(std::string_view text);

// A whole head, as end_of_head tells. Empty lines before it are skipped.
tl::expected<void, Refusal> parse_request(std::string_view head, RequestHead& into);

// Whether doing it twice is as doing it once (RFC 9110 9.2.2), so that it may be sent again.
constexpr bool is_idempotent(Method method) {
  return method != Method::other && method != Method::post && method != Method::patch && method != Method::connect;
}

}  // namespace poise::l7::http1
