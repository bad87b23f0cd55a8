#include "l7/http1/framing.hpp"

#include <charconv>
#include <limits>
#include <optional>

namespace poise::l7::http1 {
namespace {

constexpr std::uint64_t length_max = std::numeric_limits<std::int64_t>::max();

tl::expected<std::optional<std::uint64_t>, Refusal> content_length(std::string_view head, const Fields& fields) {
  if (fields.count(FieldId::content_length) == 0) return std::nullopt;
  const std::string_view text = text_of(head, fields.find(FieldId::content_length)->value);
  const bool is_list = text.find(',') != std::string_view::npos;
  if (fields.count(FieldId::content_length) > 1 || is_list) return tl::unexpected(Refusal::content_length_repeated);
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  const bool is_number = !text.empty() && all(digit_character, text) && error == std::errc{} &&
                         end == text.data() + text.size() && length <= length_max;
  if (!is_number) return tl::unexpected(Refusal::content_length_malformed);
  return length;
}

// True: the body is chunked and nothing else.
tl::expected<bool, Refusal> is_chunked(std::string_view head, const Fields& fields, Version version) {
  if (fields.count(FieldId::transfer_encoding) == 0) return false;
  if (version == Version::http_1_0) return tl::unexpected(Refusal::coding_in_1_0);
  unsigned chunked = 0, others = 0;
  bool is_last = false;
  for (const Field& field : fields) {
    if (field.id != FieldId::transfer_encoding) continue;
    for_each_element(text_of(head, field.value), [&](std::string_view coding) {
      is_last = equals_ignoring_case(coding, "chunked");
      ++(is_last ? chunked : others);
      return true;
    });
  }
  if (chunked != 1 || !is_last) return tl::unexpected(Refusal::coding_not_chunked_once);
  if (others > 0) return tl::unexpected(Refusal::coding_unknown);
  return true;
}

tl::expected<std::optional<Framing>, Refusal> told_framing(std::string_view head, const Fields& fields,
                                                           Version version) {
  const auto length = content_length(head, fields);
  if (!length) return tl::unexpected(length.error());
  const auto chunked = is_chunked(head, fields, version);
  if (!chunked) return tl::unexpected(chunked.error());
  if (*chunked && *length) return tl::unexpected(Refusal::length_and_coding);
  if (*chunked) return Framing{Framing::Kind::chunked, 0};
  if (*length) return Framing{Framing::Kind::length, **length};
  return std::nullopt;
}

}  // namespace

tl::expected<Framing, Refusal> framing_of_request(std::string_view head, const Fields& fields, Version version) {
  return told_framing(head, fields, version).map([](const auto& told) { return told.value_or(Framing{}); });
}

tl::expected<Framing, Refusal> framing_of_response(std::string_view head, const Fields& fields, Version version,
                                                   std::uint16_t status, bool is_bodiless) {
  const bool has_none = is_bodiless || status / 100 == 1 || status == 204 || status == 304;
  return told_framing(head, fields, version).map([&](const auto& told) {
    return has_none ? Framing{} : told.value_or(Framing{Framing::Kind::until_close, 0});
  });
}

bool has_element(std::string_view head, const Fields& fields, FieldId id, std::string_view lower_case) {
  for (const Field& field : fields) {
    if (field.id != id) continue;
    const auto differs = [&](std::string_view element) { return !equals_ignoring_case(element, lower_case); };
    if (!for_each_element(text_of(head, field.value), differs)) return true;
  }
  return false;
}

bool keeps_alive(std::string_view head, const Fields& fields, Version version) {
  if (has_element(head, fields, FieldId::connection, "close")) return false;
  return version == Version::http_1_1 || has_element(head, fields, FieldId::connection, "keep-alive");
}

}  // namespace poise::l7::http1
