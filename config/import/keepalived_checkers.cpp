#include <algorithm>
#include <array>

#include "config/import/keepalived_mapping.hpp"
#include "config/path.hpp"

// The checkers of real servers: health checks of the pool when all its servers have the same, else of each server.
namespace poise::config::importing {
namespace {

constexpr std::uint64_t delay_loop_default_ms = 60'000, connect_timeout_default_ms = 5'000;

struct CheckerKind {
  std::string_view keyword;
  const char* kind;  // null: there is none like it
  std::uint8_t retries;
  std::uint64_t retry_delay_ms;  // 0: delay_loop
};
constexpr CheckerKind kinds[] = {{"TCP_CHECK", "tcp", 1, 1000},   {"HTTP_GET", "http", 1, 3000},
                                 {"SSL_GET", "https", 1, 3000},   {"SMTP_CHECK", "smtp", 1, 1000},
                                 {"DNS_CHECK", "dns", 3, 0},      {"MISC_CHECK", "exec", 0, 1000},
                                 {"PING_CHECK", "icmp", 1, 1000}, {"UDP_CHECK", "udp", 1, 1000},
                                 {"BFD_CHECK", nullptr, 0, 0},    {"FILE_CHECK", nullptr, 0, 0}};

// Draft - one check while it is made: from its own statements, and from those of its server and service.
struct Draft {
  Mapping& mapping;
  const CheckerKind& kind;
  const Statement& checker;
  std::array<const Statement*, 4> levels;  // url or host block, checker, server, service: the first that says it counts
  nlohmann::json check = nlohmann::json::object();
  std::vector<std::pair<std::string, Place>> places;  // field, where it came from

