#include "l7/http1/response.hpp"

#include "l7/http1/version.hpp"

namespace poise::l7::http1 {
namespace {

constexpr std::size_t version_length = 8, status_length = 3;

// HTTP-version SP 3DIGIT [ SP reason-phrase ]
tl::expected<std::size_t, Refusal> parse_line(std::string_view head, ResponseHead& into) {
  const auto line = line_at(head, 0);
  if (!line) return tl::unexpected(line.error());
  const std::string_view text = head.substr(0, line->end);
  const auto version = parse_version(text.substr(0, version_length));
  if (!version) return tl::unexpected(version.error());
  into.version = *version;
  const std::string_view rest = text.substr(version_length);
  if (rest.size() < 1 + status_length || rest[0] != ' ') return tl::unexpected(Refusal::status_code);
  const std::string_view digits = rest.substr(1, status_length), reason = rest.substr(1 + status_length);
  if (!all(digit_character, digits)) return tl::unexpected(Refusal::status_code);
  into.status = std::uint16_t((digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0'));
  if (into.status < 100 || into.status > 599) return tl::unexpected(Refusal::status_code);
  if (!reason.empty() && reason[0] != ' ') return tl::unexpected(Refusal::status_code);
  if (!all(value_character, reason)) return tl::unexpected(Refusal::field_value);
  const std::size_t at = std::min(version_length + 1 + status_length + 1, line->end);
  into.reason = {std::uint16_t(at), std::uint16_t(line->end - at)};
  return line->next;
}

}  // namespace

tl::expected<void, Refusal> parse_response(std::string_view head, Method method, ResponseHead& into) {
  if (head.size() > head_max) return tl::unexpected(Refusal::head_too_large);
  const auto fields_at = parse_line(head, into);
  if (!fields_at) return tl::unexpected(fields_at.error());
  if (const auto parsed = into.fields.parse(head, *fields_at); !parsed) return parsed;
  const bool is_taken = method == Method::connect && into.status / 100 == 2;
  const auto framing =
      framing_of_response(head, into.fields, into.version, into.status, method == Method::head || is_taken);
  if (!framing) return tl::unexpected(framing.error());
  into.framing = *framing;
  into.keeps_alive = framing->kind != Framing::Kind::until_close && keeps_alive(head, into.fields, into.version);
  return {};
}

}  // namespace poise::l7::http1
