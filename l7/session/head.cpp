#include <algorithm>
#include <cstring>

#include "l7/session/core.hpp"

namespace poise::l7 {
namespace {

std::string_view text_of_slice(const tcp::Slice& slice) {
  return {reinterpret_cast<const char*>(slice.begin()), slice.length};
}

// The first bytes of what has come in, in one piece.
std::string_view gather(ProxyCore& core, tcp::Handle handle, std::size_t most) {
  const std::size_t count = core.transport.peek(handle, core.slices);
  if (count == 0) return {};
  if (count == 1 || core.slices[0].length >= most) return text_of_slice(core.slices[0]).substr(0, most);
  std::size_t used = 0;
  for (const tcp::Slice& slice : std::span(core.slices).first(count)) {
    const std::size_t length = std::min<std::size_t>(slice.length, most - used);
    std::memcpy(core.gathered.data() + used, slice.begin(), length);
    used += length;
    if (used == most) break;
  }
  return {core.gathered.data(), used};
}

}  // namespace

HeadRead read_head(ProxyCore& core, End& end) {
  const std::string_view bytes = gather(core, end.handle, http1::head_max + 1);
  std::size_t scanned = end.scanned;
  if (const auto found = http1::end_of_head(bytes, scanned)) {
    end.scanned = 0;
    if (*found > http1::head_max) return {HeadRead::State::too_large, bytes};
    return {HeadRead::State::whole, bytes.substr(0, *found)};
  }
  end.scanned = std::uint16_t(scanned);
  return {bytes.size() > http1::head_max ? HeadRead::State::too_large : HeadRead::State::partial, bytes};
}

// The last one counts, as in HAProxy's "capture request header".
void capture_field(const Capture& rule, std::string_view head, const http1::Fields& fields, std::string& into) {
  for (const http1::Field& field : fields)
    if (http1::equals_ignoring_case(text_of(head, field.name), rule.header))
      into.assign(text_of(head, field.value).substr(0, rule.length_max));
}

std::string_view read_first(ProxyCore& core, tcp::Handle handle, std::size_t most) {
  return gather(core, handle, std::min(most, core.gathered.size()));
}

bool send_text(ProxyCore& core, tcp::Handle handle, std::string_view text) {
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  return core.transport.send_copy(handle, bytes) == text.size();
}

}  // namespace poise::l7