  const Statement* find(std::string_view keyword) const {
    for (const Statement* level : levels) {
      const Statement* found = nullptr;
      if (level != nullptr)
        for (const Statement& each : level->children)
          if (each.keyword == keyword) found = &each;
      if (found != nullptr) return found;
    }
    return nullptr;
  }
  const Statement* find(std::string_view keyword, std::string_view other_name) const {
    const Statement* found = find(keyword);
    return found == nullptr ? find(other_name) : found;
  }
  // A statement above several checkers is refused, and spoken of, once.
  bool is_refused(const Statement& statement) const {
    return mapping.report.has_error_in(statement.place, statement.place);
  }
  void say(const Statement& statement, const std::string& text) const {
    if (!mapping.noted.contains(&statement)) mapping.taken(statement, text);
  }
  void set(const Statement& from, const std::string& field, nlohmann::json value) {
    std::string pointer = "/" + field;
    std::ranges::replace(pointer, '.', '/');
    check[nlohmann::json::json_pointer(pointer)] = value;
    places.emplace_back(field, from.place);
  }
  void take(const Statement& from, const std::string& field, nlohmann::json value) {
    say(from, field + " = " + text_of(value));
    set(from, field, std::move(value));
  }
  void take_text(std::string_view keyword, const std::string& field) {
    if (const Statement* found = find(keyword)) take(*found, field, first_argument(*found));
  }
  void take_number(const Statement* from, const std::string& field) {
    if (from == nullptr || is_refused(*from)) return;
    if (const auto number = whole_number(mapping, *from)) take(*from, field, *number);
  }
  std::optional<std::uint64_t> time(const Statement* from) const {
    return from == nullptr || is_refused(*from) ? std::nullopt : milliseconds(mapping, *from);
  }
  bool is_on(std::string_view keyword) const {
    const Statement* found = find(keyword);
    return found != nullptr && !is_refused(*found) && switched_on(mapping, *found);
  }
};

void take_times(Draft& draft) {
  const Statement* loop = draft.find("delay_loop");
  const bool is_exec = draft.kind.keyword == "MISC_CHECK";
  const Statement* limit = draft.find(is_exec ? "misc_timeout" : "connect_timeout");
  std::uint64_t interval = draft.time(loop).value_or(delay_loop_default_ms);
  const std::uint64_t timeout = draft.time(limit).value_or(is_exec ? interval : connect_timeout_default_ms);
  if (loop != nullptr) draft.say(*loop, "interval_ms = " + std::to_string(interval));
  if (timeout > interval) {
    draft.mapping.changed(draft.checker, "interval_ms = " + std::to_string(timeout) +
                                             ", the time-out: a probe ends before the next begins");
    interval = timeout;
  }
  draft.set(loop == nullptr ? draft.checker : *loop, "interval_ms", interval);
  if (limit != nullptr)
    draft.take(*limit, "timeout_ms", timeout);
  else if (timeout != interval)
    draft.set(draft.checker, "timeout_ms", timeout);
}

// One probe decides, as in keepalived; what it does before it gives up are the retries.
void take_judgement(Draft& draft) {
  draft.set(draft.checker, "rise", 1);
  draft.set(draft.checker, "fall", 1);
  const Statement* retry = draft.find("retry", "nb_get_retry");
  if (retry != nullptr)
    draft.take_number(retry, "retries");
  else if (draft.kind.retries != 0)
    draft.set(draft.checker, "retries", draft.kind.retries);
  const Statement* delay = draft.find("delay_before_retry");
  const std::uint64_t otherwise =
      draft.kind.retry_delay_ms != 0 ? draft.kind.retry_delay_ms : draft.check.value("interval_ms", std::uint64_t{0});
  const std::uint64_t value = draft.time(delay).value_or(otherwise);
  if (delay != nullptr)
    draft.take(*delay, "retry_delay_ms", value);
  else if (draft.check.contains("retries"))
    draft.set(draft.checker, "retry_delay_ms", value);
  const Statement* alpha = draft.find("alpha");
  const bool starts_down = draft.is_on("alpha");
  draft.set(alpha == nullptr ? draft.checker : *alpha, "initial_state", starts_down ? "down" : "up");
  if (alpha != nullptr) draft.say(*alpha, starts_down ? "initial_state = \"down\"" : "initial_state = \"up\"");
}

void take_target(Draft& draft, const std::string& server_port, bool port_is_known) {
  if (draft.kind.keyword == "MISC_CHECK") return;
  if (const Statement* address = draft.find("connect_ip"); address != nullptr && !draft.is_refused(*address))
    if (const auto parsed = address_of(draft.mapping, *address, first_argument(*address)))
      draft.take(*address, "address", to_string(*parsed));
  if (draft.kind.keyword == "PING_CHECK") return;
  if (const Statement* port = draft.find("connect_port")) {
    draft.take_number(port, "port");
  } else if (!port_is_known && !server_port.empty()) {
    if (const auto number = whole_number(draft.mapping, *draft.levels[2], server_port))
      draft.set(*draft.levels[2], "port", *number);
  }
}

// "caseless dotall" -> "(?is)"; what RE2 has no flag for is refused.
std::string pattern_flags(Draft& draft) {
  constexpr std::array<std::pair<std::string_view, char>, 4> flags = {
      {{"caseless", 'i'}, {"dotall", 's'}, {"multiline", 'm'}, {"ungreedy", 'U'}}};
  const Statement* options = draft.find("regex_options");
  if (options == nullptr) return "";
  std::string text;
  for (const std::string& word : options->arguments) {
    const auto flag = std::ranges::find(flags, word, &std::pair<std::string_view, char>::first);
    if (flag == flags.end()) {
      draft.mapping.leave_out(*options, "regular expressions have no option \"" + word + "\"", "write it without");
      return "";
    }
    text += flag->second;
  }
  draft.say(*options, "(?" + text + ") in the pattern");
  return "(?" + text + ")";
}

void take_http(Draft& draft) {
  const Statement* version = draft.find("http_protocol");
  const bool is_1_1 = version != nullptr && first_argument(*version) == "1.1";
  draft.set(version == nullptr ? draft.checker : *version, "http.version", is_1_1 ? "1.1" : "1.0");
  if (version != nullptr) draft.say(*version, is_1_1 ? "http.version = \"1.1\"" : "http.version = \"1.0\"");
  draft.take_text("path", "http.path");
  draft.take_text("virtualhost", "http.host");
  draft.take_text("digest", "http.body_md5");
  const Statement* statuses = draft.find("status_code");
  if (statuses != nullptr)
    draft.take(*statuses, "http.statuses", statuses->arguments);
  else
    draft.set(draft.checker, "http.statuses", {"200-299"});
  if (const Statement* pattern = draft.find("regex")) {
    const Statement* inverted = draft.find("regex_no_match");
    draft.take(*pattern, inverted == nullptr ? "http.body_match" : "http.body_no_match",
               pattern_flags(draft) + joined(pattern->arguments));
    if (inverted != nullptr) draft.say(*inverted, "http.body_no_match");
  }
  const Statement* sni = draft.find("enable_sni");
  if (sni != nullptr && draft.kind.keyword == "SSL_GET") draft.say(*sni, "tls.sni is http.host in any case");
}

// Bytes in hex: blanks separate, a digit alone is a byte. "Ab12f 3" is AB 12 0F 03; X stands for any digit.
std::optional<std::vector<std::string>> hex_bytes(const std::vector<std::string>& words) {
  std::vector<std::string> bytes;
  for (const std::string& word : command_words(joined(words)))
    for (std::size_t i = 0; i < word.size(); i += 2) {
      const std::string byte = i + 1 < word.size() ? word.substr(i, 2) : "0" + word.substr(i, 1);
      if (byte.find_first_not_of("0123456789abcdefABCDEFxX") != std::string::npos) return std::nullopt;
      bytes.push_back(byte);
    }
  return bytes;
}

bool is_wild(char digit) { return digit == 'x' || digit == 'X'; }

std::string pattern_of(const std::string& byte) {
  if (is_wild(byte[0]) && is_wild(byte[1])) return ".";
  if (is_wild(byte[1])) return std::string("[\\x") + byte[0] + "0-\\x" + byte[0] + "f]";
  if (!is_wild(byte[0])) return "\\x" + byte;
  std::string text = "[";
  for (const char high : std::string_view("0123456789abcdef")) text += std::string("\\x") + high + byte[1];
  return text + "]";
}

void take_udp(Draft& draft) {
  if (const Statement* payload = draft.find("payload")) {
    const auto bytes = hex_bytes(payload->arguments);
    std::string text;
    bool valid = bytes.has_value();
    for (std::size_t i = 0; valid && i < bytes->size(); ++i) {
      valid = !is_wild((*bytes)[i][0]) && !is_wild((*bytes)[i][1]);
      text += "\\x" + (*bytes)[i];
    }
    if (!valid)
      return draft.mapping.refuse(*payload, "\"" + joined(payload->arguments) + "\" are no bytes", "write hex digits");
    draft.take(*payload, "exchange.payload", text);
  }
  const Statement* reply = draft.find("require_reply");
  if (reply == nullptr) return;
  draft.take(*reply, "exchange.reply_required", true);
  const auto bytes = hex_bytes(reply->arguments);
  if (!bytes)
    return draft.mapping.refuse(*reply, "\"" + joined(reply->arguments) + "\" are no bytes", "write hex digits");
  std::string pattern;
  for (const std::string& byte : *bytes) pattern += pattern_of(byte);
  if (!pattern.empty()) draft.set(*reply, "exchange.expected", "(?s)^" + pattern);
  draft.take_number(draft.find("min_reply_length"), "exchange.reply_bytes_min");
  if (const Statement* most = draft.find("max_reply_length"))
    draft.take_number(most, "exchange.reply_bytes_max");
  else
    draft.set(*reply, "exchange.reply_bytes_max", 255);
}

void take_exec(Draft& draft) {
  const Statement* path = draft.find("misc_path");
  if (path == nullptr)
    return draft.mapping.refuse(draft.checker, "there is no misc_path", "name the program by its absolute path");
  auto words = path->arguments.size() == 1 ? command_words(path->arguments[0]) : path->arguments;
  if (auto command = command_of(draft.mapping, *path, std::move(words))) draft.take(*path, "exec.command", *command);
  if (const Statement* dynamic = draft.find("misc_dynamic"); dynamic != nullptr && draft.is_on("misc_dynamic"))
    draft.take(*dynamic, "exec.weight_from_exit_code", true);
  if (const Statement* user = draft.find("user")) {
    draft.take(*user, "exec.user", valid_name(first_argument(*user)));
    if (user->arguments.size() > 1) draft.mapping.changed(*user, "with the user's own group");
  }
}

void take_kind(Draft& draft) {
  draft.set(draft.checker, "kind", draft.kind.kind);
  if (draft.kind.keyword == "HTTP_GET" || draft.kind.keyword == "SSL_GET") take_http(draft);
  if (draft.kind.keyword == "UDP_CHECK") take_udp(draft);
  if (draft.kind.keyword == "MISC_CHECK") take_exec(draft);
  if (draft.kind.keyword == "SMTP_CHECK") draft.take_text("helo_name", "smtp.helo");
  if (draft.kind.keyword != "DNS_CHECK") return;
  draft.take_text("name", "dns.name");
  if (const Statement* type = draft.find("type")) {
    std::string name = first_argument(*type);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return char(std::toupper(c)); });
    draft.take(*type, "dns.type", name);
  }
}

