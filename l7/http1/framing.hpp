#pragma once
#include <cstdint>
#include <tl/expected.hpp>

#include "l7/http1/fields.hpp"

namespace poise::l7::http1 {

enum class Version : std::uint8_t { http_1_0, http_1_1 };

// Framing - where the body of a message ends (RFC 9112 6.3).
struct Framing {
  enum class Kind : std::uint8_t { none, length, chunked, until_close };
  Kind kind = Kind::none;
  std::uint64_t length = 0;
  bool operator==(const Framing&) const = default;
};

tl::expected<Framing, Refusal> framing_of_request(std::string_view head, const Fields& fields, Version version);
// `is_bodiless`: the answer to HEAD, or to a CONNECT that was taken; 1xx, 204 and 304 are anyway.
tl::expected<Framing, Refusal> framing_of_response(std::string_view head, const Fields& fields, Version version,
                                                   std::uint16_t status, bool is_bodiless);

// Whether the sender of the head keeps its connection open after the message (RFC 9112 9.3).
bool keeps_alive(std::string_view head, const Fields& fields, Version version);
// Whether one of the fields of this kind has such an element, whatever its case; `lower_case` is in lower case.
bool has_element(std::string_view head, const Fields& fields, FieldId id, std::string_view lower_case);

}  // namespace poise::l7::http1
