#include <nlohmann/json.hpp>

#include "control/cli/table.hpp"
#include "control/cli/text.hpp"
#include "control/cli/views.hpp"

namespace poise::control::cli {
namespace {

using Json = nlohmann::json;

// "http_req_rate(10s)", as HAProxy writes it.
std::string name_of_store(const Json& store) {
  std::string name = store.value("data", "");
  if (store.contains("period_ms")) {
    const std::uint64_t ms = store.value("period_ms", std::uint64_t(0));
    name += "(" + (ms % 1000 == 0 ? std::to_string(ms / 1000) + "s" : std::to_string(ms) + "ms") + ")";
  }
  return name;
}

std::string tables_text(std::vector<Json> rows, const Style& style) {
  for (Json& row : rows) {
    std::string stores;
    for (const Json& store : row.value("store", Json::array()))
      stores += (stores.empty() ? "" : ",") + name_of_store(store);
    row["stores"] = stores;
  }
  return table_of({{"TABLE", "name"},
                   {"TYPE", "type", Format::word},
                   {"SIZE", "size", Format::count},
                   {"ENTRIES", "entries", Format::count},
                   {"EVICTED", "evicted", Format::count},
                   {"REFUSED", "refused", Format::count},
                   {"MEMORY", "memory_bytes", Format::bytes},
                   {"STORES", "stores", Format::word}},
                  rows, style);
}

std::string entries_text(const Json& table, const Style& style) {
  const Json list = table.value("list", Json::array());
  if (list.empty()) return "no entries\n";
  std::vector<std::pair<std::string, std::string>> stores;  // heading and member
  for (const Json& store : table.value("store", Json::array()))
    stores.emplace_back(name_of_store(store), store.value("data", ""));
  std::vector<ViewColumn> columns = {
      {"KEY", "key"}, {"USE", "use", Format::count}, {"EXPIRES IN MS", "expires_in_ms", Format::count}};
  for (const auto& [heading, member] : stores) columns.push_back({heading.c_str(), member.c_str(), Format::count});
  return table_of(columns, {list.begin(), list.end()}, style);
}

}  // namespace

std::string view_stick_tables(const Json& answer, const Style& style) {
  if (answer.is_object()) return tables_text({answer}, style) + "\n" + entries_text(answer, style);
  if (answer.empty()) return "no stick tables\n";
  return tables_text({answer.begin(), answer.end()}, style);
}

}  // namespace poise::control::cli
