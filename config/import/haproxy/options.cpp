#include <array>

#include "config/import/haproxy/proxy.hpp"
#include "config/import/texts.hpp"

// Lines that begin with `option` and set something here. The other options are in untaken.cpp.
namespace poise::config::importing::haproxy {
namespace {

bool is_on(const Line& line) { return !line.is_negated && !line.is_reset; }

void take_switch(Proxy& proxy, const Line& line, const char* field) { proxy.back(line).take(line, field, is_on(line)); }
void take_abort(Proxy& proxy, const Line& line) { take_switch(proxy, line, "abort_on_close"); }
void take_all_backups(Proxy& proxy, const Line& line) { take_switch(proxy, line, "all_backups"); }

void take_redispatch(Proxy& proxy, const Line& line) {
  const std::string interval = is_on(line) ? line.word(2) : "0";
  proxy.back(line).take(line, "redispatch", interval != "0");
  if (interval != "" && interval != "-1" && interval != "0")
    proxy.mapping.changed(line, "only the last of the tries goes to another server");
}

void take_log_null(Proxy& proxy, const Line& line) {
  proxy.front(line).child(line, "log").take(line, "log_null", !is_on(line));
}

// forwardfor [except NETWORK] [header NAME] [if-none]
std::optional<nlohmann::json> forwarded_of(Mapping& mapping, const Line& line) {
  nlohmann::json forwarded = nlohmann::json::object();
  for (std::size_t i = 2; i < line.words.size(); ++i) {
    const std::string& word = line.words[i];
    const std::string& value = line.word(i + 1);
    if (word == "if-none") {
      forwarded["only_if_none"] = true;
      continue;
    }
    if (word != "header" && word != "except") {
      mapping.refuse(line, "\"" + word + "\" is not expected here", "use except, header and if-none");
      return std::nullopt;
    }
    if (value.empty()) {
      mapping.refuse(line, "\"" + word + "\" needs a value", "write it");
      return std::nullopt;
    }
    ++i;
    if (word == "header") {
      forwarded["header"] = value;
      continue;
    }
    auto network = parse_prefix(value);
    if (const auto address = parse_ip(value); !network && address)
      network = IpPrefix{*address, std::uint8_t(address->is_v4() ? 32 : 128)};
    if (!network) {
      mapping.refuse(line, "\"" + value + "\" is no network", "write one like 127.0.0.0/8");
      return std::nullopt;
    }
    forwarded["except"] = to_string(*network);
  }
  return forwarded;
}

void take_forwarded_for(Proxy& proxy, const Line& line) {
  if (!is_on(line)) {
    if (proxy.has_front()) proxy.front(line).object.erase("forwarded_for");
    if (proxy.has_back()) proxy.back(line).object.erase("forwarded_for");
    return proxy.mapping.taken(line, "no forwarded_for");
  }
  const auto forwarded = forwarded_of(proxy.mapping, line);
  if (!forwarded) return;
  if (proxy.has_front()) return proxy.front(line).take(line, "forwarded_for", *forwarded);
  proxy.back(line).take(line, "forwarded_for", *forwarded);
}

constexpr std::array keywords = {
    Keyword{"option abortonclose", in_defaults | in_back, 0, 0, take_abort, true},
    Keyword{"option allbackups", in_defaults | in_back, 0, 0, take_all_backups, true},
    Keyword{"option redispatch", in_defaults | in_back, 0, 1, take_redispatch, true},
    Keyword{"option dontlognull", in_defaults | in_front, 0, 0, take_log_null, true},
    Keyword{"option forwardfor", in_defaults | in_both, 0, any_words, take_forwarded_for, true},
};

}  // namespace

std::span<const Keyword> options_keywords() { return keywords; }

}  // namespace poise::config::importing::haproxy
