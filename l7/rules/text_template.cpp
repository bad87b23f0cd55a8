#include "l7/rules/text_template.hpp"

#include <array>
#include <charconv>

#include "l7/rules/text_matcher.hpp"

namespace poise::l7::rules {
namespace {

constexpr int groups_max = 10;

void append_number(std::string& to, std::uint64_t number, int base = 10) {
  std::array<char, 20> room;
  const auto done = std::to_chars(room.data(), room.data() + room.size(), number, base);
  to.append(room.data(), done.ptr);
}

void append_address(std::string& to, const IpAddr& address) {
  IpText room;
  to.append(to_text(address, room));
}

// Of who speaks with whom, when, and as the how manieth of which proxy.
void append_identity(std::string& to, const Subject& subject) {
  if (subject.ends != nullptr) {
    for (const std::uint8_t octet : subject.ends->source.octets) {
      to += "0123456789abcdef"[octet >> 4];
      to += "0123456789abcdef"[octet & 15];
    }
    to += '-';
    append_number(to, subject.ends->source_port, 16);
    to += '-';
  }
  append_number(to, subject.identity.began_ms, 16);
  to += '-';
  append_number(to, subject.identity.number, 16);
  to += '-';
  append_number(to, subject.identity.proxy, 16);
}

// The last value of a header; of a list its last element.
std::string_view last_header(const EditedFields& fields, std::string_view name, bool is_whole) {
  std::string_view last;
  fields.for_each_of(name, [&](const EditedFields::Each& field) {
    last = field.value;
    return true;
  });
  const std::size_t comma = is_whole ? std::string_view::npos : last.rfind(',');
  return comma == std::string_view::npos ? last : http1::trimmed(last.substr(comma + 1));
}

void append_of_request(std::string& to, const config::TextPiece& piece, const Subject& subject) {
  const EditedRequest& request = *subject.request;
  const auto take = [&](std::string_view value) {
    to.append(value);
    return true;
  };
  switch (piece.placeholder) {
    using enum config::Placeholder;
    case method:
      return void(take(request.method()));
    case path:
      return void(take(request.path()));
    case query:
      return void(take(request.query()));
    case url:
      return void(take(request.url(subject.room)));
    case host:
      return void(take(request.host()));
    case request_header:
      return void(take(last_header(request.fields, piece.text, false)));
    case request_header_whole:
      return void(take(last_header(request.fields, piece.text, true)));
    case request_cookie:
      return void(any_cookie(request.fields, piece.text, take));
    case url_parameter:
      return void(any_parameter(request.query(), piece.text, take));
    default:
      return;
  }
}

void append_of_response(std::string& to, const config::TextPiece& piece, const EditedResponse& response) {
  if (piece.placeholder == config::Placeholder::status) return append_number(to, response.status());
  const bool is_whole = piece.placeholder == config::Placeholder::response_header_whole;
  to.append(last_header(response.fields, piece.text, is_whole));
}

void append_piece(std::string& to, const config::TextPiece& piece, const Subject& subject) {
  if (!piece.is_placeholder) {
    to.append(piece.text);
    return;
  }
  if (is_of_request(piece.placeholder)) {
    if (subject.request != nullptr) append_of_request(to, piece, subject);
    return;
  }
  if (is_of_response(piece.placeholder)) {
    if (subject.response != nullptr) append_of_response(to, piece, *subject.response);
    return;
  }
  switch (piece.placeholder) {
    using enum config::Placeholder;
    case src:
      return append_address(to, subject.ends->source);
    case src_port:
      return append_number(to, subject.ends->source_port);
    case dst:
      return append_address(to, subject.ends->destination);
    case dst_port:
      return append_number(to, subject.ends->destination_port);
    case sni:
      to.append(subject.sni);
      return;
    case unique_id:
      return append_identity(to, subject);
    default:
      return;
  }
}

}  // namespace

// Names of headers are compared in lower case.
TextTemplate::TextTemplate(std::string_view text) {
  if (auto pieces = config::parse_placeholders(text)) pieces_ = std::move(*pieces);
  for (config::TextPiece& piece : pieces_) {
    using enum config::Placeholder;
    const bool is_header =
        piece.is_placeholder && (piece.placeholder == request_header || piece.placeholder == request_header_whole ||
                                 piece.placeholder == response_header || piece.placeholder == response_header_whole);
    if (is_header) std::transform(piece.text.begin(), piece.text.end(), piece.text.begin(), http1::lower);
  }
}

void TextTemplate::append_to(std::string& to, const Subject& subject) const {
  for (const config::TextPiece& piece : pieces_) append_piece(to, piece, subject);
}

Replacement::Replacement(std::string_view pattern, std::string_view with)
    : expression_(make_expression(std::string(pattern))) {
  if (const auto pieces = config::parse_replacement(with))
    for (const config::ReplacementPiece& piece : *pieces) pieces_.push_back({TextTemplate(piece.text), piece.group});
}

bool Replacement::append_to(std::string& to, std::string_view text, const Subject& subject) const {
  std::array<re2::StringPiece, groups_max> groups;
  const int count = expression_ == nullptr ? 0 : std::min(expression_->NumberOfCapturingGroups() + 1, groups_max);
  const bool is_match = count > 0 && expression_->Match({text.data(), text.size()}, 0, text.size(),
                                                        re2::RE2::UNANCHORED, groups.data(), count);
  if (!is_match) return false;
  for (const Piece& piece : pieces_) {
    piece.text.append_to(to, subject);
    if (piece.group >= 0 && piece.group < count)
      to.append(groups[std::size_t(piece.group)].data(), groups[std::size_t(piece.group)].size());
  }
  return true;
}

}  // namespace poise::l7::rules