struct NamedDraft {
  std::string name;
  Draft draft;
};

// The drafts of one checker: one for each url of it.
void add_drafts(const CheckedServer& server, const Statement& service, const Statement& checker,
                std::vector<NamedDraft>& drafts) {
  Mapping& mapping = server.target.mapping;
  const auto kind = std::ranges::find(kinds, checker.keyword, &CheckerKind::keyword);
  if (kind == std::end(kinds)) return;
  if (kind->kind == nullptr)
    return mapping.leave_out(checker, "there is no check like it",
                             "use another checker; vrrp.heartbeats and vrrp.files are for virtual routers");
  std::vector<const Statement*> blocks;
  for (const Statement& each : checker.children)
    if (each.known != nullptr && each.known->opens == Context::url) blocks.push_back(&each);
  if (blocks.empty()) blocks.push_back(nullptr);
  for (const Statement* block : blocks) {
    Draft draft{
        .mapping = mapping, .kind = *kind, .checker = checker, .levels = {block, &checker, &server.source, &service}};
    take_times(draft);
    take_judgement(draft);
    take_target(draft, server.source.arguments.size() > 1 ? server.source.arguments[1] : "",
                server.target.object.contains("port"));
    take_kind(draft);
    const auto same = std::ranges::count(drafts, std::string(kind->kind),
                                         [](const NamedDraft& each) { return std::string(each.draft.kind.kind); });
    const std::string name = kind->kind + (same == 0 ? "" : "-" + std::to_string(same + 1));
    if (block != nullptr) draft.say(*block, "checks." + name);
    drafts.push_back({name, std::move(draft)});
    mapping.taken(checker, "checks." + name);
  }
}

