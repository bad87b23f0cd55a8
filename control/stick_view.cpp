#include "control/stick_view.hpp"

#include <nlohmann/json.hpp>

#include "control/proxy/proxies.hpp"

namespace poise::control {
namespace {

using nlohmann::json;
using namespace l7::stick;

const char* name_of_type(KeyType type) {
  switch (type) {
    case KeyType::ip:
      return "ip";
    case KeyType::ipv6:
      return "ipv6";
    case KeyType::integer:
      return "integer";
    case KeyType::string:
      return "string";
    case KeyType::binary:
      return "binary";
  }
  return "";
}

json entry_view(const Table& table, const Table::Shown& shown, const Table::Visit& visit) {
  json entry{{"key", to_text(table.shape().type, table.key_of(shown.entry))}, {"use", shown.use}};
  if (shown.expires_in_ms != 0) entry["expires_in_ms"] = shown.expires_in_ms;
  for (std::size_t i = 0; i < data_count; ++i)
    if (table.shape().stores(Data(i))) entry[std::string(name_of(Data(i)))] = table.read(shown.entry, Data(i), visit);
  return entry;
}

json table_view(const std::string& name, Table& table, const Table::Visit& visit) {
  const Shape& shape = table.shape();
  const Table::Usage usage = table.usage(visit);
  json object{{"name", name},
              {"type", name_of_type(shape.type)},
              {"size", shape.size},
              {"entries", usage.entries},
              {"added", usage.added},
              {"evicted", usage.evicted},
              {"refused", usage.refused},
              {"memory_bytes", bytes_of(shape)},
              {"store", json::array()}};
  for (std::size_t i = 0; i < data_count; ++i) {
    if (!shape.stores(Data(i))) continue;
    json store{{"data", name_of(Data(i))}};
    if (is_rate(Data(i))) store["period_ms"] = shape.periods_ms[i];
    object["store"].push_back(std::move(store));
  }
  return object;
}

json entries_of(Table& table, const StickFilter& filter, const Table::Visit& visit) {
  json entries = json::array();
  table.for_each(visit, [&](const Table::Shown& shown) {
    if (filter.data && table.read(shown.entry, *filter.data, visit) <= filter.above) return true;
    if (entries.size() >= filter.limit) return false;
    entries.push_back(entry_view(table, shown, visit));
    return true;
  });
  return entries;
}

// One by its key.
json entry_of(Table& table, std::string_view key, const Table::Visit& visit) {
  const std::uint32_t entry = table.find(key, visit);
  if (entry == Table::none) return json::array();
  json found = json::array({entry_view(table, table.shown(entry, visit), visit)});
  table.release(entry);
  return found;
}

}  // namespace

Table* find_stick_table(const Core& core, const std::string& name) {
  return core.proxies() == nullptr ? nullptr : core.proxies()->states().stick_table(name).get();
}

Table::Visit stick_visit(const Core& core) { return core.proxies()->states().control_visit(core.proxies()->now()); }

json stick_tables_view(const Core& core) {
  json list = json::array();
  if (core.proxies() == nullptr) return list;
  for (const auto& [name, table] : core.proxies()->states().stick_tables())
    list.push_back(table_view(name, *table, stick_visit(core)));
  return list;
}

json stick_table_view(const Core& core, const std::string& name, const StickFilter& filter) {
  Table* table = find_stick_table(core, name);
  if (table == nullptr) return nullptr;
  const Table::Visit visit = stick_visit(core);
  json object = table_view(name, *table, visit);
  object["list"] = json::array();
  if (!filter.key) {
    object["list"] = entries_of(*table, filter, visit);
  } else {
    Key key;
    const Shape& shape = table->shape();
    if (parse_key(shape.type, shape.length, *filter.key, key)) object["list"] = entry_of(*table, key.view(), visit);
  }
  return object;
}

}  // namespace poise::control
