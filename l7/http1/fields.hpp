#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tl/expected.hpp>

#include "l7/http1/refusal.hpp"

namespace poise::l7::http1 {

inline constexpr std::size_t head_max = 16384, target_max = 8192, fields_max = 100;

// The fields that a proxy itself looks at.
enum class FieldId : std::uint8_t {
  other,
  host,
  content_length,
  transfer_encoding,
  connection,
  keep_alive,
  proxy_connection,
  te,
  trailer,
  upgrade,
  expect,
  cookie,
  set_cookie,
  x_forwarded_for,
  forwarded,
  count_
};
FieldId field_id(std::string_view name);  // whatever its case

// Text - some bytes of a head, by place: the head may move.
struct Text {
  std::uint16_t offset = 0, length = 0;
};

struct Field {
  Text name, value;  // the value without white space around it
  FieldId id = FieldId::other;
};

// Fields - those of a head or of trailers, in their order. Views are into the bytes that they were read from.
class Fields {
 public:
  // From the first field's name up to and with the empty line; `at` is where they begin in `head`.
  tl::expected<void, Refusal> parse(std::string_view head, std::size_t at);

  std::size_t size() const { return count_; }
  const Field& operator[](std::size_t index) const { return fields_[index]; }
  const Field* begin() const { return fields_.data(); }
  const Field* end() const { return fields_.data() + count_; }
  std::size_t count(FieldId id) const { return counts_[std::size_t(id)]; }
  const Field* find(FieldId id) const;  // the first

 private:
  tl::expected<void, Refusal> parse_line(std::string_view head, std::size_t at, std::size_t end);
  std::array<Field, fields_max> fields_;
  std::array<std::uint8_t, std::size_t(FieldId::count_)> counts_{};
  std::uint8_t count_ = 0;
};
inline std::string_view text_of(std::string_view head, Text text) { return head.substr(text.offset, text.length); }

// Where the head that begins `bytes` ends, behind its empty line. Nothing: more is needed; `scanned` remembers what
// need not be looked at again, and begins as 0. A head whose lines end wrongly ends too, to be refused by its parser.
std::optional<std::size_t> end_of_head(std::string_view bytes, std::size_t& scanned);

// The end of the line at `at`, and what follows: a line that ends in anything but CR LF is refused.
struct Line {
  std::size_t end = 0, next = 0;
};
tl::expected<Line, Refusal> line_at(std::string_view head, std::size_t at);

// Calls `each` with the elements of a comma-separated list, empty ones left out (RFC 9110 5.6.1). Stops at false, and
// returns it.
template <class Each>
bool for_each_element(std::string_view list, Each&& each);

}  // namespace poise::l7::http1

#include "l7/http1/characters.hpp"

namespace poise::l7::http1 {

template <class Each>
bool for_each_element(std::string_view list, Each&& each) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view element = trimmed(list.substr(0, comma));
    if (!element.empty() && !each(element)) return false;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return true;
}

}  // namespace poise::l7::http1
