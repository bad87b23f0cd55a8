#include <algorithm>
#include <array>

#include "config/choices_persistence.hpp"
#include "config/rules.hpp"
#include "config/scalars.hpp"
#include "config/spelling.hpp"

// Rules of stick tables, and of what uses them.
namespace poise::config {
namespace {

bool is_rate(StickData data) { return name_of(data).ends_with("_rate"); }
bool has_length(StickKeyType type) { return type == StickKeyType::string || type == StickKeyType::binary; }

// What it takes of memory: entries end on lines of 64 bytes, and two places of eight are to spare.
std::uint64_t bytes_of(const StickTable& table) {
  std::uint64_t entry = 16 + 16;
  if (has_length(table.type)) entry = 16 + (table.length_max + 7) / 8 * 8;
  for (const StickStore& store : table.store) entry += is_rate(store.data) ? 16 : 8;
  const std::uint64_t places = (std::uint64_t(table.size) + 5) / 6 * 8;
  return places * (8 + (entry + 8 + 63) / 64 * 64);
}

void check_table(Rules& rules, const StickTable& table, const std::string& path) {
  for (std::size_t i = 0; i < table.store.size(); ++i) {
    const StickStore& store = table.store[i];
    const std::string place = child(path + ".store", i);
    if (is_rate(store.data) && !store.period_ms)
      rules.add(place + ".period_ms", quoted(name_of(store.data)) + " needs a period",
                "say over how many milliseconds");
    if (!is_rate(store.data) && store.period_ms)
      rules.add(place + ".period_ms", quoted(name_of(store.data)) + " is no rate", "remove it");
    for (std::size_t before = 0; before < i; ++before)
      if (table.store[before].data == store.data)
        rules.add(place + ".data", quoted(name_of(store.data)) + " is there already", "name it once");
  }
  if (table.nopurge && table.expire_ms == 0)
    rules.add(path + ".nopurge", "entries would never go, and a full table would stay as it is",
              "set expire_ms, or remove nopurge");
}

const StickTable* find_table(Rules& rules, const std::string& name, const std::string& path) {
  const auto found = rules.config.stick_tables.find(name);
  if (found != rules.config.stick_tables.end()) return &found->second;
  rules.add(path, "no stick table is named " + quoted(name),
            did_you_mean(name, names_of(rules.config.stick_tables), "add it under stick_tables"));
  return nullptr;
}

struct Key {
  KeySource source;
  const std::optional<std::string>& name;
};

void check_key(Rules& rules, const Key& key, ProxyMode mode, const std::string& place) {
  using enum KeySource;
  const bool has_name = key.source == header || key.source == cookie || key.source == url_param;
  if (has_name && (!key.name || key.name->empty()))
    rules.add(place + ".name", quoted(name_of(key.source)) + " needs a name", "name the header, cookie or parameter");
  if (!has_name && key.name) rules.add(place + ".name", quoted(name_of(key.source)) + " has no name", "remove it");
  if (mode == ProxyMode::tcp && key.source != src && key.source != sni)
    rules.add(place + ".key", "mode \"tcp\" knows nothing of requests", "use src or sni, or mode \"http\"");
  if (mode == ProxyMode::http && key.source == sni)
    rules.add(place + ".key", "\"sni\" is for mode \"tcp\"", "use another key");
}

void check_tracking(Rules& rules, const std::vector<TrackRule>& track, ProxyMode mode, const std::string& path) {
  std::array<bool, limits::tracked> taken{};
  for (std::size_t i = 0; i < track.size(); ++i) {
    const TrackRule& rule = track[i];
    const std::string place = child(path, i);
    find_table(rules, rule.table, place + ".table");
    check_key(rules, {rule.key, rule.name}, mode, place);
    const std::size_t counter = rule.counter.value_or(std::uint8_t(i));
    if (std::exchange(taken[counter], true))
      rules.add(place + ".counter", "counter " + std::to_string(counter) + " is taken by another", "use 0, 1 or 2");
    if (rule.place == TrackPlace::connection && rule.key != KeySource::src)
      rules.add(place + ".place", quoted(name_of(rule.key)) + " is not known when a connection begins",
                "use \"request\"");
  }
}

void check_backend(Rules& rules, const Backend& backend, const std::string& path) {
  check_tracking(rules, backend.track, backend.mode, path + ".track");
  for (std::size_t i = 0; i < backend.track.size(); ++i)
    if (backend.track[i].place == TrackPlace::connection)
      rules.add(child(path + ".track", i) + ".place", "a backend has requests, not connections", "use \"request\"");
  for (std::size_t i = 0; i < backend.stick.size(); ++i) {
    const StickRule& rule = backend.stick[i];
    const std::string place = child(path + ".stick", i);
    find_table(rules, rule.table, place + ".table");
    check_key(rules, {rule.key, rule.name}, backend.mode, place);
    const bool is_of_response = rule.action == StickAction::store_response;
    if (is_of_response && rule.key != KeySource::header && rule.key != KeySource::cookie)
      rules.add(place + ".key", "a response has no " + quoted(name_of(rule.key)), "use header or cookie");
  }
}

}  // namespace

void check_stick(Rules& rules) {
  std::uint64_t bytes = 0;
  for (const auto& [name, table] : rules.config.stick_tables) {
    check_table(rules, table, child("stick_tables", name));
    bytes += bytes_of(table);
  }
  if (bytes > limits::stick_bytes)
    rules.add("stick_tables",
              "the tables would take " + std::to_string(bytes >> 20) + " MiB together, more than " +
                  std::to_string(limits::stick_bytes >> 20),
              "make them smaller");
  for (const auto& [name, frontend] : rules.config.frontends)
    check_tracking(rules, frontend.track, frontend.mode, child("frontends", name) + ".track");
  for (const auto& [name, backend] : rules.config.backends) check_backend(rules, backend, child("backends", name));
}

}  // namespace poise::config
