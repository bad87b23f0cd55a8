#pragma once
#include <algorithm>
#include <type_traits>

#include "config/choices_rules.hpp"
#include "config/fields.hpp"
#include "config/types/limits.hpp"

// Field tables: content rules.
namespace poise::config {

// The fields of a struct whose first member is of another one: that one's, and its own.
template <class Outer, auto first, std::size_t count>
constexpr auto with_fields_of_first(const std::array<Field, count>& own) {
  using First = decltype(member_of(first));
  static_assert(std::is_standard_layout_v<Outer>);  // so that a pointer to it is one to its first member
  std::array<Field, std::tuple_size_v<decltype(fields<First>)> + count> all{};
  std::copy(own.begin(), own.end(), std::copy(fields<First>.begin(), fields<First>.end(), all.begin()));
  return all;
}

inline constexpr Rule values_rule{.count_max = limits::rule_values};

template <>
inline constexpr auto fields<TextMatch> = std::array{
    field<&TextMatch::exact>("exact", values_rule, "it is one of these"),
    field<&TextMatch::prefix>("prefix", values_rule, "or begins with one of these"),
    field<&TextMatch::suffix>("suffix", values_rule, "or ends with one of these"),
    field<&TextMatch::substring>("substring", values_rule, "or has one of these somewhere"),
    field<&TextMatch::regex>("regex", {.count_max = limits::rule_groups},
                             "or one of these regular expressions (RE2) matches somewhere in it"),
    field<&TextMatch::file>("file", {.format = Format::file},
                            "a file of more values, one a line; read when a configuration is applied; lines that begin "
                            "with \"#\" do not count"),
    field<&TextMatch::file_as>("file_as", {}, "how the values of the file are compared"),
    field<&TextMatch::case_insensitive>("case_insensitive", {}, "upper and lower case are the same")};

template <>
inline constexpr auto fields<NamedMatch> = with_fields_of_first<NamedMatch, &NamedMatch::text>(std::array{
    field<&NamedMatch::name>("name", {.required = true}, "its name"),
    field<&NamedMatch::present>("present", {},
                                "true: it is there, whatever its value; false: it is not; unset and no values given: "
                                "true"),
    field<&NamedMatch::min>("min", {}, "it is a whole number, and not below this"),
    field<&NamedMatch::max>("max", {}, "it is a whole number, and not above this")});

template <>
inline constexpr auto fields<CounterMatch> =
    std::array{field<&CounterMatch::data>("data", {.required = true}, "what is counted"),
               field<&CounterMatch::counter>("counter", {.max = 2},
                                             "which tracked entry: sc0, sc1 or sc2; without one it does not hold"),
               field<&CounterMatch::above>("above", {}, "it is more than this"),
               field<&CounterMatch::below>("below", {}, "it is less than this")};

template <>
inline constexpr auto fields<MatchGroup> = std::array{
    field<&MatchGroup::path>("path", {}, "the path of the request, as rules before this one have left it"),
    field<&MatchGroup::query>("query", {}, "what stands behind \"?\" in the target of the request"),
    field<&MatchGroup::url>("url", {}, "path and query together"),
    field<&MatchGroup::host>("host", {}, "the host that is asked for, without a port; case does not matter"),
    field<&MatchGroup::sni>("sni", {}, "the server name of a TLS client's first message; for connections"),
    field<&MatchGroup::methods>("methods", values_rule, "one of these methods"),
    field<&MatchGroup::headers>("headers", {.count_max = limits::rule_groups},
                                "headers of the request: of each, any value that it has"),
    field<&MatchGroup::parameters>("parameters", {.count_max = limits::rule_groups}, "parameters of the query"),
    field<&MatchGroup::cookies>("cookies", {.count_max = limits::rule_groups}, "cookies of the request"),
    field<&MatchGroup::source>("source", values_rule, "the client's address is in one of these prefixes"),
    field<&MatchGroup::source_file>("source_file", {.format = Format::file},
                                    "a file of more prefixes, one a line, as `file` of a text"),
    field<&MatchGroup::destination_ports>("destination_ports", values_rule, "the port that the client connected to"),
    field<&MatchGroup::statuses>("statuses", {.count_max = limits::rule_groups},
                                 "the status of the response, each a number or a range: \"404\", \"500-599\""),
    field<&MatchGroup::response_headers>("response_headers", {.count_max = limits::rule_groups},
                                         "headers of the response"),
    field<&MatchGroup::tracked>("tracked", {.count_max = limits::rule_groups},
                                "what the tracked entries of stick tables count: limits")};

template <>
inline constexpr auto fields<Match> = with_fields_of_first<Match, &Match::all>(std::array{
    field<&Match::any>("any", {.count_max = limits::rule_groups}, "besides, all conditions of one of these must hold"),
    field<&Match::none>("not", {.count_max = limits::rule_groups},
                        "of none of these may all conditions hold; [{a}, {b}]: neither a nor b")});

template <>
inline constexpr auto fields<HeaderValue> = std::array{
    field<&HeaderValue::name>("name", {.required = true}, "name of the header"),
    field<&HeaderValue::value>("value", {.required = true}, "its value, in which placeholders like %[src] are filled")};

template <>
inline constexpr auto fields<HeaderName> =
    std::array{field<&HeaderName::name>("name", {.required = true}, "name of the header, or a part of it"),
               field<&HeaderName::compare>("compare", {}, "how names are compared with it")};

template <>
inline constexpr auto fields<HeaderPattern> = std::array{
    field<&HeaderPattern::name>("name", {.required = true}, "name of the header; of each of its lines"),
    field<&HeaderPattern::regex>("regex", {.required = true}, "regular expression (RE2) that matches in the value"),
    field<&HeaderPattern::with>("with", {.required = true},
                                "what stands in place of the whole value then; \\\\1 to \\\\9 are what groups of the "
                                "expression matched, placeholders are filled")};

template <>
inline constexpr auto fields<PathPattern> = std::array{
    field<&PathPattern::regex>("regex", {.required = true}, "regular expression (RE2) that matches in the path"),
    field<&PathPattern::with>("with", {.required = true},
                              "what stands in place of the whole path then; \\\\1 to \\\\9")};

template <>
inline constexpr auto fields<RedirectAction> = std::array{
    field<&RedirectAction::location>("location", {}, "where to, whole; placeholders are filled"),
    field<&RedirectAction::prefix>("prefix", {}, "this, with the path and query of the request behind it"),
    field<&RedirectAction::scheme>("scheme", {}, "this scheme, with the same host, path and query: \"https\""),
    field<&RedirectAction::code>("code", {.min = 301, .max = 308}, "301, 302, 303, 307 or 308"),
    field<&RedirectAction::drop_query>("drop_query", {}, "prefix, scheme: without the query"),
    field<&RedirectAction::append_slash>("append_slash", {},
                                         "with drop_query: a path that does not end with / gets one"),
    field<&RedirectAction::ignore_empty>("ignore_empty", {}, "where the location is empty the rule does not count"),
    field<&RedirectAction::set_cookie>("set_cookie", {}, "a cookie to set on the way: \"SEEN=1\""),
    field<&RedirectAction::clear_cookie>("clear_cookie", {}, "a cookie to take away on the way")};

template <>
inline constexpr auto fields<DenyAction> =
    std::array{field<&DenyAction::status>("status", {.min = 400, .max = 599}, "unset: 403, for a response 502"),
               field<&DenyAction::content_type>("content_type", {}, "of body or file; unset: text/html"),
               field<&DenyAction::body>("body", {}, "what is said; unset: the page of the status"),
               field<&DenyAction::file>("file", {.format = Format::file}, "the same, from a file")};

template <>
inline constexpr auto fields<ReturnAction> = std::array{
    field<&ReturnAction::status>("status", {.min = 200, .max = 599}, "status of the answer"),
    field<&ReturnAction::content_type>("content_type", {}, "of body or file; unset: text/html"),
    field<&ReturnAction::body>("body", {}, "what is said"),
    field<&ReturnAction::file>("file", {.format = Format::file}, "the same, from a file"),
    field<&ReturnAction::headers>("headers", {.count_max = limits::rule_groups}, "more headers of the answer")};

template <>
inline constexpr auto fields<TarpitAction> =
    std::array{field<&TarpitAction::status>("status", {.min = 400, .max = 599}, "status of the answer in the end")};

template <>
inline constexpr auto fields<PriorityAction> =
    std::array{field<&PriorityAction::priority_class>("class", {.min = std::uint64_t(-2047), .max = 2047},
                                                      "a lower one is served first; 0 is everyone's"),
               field<&PriorityAction::offset_ms>("offset_ms", {.min = std::uint64_t(-524287), .max = 524287},
                                                 "within a class: as if it had come so much later")};

template <>
inline constexpr auto fields<StatusAction> =
    std::array{field<&StatusAction::status>("status", {.min = 200, .max = 599, .required = true}, "the new status"),
               field<&StatusAction::reason>("reason", {}, "the words behind it; unset: the usual ones")};

template <>
inline constexpr auto fields<CaptureAction> =
    std::array{field<&CaptureAction::value>("value", {.required = true}, "what is noted, with placeholders"),
               field<&CaptureAction::length_max>("length_max", {.min = 1, .max = 1024}, "what is longer is cut")};

template <>
inline constexpr auto fields<RequestRule> = std::array{
    field<&RequestRule::match>("match", {}, "what the request must be like; unset: every one is"),
    field<&RequestRule::allow>("allow", {}, "the rules behind this one do not count"),
    field<&RequestRule::deny>("deny", {}, "refused with a page"),
    field<&RequestRule::tarpit>("tarpit", {}, "held for timeouts.tarpit_ms, and then refused"),
    field<&RequestRule::reject>("reject", {}, "the connection is closed without an answer"),
    field<&RequestRule::silent_drop>("silent_drop", {}, "the connection is forgotten and the client not told"),
    field<&RequestRule::redirect>("redirect", {}, "sent elsewhere"),
    field<&RequestRule::answer>("return", {}, "answered here"),
    field<&RequestRule::add_header>("add_header", {}, "one more header"),
    field<&RequestRule::set_header>("set_header", {}, "this header in place of all that have its name"),
    field<&RequestRule::del_header>("del_header", {}, "headers are taken away"),
    field<&RequestRule::replace_header>("replace_header", {}, "values of a header are rewritten"),
    field<&RequestRule::set_path>("set_path", {}, "a new path; the query stays; placeholders are filled"),
    field<&RequestRule::replace_path>("replace_path", {}, "the path is rewritten"),
    field<&RequestRule::set_query>("set_query", {}, "a new query; placeholders are filled"),
    field<&RequestRule::set_method>("set_method", {}, "a new method; not from or to HEAD or CONNECT"),
    field<&RequestRule::set_priority>("set_priority", {}, "where in a queue it waits, if it has to"),
    field<&RequestRule::capture>("capture", {}, "noted in the log behind the captured headers; in frontends"),
    field<&RequestRule::no_log>("no_log", {}, "no line in the log")};

template <>
inline constexpr auto fields<ResponseRule> = std::array{
    field<&ResponseRule::match>("match", {}, "what the response must be like; unset: every one is"),
    field<&ResponseRule::allow>("allow", {}, "the rules behind this one do not count"),
    field<&ResponseRule::deny>("deny", {}, "not passed on: a page instead"),
    field<&ResponseRule::add_header>("add_header", {}, "one more header"),
    field<&ResponseRule::set_header>("set_header", {}, "this header in place of all that have its name"),
    field<&ResponseRule::del_header>("del_header", {}, "headers are taken away"),
    field<&ResponseRule::replace_header>("replace_header", {}, "values of a header are rewritten"),
    field<&ResponseRule::set_status>("set_status", {}, "another status, with the same body"),
    field<&ResponseRule::capture>("capture", {}, "noted in the log behind the captured headers; in frontends"),
    field<&ResponseRule::no_log>("no_log", {}, "no line in the log")};

template <>
inline constexpr auto fields<ConnectionRule> =
    std::array{field<&ConnectionRule::match>("match", {}, "source, destination_ports and sni; unset: every connection"),
               field<&ConnectionRule::accept>("accept", {}, "the rules behind this one do not count"),
               field<&ConnectionRule::reject>("reject", {}, "closed"),
               field<&ConnectionRule::silent_drop>("silent_drop", {}, "forgotten, and the client not told")};

template <>
inline constexpr auto fields<BackendMap> = std::array{
    field<&BackendMap::key>("key", {.required = true}, "what is looked up, with placeholders: \"%[host]\""),
    field<&BackendMap::file>("file", {.format = Format::file, .required = true},
                             "a file of lines \"key backend\"; read when a configuration is applied"),
    field<&BackendMap::compare>("compare", {}, "of several keys that fit, the longest counts; not substring or regex"),
    field<&BackendMap::case_insensitive>("case_insensitive", {}, "upper and lower case are the same"),
    field<&BackendMap::otherwise>("default", {.format = Format::name},
                                  "the backend for other keys; unset: the next rule is asked")};

template <>
inline constexpr auto fields<BackendRule> = std::array{
    field<&BackendRule::match>("match", {}, "what the request, or connection, must be like; unset: every one is"),
    field<&BackendRule::backend>("backend", {.format = Format::name}, "the backend, HAProxy's use_backend"),
    field<&BackendRule::map>("map", {}, "or the backend that a file names")};

template <>
inline constexpr auto fields<ErrorPage> = std::array{
    field<&ErrorPage::status>("status", {.min = 400, .max = 599, .required = true}, "status whose page it is"),
    field<&ErrorPage::content_type>("content_type", {}, "content type"),
    field<&ErrorPage::body>("body", {}, "the page"),
    field<&ErrorPage::file>("file", {.format = Format::file}, "or a file that has it")};

template <>
inline constexpr auto fields<Forwarded> =
    std::array{field<&Forwarded::proto>("proto", {}, "the client's protocol"),
               field<&Forwarded::host>("host", {}, "the host that it asked for"),
               field<&Forwarded::by>("by", {}, "the address that it connected to"),
               field<&Forwarded::by_port>("by_port", {}, "with the port"),
               field<&Forwarded::client>("for", {}, "its address"),
               field<&Forwarded::client_port>("for_port", {}, "with the port")};

template <>
inline constexpr auto fields<OriginalTo> =
    std::array{field<&OriginalTo::header>("header", {}, "name of the header"),
               field<&OriginalTo::except>("except", {}, "destinations that it is not added for")};

inline constexpr std::string_view request_rules_help =
    "what is done to requests; the first rule that ends a request, by deny, redirect and such, is the last";
inline constexpr std::string_view response_rules_help =
    "what is done to responses, those of the backend before those of the frontend";
inline constexpr std::string_view error_pages_help = "pages of our own for statuses, instead of the usual ones";

}  // namespace poise::config
