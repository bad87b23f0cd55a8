#include "l7/compile_stick.hpp"

#include <algorithm>

#include "l7/http1/characters.hpp"

namespace poise::l7 {
namespace {

static_assert(std::size_t(config::StickData::bytes_out_rate) + 1 == stick::data_count);
static_assert(std::size_t(config::StickData::conn_cur) == std::size_t(stick::Data::conn_cur));

bool is_for_servers(const config::Config& config, const std::string& table) {
  for (const auto& [name, backend] : config.backends)
    for (const config::StickRule& rule : backend.stick)
      if (rule.table == table) return true;
  return false;
}

stick::Source source_of(config::KeySource source, const std::optional<std::string>& name) {
  stick::Source key{stick::Source::Kind(source), name.value_or("")};
  if (source == config::KeySource::header)
    std::transform(key.name.begin(), key.name.end(), key.name.begin(), http1::lower);
  return key;
}

}  // namespace

stick::Shape shape_of(const config::Config& config, const std::string& table) {
  const config::StickTable& wanted = config.stick_tables.at(table);
  stick::Shape shape;
  shape.type = stick::KeyType(wanted.type);
  const bool has_length = wanted.type == config::StickKeyType::string || wanted.type == config::StickKeyType::binary;
  shape.length = has_length ? wanted.length_max : 0;
  shape.size = wanted.size;
  for (const config::StickStore& store : wanted.store)
    shape.store(stick::Data(store.data), store.period_ms.value_or(0));
  if (is_for_servers(config, table)) shape.store(stick::Data::server_id);
  return shape;
}

std::vector<stick::Rule> compile_stick_rules(const std::vector<config::StickRule>& wanted, const States& states) {
  using enum config::StickAction;
  std::vector<stick::Rule> rules;
  for (const config::StickRule& rule : wanted) {
    if (states.stick_table(rule.table) == nullptr) continue;  // there was no memory for it
    rules.push_back({.matches = rule.action == on || rule.action == match,
                     .stores = rule.action != match,
                     .is_of_response = rule.action == store_response,
                     .key = source_of(rule.key, rule.name),
                     .table = states.stick_table(rule.table).get()});
  }
  return rules;
}

std::vector<stick::Tracking> compile_tracking(const std::vector<config::TrackRule>& wanted, const States& states) {
  std::vector<stick::Tracking> all;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const config::TrackRule& rule = wanted[i];
    if (states.stick_table(rule.table) == nullptr) continue;
    const auto usual =
        rule.key == config::KeySource::src ? config::TrackPlace::connection : config::TrackPlace::request;
    all.push_back({.counter = rule.counter.value_or(std::uint8_t(i)),
                   .is_of_request = rule.place.value_or(usual) == config::TrackPlace::request,
                   .key = source_of(rule.key, rule.name),
                   .table = states.stick_table(rule.table).get()});
  }
  return all;
}

std::shared_ptr<stick::Table> States::make_stick_table(const config::Config& config, const std::string& name,
                                                       Instant now) const {
  const stick::Shape shape = shape_of(config, name);
  const std::shared_ptr<stick::Table> old = stick_table(name);
  if (old != nullptr && old->shape() == shape) return old;
  auto fresh = std::make_shared<stick::Table>(shape, proxies_, stick_secret_);
  fresh->set_expiry(config.stick_tables.at(name).expire_ms);
  const bool is_same = old != nullptr && old->shape().type == shape.type && old->shape().length == shape.length &&
                       old->shape().size == shape.size;
  if (is_same) fresh->take_over(*old, control_visit(now));
  return fresh;
}

void States::set_stick_tables(const config::Config& config, StickTables tables) {
  stick_tables_ = std::move(tables);
  for (const auto& [name, table] : stick_tables_) {
    const config::StickTable& wanted = config.stick_tables.at(name);
    table->set_expiry(wanted.expire_ms);
    table->set_purging(!wanted.nopurge);
  }
}

std::shared_ptr<stick::Table> States::stick_table(const std::string& name) const {
  const auto found = stick_tables_.find(name);
  return found == stick_tables_.end() ? nullptr : found->second;
}

stick::Table::Visit States::control_visit(Instant now) const {
  return {proxies_, std::uint64_t(now.time_since_epoch() / std::chrono::milliseconds(1))};
}

}  // namespace poise::l7
