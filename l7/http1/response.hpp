#pragma once
#include <cstdint>
#include <string_view>
#include <tl/expected.hpp>

#include "l7/http1/fields.hpp"
#include "l7/http1/framing.hpp"
#include "l7/http1/request.hpp"

namespace poise::l7::http1 {

// ResponseHead - the status line and the fields of a response, read as strictly as a request's.
struct ResponseHead {
  Version version = Version::http_1_1;
  std::uint16_t status = 0;
  bool keeps_alive = true;
  Text reason;
  Framing framing;
  Fields fields;
};

// A whole head, as end_of_head tells, that answers a request of this method.
tl::expected<void, Refusal> parse_response(std::string_view head, Method method, ResponseHead& into);

}  // namespace poise::l7::http1