nlohmann::json document_of(const std::vector<NamedDraft>& drafts) {
  nlohmann::json checks = nlohmann::json::object();
  for (const NamedDraft& each : drafts) checks[each.name] = each.draft.check;
  return checks;
}

void put(Target target, const std::vector<NamedDraft>& drafts) {
  if (drafts.empty()) return;
  Target checks = target.child(drafts[0].draft.checker.place, "checks");
  for (const NamedDraft& each : drafts) {
    checks.set(each.draft.checker.place, each.name, each.draft.check);
    const std::string path = config::child(checks.path, each.name);
    for (const auto& [field, place] : each.draft.places) target.mapping.places[path + "." + field] = place;
  }
}

}  // namespace

void map_checkers(Target& pool, const Statement& service, const std::vector<CheckedServer>& servers) {
  std::vector<std::vector<NamedDraft>> all;
  for (const CheckedServer& server : servers) {
    std::vector<NamedDraft>& drafts = all.emplace_back();
    for (const Statement& each : server.source.children)
      if (each.known != nullptr && each.known->opens == Context::checker) add_drafts(server, service, each, drafts);
  }
  const auto is_like_first = [&](const auto& drafts) { return document_of(drafts) == document_of(all[0]); };
  if (std::ranges::all_of(all, is_like_first)) {
    if (!all.empty()) put(pool, all[0]);
    return;
  }
  for (std::size_t i = 0; i < servers.size(); ++i) put(servers[i].target, all[i]);
}

}  // namespace poise::config::importing
