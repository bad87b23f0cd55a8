#include <algorithm>
#include <array>

#include "config/import/keepalived_mapping.hpp"

// The checkers of a real_server: checks of the server.
namespace poise::config::importing {
namespace {

constexpr std::uint64_t interval_default_ms = 60'000, timeout_default_ms = 5000;
constexpr std::int64_t retries_max = 254;

struct Kind {
  std::string_view keyword;
  const char* kind;
  std::int64_t retries;          // keepalived's defaults
  std::uint64_t retry_delay_ms;  // 0: the interval
};
constexpr Kind kinds[] = {{"HTTP_GET", "http", 1, 3000}, {"SSL_GET", "http", 1, 3000},
                          {"TCP_CHECK", "tcp", 1, 1000}, {"SMTP_CHECK", "smtp", 1, 1000},
                          {"DNS_CHECK", "dns", 3, 0},    {"MISC_CHECK", "exec", 0, 1000},
                          {"UDP_CHECK", "udp", 1, 1000}, {"PING_CHECK", "icmp", 1, 1000}};

// Blocks - where a setting of a check may stand, the innermost first.
struct Blocks {
  Mapping& mapping;
  std::array<const Statement*, 3> blocks;

  const Statement* find(std::string_view keyword) const {
    for (const Statement* block : blocks)
      for (const Statement& each : block->children)
        if (each.keyword == keyword) return &each;
    return nullptr;
  }
  // The statement, and a note once that it is used.
  const Statement* use(std::string_view keyword) const {
    const Statement* found = find(keyword);
    if (found != nullptr && !mapping.noted.contains(found)) mapping.taken(*found, "see the checks");
    return found;
  }
  bool is_on(std::string_view keyword) const {
    const Statement* found = use(keyword);
    return found != nullptr && switched_on(mapping, *found);
  }
  std::uint64_t time(std::string_view keyword, std::uint64_t otherwise) const {
    const Statement* found = use(keyword);
    return found == nullptr ? otherwise : milliseconds(mapping, *found).value_or(otherwise);
  }
};

void set_schedule(const Blocks& blocks, const Kind& kind, Place place, Target& check) {
  const std::uint64_t interval = blocks.time("delay_loop", interval_default_ms);
  const bool is_program = kind.kind == std::string_view("exec");
  const std::uint64_t timeout =
      is_program ? blocks.time("misc_timeout", interval) : blocks.time("connect_timeout", timeout_default_ms);
  std::int64_t retries = kind.retries;
  for (const char* keyword : {"nb_get_retry", "retry"})
    if (const Statement* found = blocks.use(keyword))
      retries = std::clamp<std::int64_t>(whole_number(blocks.mapping, *found).value_or(retries), 0, retries_max);
  const std::uint64_t retry_delay = blocks.time("delay_before_retry", kind.retry_delay_ms);
  check.set(place, "interval_ms", interval);
  check.set(place, "timeout_ms", timeout);
  if (retries != 0 && retry_delay != 0 && retry_delay != interval) check.set(place, "fast_interval_ms", retry_delay);
  check.set(place, "rise", 1);
  check.set(place, "fall", retries + 1);
  check.set(place, "initial_state", blocks.is_on("alpha") ? "down" : "up");
}

// Where it connects to: said by the checker, or by a URL of it.
void set_end(Mapping& mapping, const Statement& block, Target& check) {
  for (const Statement& each : block.children) {
    if (each.keyword == "connect_ip") {
      if (const auto address = address_of(mapping, each, first_argument(each)))
        check.take(each, "address", to_string(*address));
    } else if (each.keyword == "connect_port") {
      if (const auto port = whole_number(mapping, each)) check.take(each, "port", *port);
    }
  }
}

void take_request(Mapping& mapping, const Statement& each, Target& http) {
  if (each.keyword == "path") {
    http.take(each, "path", first_argument(each));
  } else if (each.keyword == "digest") {
    http.take(each, "body_digest", first_argument(each));
  } else if (each.keyword == "status_code") {
    http.take(each, "status", each.arguments);
  } else if (each.keyword == "virtualhost") {
    http.take(each, "host", first_argument(each));
  } else if (each.keyword == "regex") {
    http.take(each, "body_match", joined(each.arguments));
  } else if (each.keyword == "regex_no_match" && switched_on(mapping, each)) {
    http.take(each, "body_match_refuses", true);
  }
}

// The request of one URL, or of none.
void set_request(const Blocks& blocks, const Statement& checker, const Statement* url, Target& check) {
  const Place place = url != nullptr ? url->place : checker.place;
  Target http = check.child(place, "http");
  http.set(place, "status", nlohmann::json::array({"200-299"}));
  if (const Statement* host = blocks.use("virtualhost")) http.set(host->place, "host", first_argument(*host));
  if (checker.keyword == "SSL_GET") http.set(checker.place, "tls", true);
  (void)blocks.use("enable_sni");  // the name is sent in any case
  if (url == nullptr) return;
  set_end(blocks.mapping, *url, check);
  for (const Statement& each : url->children) take_request(blocks.mapping, each, http);
}

// "Ab12f 3" -> "AB120F03": a digit that is left over in a word is a byte of its own.
std::string bytes_of(const std::vector<std::string>& words) {
  std::string bytes;
  for (const std::string& word : words)
    for (std::size_t at = 0; at < word.size(); at += 2)
      bytes += at + 1 < word.size() ? word.substr(at, 2) : "0" + word.substr(at);
  return bytes;
}

void take_datagram(Mapping& mapping, const Statement& each, Target& udp) {
  if (each.keyword == "payload") {
    udp.take(each, "payload", bytes_of(each.arguments));
  } else if (each.keyword == "require_reply") {
    udp.take(each, "require_reply", true);
    if (!each.arguments.empty()) udp.set(each.place, "reply", bytes_of(each.arguments));
  } else if (each.keyword == "min_reply_length" || each.keyword == "max_reply_length") {
    if (const auto length = whole_number(mapping, each))
      udp.take(each, each.keyword == "min_reply_length" ? "reply_min" : "reply_max", *length);
  }
}

void take_program(Mapping& mapping, const Statement& each, Target& exec) {
  if (each.keyword == "misc_path") {
    auto words = each.arguments.size() == 1 ? command_words(each.arguments[0]) : each.arguments;
    if (auto command = command_of(mapping, each, std::move(words))) exec.take(each, "command", std::move(*command));
  } else if (each.keyword == "user") {
    exec.take(each, "user", valid_name(first_argument(each)));
  } else if (each.keyword == "misc_dynamic" && switched_on(mapping, each)) {
    exec.take(each, "sets_weight", true);
  }
}

void set_details(Mapping& mapping, const Statement& checker, const std::string& kind, Target& check) {
  if (kind == "smtp") {
    for (const Statement& each : checker.children)
      if (each.keyword == "helo_name") check.take(each, "smtp_hello", first_argument(each));
    return;
  }
  if (kind != "dns" && kind != "udp" && kind != "exec") return;
  Target details = check.child(checker.place, kind);
  for (const Statement& each : checker.children) {
    if (kind == "udp") take_datagram(mapping, each, details);
    if (kind == "exec") take_program(mapping, each, details);
    if (kind == "dns" && (each.keyword == "name" || each.keyword == "type"))
      details.take(each, each.keyword, first_argument(each));
  }
}

void map_check(const Blocks& blocks, const Kind& kind, const Statement* url, Target& checks) {
  const Statement& checker = *blocks.blocks[0];
  const Statement& source = url != nullptr ? *url : checker;
  std::string name(kind.keyword);
  for (int number = 2; checks.object.contains(name); ++number)
    name = std::string(kind.keyword) + "-" + std::to_string(number);
  Target check = checks.child(source.place, name);
  blocks.mapping.changed(source, check.path + ": kept, but not run by this version");
  check.set(checker.place, "kind", kind.kind);
  set_schedule(blocks, kind, source.place, check);
  set_end(blocks.mapping, checker, check);
  if (kind.kind == std::string_view("http")) set_request(blocks, checker, url, check);
  set_details(blocks.mapping, checker, kind.kind, check);
}

}  // namespace

void map_checkers(Target& server, const Statement& virtual_server, const Statement& real_server) {
  Mapping& mapping = server.mapping;
  for (const Statement& checker : real_server.children) {
    if (checker.known == nullptr || checker.known->opens != Context::checker) continue;
    const auto kind = std::ranges::find(kinds, checker.keyword, &Kind::keyword);
    if (kind == std::end(kinds)) {
      mapping.ignored(checker, "there is no such check");
      continue;
    }
    const Blocks blocks{mapping, {&checker, &real_server, &virtual_server}};
    Target checks = server.child(checker.place, "checks");
    bool has_url = false;
    for (const Statement& each : checker.children) {
      if (each.known == nullptr || each.known->opens != Context::url) continue;
      has_url = true;
      map_check(blocks, *kind, &each, checks);
    }
    if (!has_url) map_check(blocks, *kind, nullptr, checks);
    if (!mapping.noted.contains(&checker)) mapping.taken(checker, checks.path);
  }
  const Blocks around{mapping, {&real_server, &virtual_server, &virtual_server}};
  if (server.object.contains("checks") && around.is_on("inhibit_on_failure"))
    server.set(real_server.place, "inhibit_on_failure", true);
}

}  // namespace poise::config::importing
