#include "config/placeholders.hpp"

#include <algorithm>
#include <optional>

#include "config/spelling.hpp"

namespace poise::config {
namespace {

struct Known {
  std::string_view name;
  Placeholder placeholder;
  bool has_name = false;
};
constexpr Known known[] = {
    {"src", Placeholder::src},
    {"src_port", Placeholder::src_port},
    {"dst", Placeholder::dst},
    {"dst_port", Placeholder::dst_port},
    {"method", Placeholder::method},
    {"path", Placeholder::path},
    {"query", Placeholder::query},
    {"url", Placeholder::url},
    {"host", Placeholder::host},
    {"req.hdr", Placeholder::request_header, true},
    {"req.fhdr", Placeholder::request_header_whole, true},
    {"req.cook", Placeholder::request_cookie, true},
    {"url_param", Placeholder::url_parameter, true},
    {"ssl_fc_sni", Placeholder::sni},
    {"req.ssl_sni", Placeholder::sni},
    {"unique_id", Placeholder::unique_id},
    {"status", Placeholder::status},
    {"res.hdr", Placeholder::response_header, true},
    {"res.fhdr", Placeholder::response_header_whole, true},
};

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

tl::expected<TextPiece, Problem> parse_one(std::string_view text) {
  const std::size_t open = std::min(text.find('('), text.size());
  const std::string_view name = text.substr(0, open);
  std::vector<std::string_view> names;
  for (const Known& each : known) {
    names.push_back(each.name);
    if (each.name != name) continue;
    TextPiece piece{"", true, each.placeholder};
    if (!each.has_name && open == text.size()) return piece;
    const bool is_whole = each.has_name && open + 2 < text.size() && text.find(')') == text.size() - 1;
    if (!is_whole)
      return tl::unexpected(Problem{quoted("%[" + std::string(text) + "]") + " is not complete",
                                    each.has_name ? "write it like \"%[" + std::string(name) + "(name)]\""
                                                  : "write \"%[" + std::string(name) + "]\""});
    piece.text = text.substr(open + 1, text.size() - open - 2);
    return piece;
  }
  return tl::unexpected(Problem{"there is no placeholder " + quoted(name),
                                did_you_mean(name, names, "use one of those that docs/l7.md lists")});
}

}  // namespace

std::string_view name_of(Placeholder placeholder) {
  for (const Known& each : known)
    if (each.placeholder == placeholder) return each.name;
  return "";
}

tl::expected<std::vector<TextPiece>, Problem> parse_placeholders(std::string_view text) {
  std::vector<TextPiece> pieces;
  std::string plain;
  const auto end_plain = [&] {
    if (!plain.empty()) pieces.push_back({plain});
    plain.clear();
  };
  while (!text.empty()) {
    const bool is_placeholder = text.starts_with("%[");
    if (!is_placeholder) {
      plain += text[0];
      text.remove_prefix(text.starts_with("%%") ? 2 : 1);
      continue;
    }
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos)
      return tl::unexpected(Problem{"a placeholder has no end", "write \"]\" behind it; \"%%[\" is the text \"%[\""});
    auto piece = parse_one(text.substr(2, close - 2));
    if (!piece) return tl::unexpected(piece.error());
    end_plain();
    pieces.push_back(std::move(*piece));
    text.remove_prefix(close + 1);
  }
  end_plain();
  return pieces;
}

bool has_any(std::string_view text, bool (*is_one)(Placeholder)) {
  const auto pieces = parse_placeholders(text);
  return pieces && std::ranges::any_of(*pieces, [&](const TextPiece& piece) {
           return piece.is_placeholder && is_one(piece.placeholder);
         });
}

tl::expected<std::vector<ReplacementPiece>, Problem> parse_replacement(std::string_view text) {
  std::vector<ReplacementPiece> pieces;
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\') {
      plain += text[at];
      continue;
    }
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    ++at;
    if (next == '\\') {
      plain += next;
    } else if (next >= '0' && next <= '9') {
      pieces.push_back({std::exchange(plain, {}), next - '0'});
    } else {
      return tl::unexpected(Problem{"a backslash in it is followed by no digit",
                                    "write \\1 for the first group of the "
                                    "expression, \\\\ for a backslash"});
    }
  }
  if (!plain.empty() || pieces.empty()) pieces.push_back({plain, -1});
  return pieces;
}

}  // namespace poise::config
