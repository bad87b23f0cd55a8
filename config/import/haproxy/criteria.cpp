#include <algorithm>
#include <array>
#include <bit>

#include "config/checks.hpp"
#include "config/import/haproxy/acls.hpp"

// Criteria of ACLs, such as "hdr_beg(host) -i www.", to conditions of ours.
namespace poise::config::importing::haproxy {
namespace {

using nlohmann::json;

// What a criterion looks at: its fetch, how it is compared, and what becomes of the value before.
struct Criterion {
  std::string name, argument;
  std::string method;  // "str", "beg", ...; "": as the fetch does by itself
  std::vector<std::string> converters, files, values;
  bool ignores_case = false;
};

enum class Kind : std::uint8_t { text, named, method, source, port, status, always, never };
struct Fetch {
  std::string_view name;
  Kind kind;
  const char* field = "";
};
constexpr std::array fetches = {
    Fetch{"path", Kind::text, "path"},
    Fetch{"url", Kind::text, "url"},
    Fetch{"pathq", Kind::text, "url"},
    Fetch{"query", Kind::text, "query"},
    Fetch{"req.ssl_sni", Kind::text, "sni"},
    Fetch{"req_ssl_sni", Kind::text, "sni"},
    Fetch{"hdr", Kind::named, "headers"},
    Fetch{"req.hdr", Kind::named, "headers"},
    Fetch{"req.fhdr", Kind::named, "headers"},
    Fetch{"hdr_val", Kind::named, "headers"},
    Fetch{"req.hdr_val", Kind::named, "headers"},
    Fetch{"shdr", Kind::named, "response_headers"},
    Fetch{"res.hdr", Kind::named, "response_headers"},
    Fetch{"res.fhdr", Kind::named, "response_headers"},
    Fetch{"cook", Kind::named, "cookies"},
    Fetch{"req.cook", Kind::named, "cookies"},
    Fetch{"urlp", Kind::named, "parameters"},
    Fetch{"url_param", Kind::named, "parameters"},
    Fetch{"method", Kind::method},
    Fetch{"src", Kind::source},
    Fetch{"dst_port", Kind::port},
    Fetch{"status", Kind::status},
    Fetch{"always_true", Kind::always},
    Fetch{"req.proto_http", Kind::always},
    Fetch{"req_proto_http", Kind::always},
    Fetch{"wait_end", Kind::always},
    Fetch{"always_false", Kind::never},
    Fetch{"ssl_fc", Kind::never},  // no client comes over TLS that ends here
};

const Fetch* find_fetch(std::string_view name) {
  const auto found = std::find_if(fetches.begin(), fetches.end(), [&](const Fetch& each) { return each.name == name; });
  return found == fetches.end() ? nullptr : &*found;
}

// "hdr_beg(host),lower" taken apart; the method that a name such as hdr_beg stands for.
std::optional<Criterion> parse_name(std::string_view word) {
  Criterion criterion;
  const std::size_t end = std::min(word.find_first_of("(,"), word.size());
  criterion.name = word.substr(0, end);
  word.remove_prefix(end);
  if (word.starts_with('(')) {
    const std::size_t close = word.find(')');
    if (close == std::string_view::npos) return std::nullopt;
    criterion.argument = word.substr(1, close - 1);
    word.remove_prefix(close + 1);
  }
  while (word.starts_with(',')) {
    word.remove_prefix(1);
    std::size_t length = 0, depth = 0;
    for (; length < word.size() && (depth > 0 || word[length] != ','); ++length) {
      if (word[length] == '(') ++depth;
      if (word[length] == ')' && depth > 0) --depth;
    }
    criterion.converters.emplace_back(word.substr(0, length));
    word.remove_prefix(length);
  }
  if (!word.empty()) return std::nullopt;
  if (find_fetch(criterion.name) == nullptr)
    for (const std::string_view method : {"beg", "end", "sub", "reg", "dir", "dom", "len"})
      if (criterion.name.ends_with("_" + std::string(method))) {
        criterion.method = method;
        criterion.name.resize(criterion.name.size() - method.size() - 1);
      }
  return criterion;
}

// Flags and values. What is wrong with them, or "".
std::string read_flags(Criterion& criterion, std::span<const std::string> words) {
  bool are_flags = true;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    const bool is_flag = are_flags && word.size() >= 2 && word[0] == '-' && (word[1] < '0' || word[1] > '9');
    if (!is_flag) {
      are_flags = false;
      criterion.values.push_back(word);
      continue;
    }
    const bool has_value = word == "-f" || word == "-m" || word == "-u";
    if (has_value && i + 1 >= words.size()) return "\"" + word + "\" needs a value";
    if (word == "-i") criterion.ignores_case = true;
    if (word == "-f") criterion.files.push_back(words[i + 1]);
    if (word == "-m") criterion.method = words[i + 1];
    if (word == "-M") return "values are not taken from maps";
    if (word == "--") are_flags = false;
    if (has_value) ++i;
  }
  return "";
}

std::string escaped(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (std::string_view("\\^$.|?*+()[]{}").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

// A part between delimiters, as -m dir and -m dom find it.
std::string pattern_of_word(std::string_view word, std::string_view delimiters) {
  while (!word.empty() && delimiters.find(word.front()) != std::string_view::npos) word.remove_prefix(1);
  while (!word.empty() && delimiters.find(word.back()) != std::string_view::npos) word.remove_suffix(1);
  const std::string set = "[" + std::string(delimiters) + "]";
  return "(?:^|" + set + ")" + escaped(word) + "(?:$|" + set + ")";
}

// The values as lists of a text. What cannot be said, or "".
std::string texts_of(const Criterion& criterion, json& text) {
  struct Row {
    std::string_view theirs;
    const char* ours;
  };
  constexpr Row rows[] = {{"str", "exact"},     {"", "exact"},    {"beg", "prefix"}, {"end", "suffix"},
                          {"sub", "substring"}, {"reg", "regex"}, {"dir", "regex"},  {"dom", "regex"}};
  const auto row =
      std::find_if(std::begin(rows), std::end(rows), [&](const Row& each) { return each.theirs == criterion.method; });
  if (row == std::end(rows)) return "it cannot be compared by \"" + criterion.method + "\"";
  for (const std::string& value : criterion.values) {
    std::string own = value;
    if (criterion.method == "dir") own = pattern_of_word(value, "/?");
    if (criterion.method == "dom") own = pattern_of_word(value, "/?.:");
    if (std::string_view(row->ours) == "regex")
      if (const std::string why = why_no_pattern(own); !why.empty())
        return "\"" + value + "\" is no expression that RE2 takes: " + why;
    text[row->ours].push_back(std::move(own));
  }
  if (criterion.files.size() > 1) return "values come from one file at most";
  if (!criterion.files.empty()) {
    if (criterion.method == "dir" || criterion.method == "dom") return "a file has no parts between delimiters";
    text["file"] = criterion.files[0];
    if (std::string_view(row->ours) != "exact") text["file_as"] = row->ours;
  }
  if (criterion.ignores_case) text["case_insensitive"] = true;
  return criterion.values.empty() && criterion.files.empty() ? "it has no values" : "";
}

struct Range {
  std::uint64_t min = 0, max = UINT32_MAX;
};

// "5", "5:10", "5:"; what an operator before it makes of it.
std::optional<Range> range_of(const std::string& text, const std::string& comparison, std::uint64_t limit) {
  const std::size_t colon = text.find(':');
  const auto first = read_number(text.substr(0, colon), 0, limit);
  if (colon != std::string::npos) {
    const std::string rest = text.substr(colon + 1);
    const auto last = rest.empty() ? Result<std::uint64_t>(limit) : read_number(rest, 0, limit);
    if (!first || !last || *last < *first || (comparison != "eq" && !comparison.empty())) return std::nullopt;
    return Range{*first, *last};
  }
  if (!first) return std::nullopt;
  if (comparison == "gt" && *first < limit) return Range{*first + 1, limit};
  if (comparison == "ge") return Range{*first, limit};
  if (comparison == "lt" && *first > 0) return Range{0, *first - 1};
  if (comparison == "le") return Range{0, *first};
  if (comparison == "eq" || comparison.empty()) return Range{*first, *first};
  return std::nullopt;
}

// The values as ranges of whole numbers, with operators among them; nothing: they are none.
std::optional<std::vector<Range>> ranges_of(const Criterion& criterion, std::uint64_t limit) {
  constexpr std::array<std::string_view, 5> comparisons = {"eq", "gt", "ge", "lt", "le"};
  std::vector<Range> ranges;
  std::string comparison;
  for (const std::string& value : criterion.values) {
    if (std::find(comparisons.begin(), comparisons.end(), value) != comparisons.end()) {
      comparison = value;
      continue;
    }
    const auto range = range_of(value, comparison, limit);
    if (!range) return std::nullopt;
    ranges.push_back(*range);
  }
  return ranges.empty() || !criterion.files.empty() ? std::nullopt : std::optional(ranges);
}

std::string text_of_range(const Range& range) {
  return range.min == range.max ? std::to_string(range.min)
                                : std::to_string(range.min) + "-" + std::to_string(range.max);
}

// A host's name is looked at without its port when a converter takes that away.
bool is_host_alone(const Criterion& criterion) {
  const bool is_host = criterion.argument.size() == 4 && (criterion.argument == "host" || criterion.argument == "Host");
  return is_host && std::any_of(criterion.converters.begin(), criterion.converters.end(), [](const std::string& each) {
           return each == "host_only" || each == "field(1,:)" || each == "word(1,:)" || each == "field(1,':')";
         });
}

// What converters do: nothing but case, and the port of a host. What cannot be said, or "".
std::string take_converters(Criterion& criterion, bool& is_host) {
  is_host = is_host_alone(criterion);
  for (const std::string& each : criterion.converters) {
    if (each == "lower" || each == "upper")
      criterion.ignores_case = true;
    else if (!is_host || each == "url_dec")
      return "the converter \"" + each + "\" is not here";
  }
  return "";
}

Acl acl_of(const std::string& field, json value) {
  Acl acl;
  acl.any.push_back({field, {{field, std::move(value)}}, false});
  return acl;
}

Acl text_acl(Criterion& criterion, const std::string& field) {
  if (criterion.method == "found") return {{{.field = "", .is_true = true}}, ""};
  json text = json::object();
  const std::string why = texts_of(criterion, text);
  if (!why.empty()) return {{}, why};
  return acl_of(field, std::move(text));
}

Acl number_acl(const Criterion& criterion, const std::string& field) {
  const auto ranges = ranges_of(criterion, UINT32_MAX);
  if (!ranges) return {{}, "its values are no whole numbers"};
  Acl acl;
  for (const Range& range : *ranges) {
    json named{{"name", criterion.argument}, {"min", range.min}};
    if (range.max != UINT32_MAX) named["max"] = range.max;
    acl.any.push_back({field, {{field, json::array({std::move(named)})}}, false});
  }
  return acl;
}

// "sc_http_req_rate(0)" and "sc0_http_req_rate": what is counted, and where; nothing: it is none of these.
struct Counter {
  std::string data;
  std::uint64_t number = 0;
};
std::optional<Counter> counter_of(const Criterion& criterion) {
  constexpr std::array<std::string_view, 12> known = {"gpc0",          "gpc0_rate",    "conn_cnt",      "conn_cur",
                                                      "conn_rate",     "sess_cnt",     "sess_rate",     "http_req_cnt",
                                                      "http_req_rate", "http_err_cnt", "http_err_rate", "gpt0"};
  const std::string& name = criterion.name;
  const bool is_numbered = name.size() > 4 && name[2] >= '0' && name[2] <= '2' && name[3] == '_';
  const std::size_t begin = name.starts_with("sc_") ? 3 : name.starts_with("sc") && is_numbered ? 4 : 0;
  if (begin == 0) return std::nullopt;
  Counter counter{name.substr(begin), 0};
  const std::string number = begin == 3 ? criterion.argument : std::string(1, name[2]);
  const auto read = read_number(number, 0, 2);
  const bool is_known = std::find(known.begin(), known.end(), counter.data) != known.end();
  if (!read || !is_known || (begin == 4 && !criterion.argument.empty())) return std::nullopt;
  counter.number = *read;
  return counter;
}

Acl counter_acl(const Criterion& criterion, const Counter& counter) {
  const auto ranges = ranges_of(criterion, UINT32_MAX);
  if (!ranges) return {{}, "its values are no whole numbers"};
  Acl acl;
  for (const Range& range : *ranges) {
    json tracked{{"data", counter.data}, {"counter", counter.number}};
    if (range.min > 0) tracked["above"] = range.min - 1;
    if (range.max != UINT32_MAX) tracked["below"] = range.max + 1;
    if (tracked.size() == 2) return {{}, "any number would match"};
    acl.any.push_back({"tracked", {{"tracked", json::array({std::move(tracked)})}}, false});
  }
  return acl;
}

Acl named_acl(Criterion& criterion, const std::string& field) {
  if (criterion.argument.empty() || criterion.argument.find(',') != std::string::npos)
    return {{}, "it needs one name in parentheses"};
  const bool is_number = criterion.method == "int" || criterion.name.ends_with("_val");
  if (is_number) return number_acl(criterion, field);
  json named{{"name", criterion.argument}};
  if (criterion.method == "found" || criterion.method == "bool") {
    named["present"] = true;
    return criterion.method == "bool" ? Acl{{}, "it cannot be compared by \"bool\""}
                                      : acl_of(field, json::array({std::move(named)}));
  }
  const std::string why = texts_of(criterion, named);
  if (!why.empty()) return {{}, why};
  return acl_of(field, json::array({std::move(named)}));
}

// "10.0.0.0/8", "10.0.0.0/255.0.0.0", an address, a name.
std::optional<IpPrefix> prefix_of(Mapping& mapping, const std::string& text) {
  if (const auto prefix = parse_prefix(text)) return prefix;
  const std::size_t slash = text.find('/');
  if (slash != std::string::npos) {
    const auto address = parse_ip(text.substr(0, slash)), mask = parse_ip(text.substr(slash + 1));
    if (!address || !mask || address->is_v6() || mask->is_v6()) return std::nullopt;
    const std::uint32_t bits = mask->v4_value();
    if (std::countl_one(bits) + std::countr_zero(bits) < 32) return std::nullopt;
    return IpPrefix{*address, std::uint8_t(std::countl_one(bits))};
  }
  const auto found = mapping.options.resolve ? mapping.options.resolve(text) : std::nullopt;
  return found ? std::optional(IpPrefix{*found, std::uint8_t(found->is_v4() ? 32 : 128)}) : std::nullopt;
}

Acl source_acl(Mapping& mapping, const Criterion& criterion) {
  json fields = json::object();
  for (const std::string& value : criterion.values) {
    const auto prefix = prefix_of(mapping, value);
    if (!prefix) return {{}, "\"" + value + "\" is no network"};
    fields["source"].push_back(to_string(*prefix));
  }
  if (criterion.files.size() > 1) return {{}, "networks come from one file at most"};
  if (!criterion.files.empty()) fields["source_file"] = criterion.files[0];
  if (fields.empty()) return {{}, "it has no values"};
  Acl acl;
  acl.any.push_back({"source", std::move(fields), false});
  return acl;
}

Acl range_acl(const Criterion& criterion, bool is_status) {
  const auto ranges = ranges_of(criterion, is_status ? 599 : 65535);
  if (!ranges) return {{}, "its values are no whole numbers"};
  json values = json::array();
  for (Range range : *ranges) {
    range.min = std::max<std::uint64_t>(range.min, is_status ? 100 : 1);
    if (range.max < range.min) return {{}, "its values are out of range"};
    const bool is_plain = !is_status && range.min == range.max;
    values.push_back(is_plain ? json(range.min) : json(text_of_range(range)));
  }
  return acl_of(is_status ? "statuses" : "destination_ports", std::move(values));
}

Acl method_acl(const Criterion& criterion) {
  if (criterion.values.empty() || !criterion.files.empty() || (!criterion.method.empty() && criterion.method != "str"))
    return {{}, "methods are compared as a whole"};
  return acl_of("methods", criterion.values);
}

}  // namespace

Acl read_criterion(Mapping& mapping, std::span<const std::string> words) {
  auto criterion = words.empty() ? std::nullopt : parse_name(words[0]);
  if (!criterion) return {{}, "its criterion is not complete"};
  if (const std::string why = read_flags(*criterion, words); !why.empty()) return {{}, why};
  bool is_host = false;
  if (const std::string why = take_converters(*criterion, is_host); !why.empty()) return {{}, why};
  if (const auto counter = counter_of(*criterion)) return counter_acl(*criterion, *counter);
  const Fetch* fetch = find_fetch(criterion->name);
  if (fetch == nullptr) return {{}, "\"" + criterion->name + "\" cannot be asked for"};
  if (is_host && fetch->kind == Kind::named) return text_acl(*criterion, "host");
  switch (fetch->kind) {
    case Kind::text:
      return text_acl(*criterion, fetch->field);
    case Kind::named:
      return named_acl(*criterion, fetch->field);
    case Kind::method:
      return method_acl(*criterion);
    case Kind::source:
      return source_acl(mapping, *criterion);
    case Kind::port:
      return range_acl(*criterion, false);
    case Kind::status:
      return range_acl(*criterion, true);
    case Kind::always:
      return {{{.field = "", .is_true = true}}, ""};
    case Kind::never:
      return {{{.field = "", .is_true = false}}, ""};
  }
  return {};
}

}  // namespace poise::config::importing::haproxy
