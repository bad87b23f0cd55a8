#include <charconv>
#include <nlohmann/json.hpp>

#include "control/api/handlers.hpp"
#include "control/stick_view.hpp"

// Stick tables: what they hold, and what an operator changes of it. Nothing of this is configuration.
namespace poise::control::api {
namespace {

using l7::stick::Data;
using l7::stick::Key;
using l7::stick::Table;
using nlohmann::json;

constexpr Data settable[] = {Data::gpc0, Data::gpc1, Data::gpt0};

Response malformed(const std::string& path, const std::string& problem_text, const std::string& fix) {
  return problem(400, "the request is malformed", {{path, problem_text, fix}});
}

Response no_table(const std::string& name) {
  return problem(404, "no such stick table",
                 {{"stick_tables." + name, "no stick table has that name", "`poise stick-table` lists them"}});
}

Response no_entry(const std::string& name, const std::string& key) {
  return problem(
      404, "no such entry",
      {{"stick_tables." + name, "\"" + key + "\" has no entry", "`poise stick-table " + name + "` lists them"}});
}

std::optional<std::uint64_t> number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// What the query asks for; otherwise the answer to a query that is none.
tl::expected<StickFilter, Response> filter_of(const Request& request) {
  StickFilter filter;
  for (const auto& [name, value] : request.query) {
    if (name == "key") {
      filter.key = value;
    } else if (name == "data") {
      filter.data = l7::stick::data_named(value);
      if (!filter.data)
        return tl::unexpected(malformed("data", "\"" + value + "\" is nothing that a table stores", ""));
    } else if (name == "above" || name == "limit") {
      const auto count = number(value);
      if (!count) return tl::unexpected(malformed(name, "\"" + value + "\" is no whole number", ""));
      if (name == "above")
        filter.above = *count;
      else
        filter.limit = *count;
    } else {
      return tl::unexpected(malformed(name, "nobody knows this filter", "use key, data, above, limit"));
    }
  }
  return filter;
}

// An entry that a request names: its table and its key.
struct Named {
  Table* table = nullptr;
  Key key;
};
tl::expected<Named, Response> entry_named(const Core& core, const Request& request) {
  Named named{find_stick_table(core, request.parts[0]), {}};
  if (named.table == nullptr) return tl::unexpected(no_table(request.parts[0]));
  const l7::stick::Shape& shape = named.table->shape();
  if (!parse_key(shape.type, shape.length, request.parts[1], named.key))
    return tl::unexpected(malformed("key", "\"" + request.parts[1] + "\" is no key of this table",
                                    "write an address, a number, a text, or hex digits, as its type is"));
  return named;
}

std::optional<Data> settable_named(const std::string& name) {
  for (const Data data : settable)
    if (name_of(data) == name) return data;
  return std::nullopt;
}

Response set_values(Core& core, const Request& request, const json& body) {
  const auto named = entry_named(core, request);
  if (!named) return named.error();
  Table& table = *named->table;
  for (const auto& [name, value] : body.items()) {
    const auto data = settable_named(name);
    if (!data) return malformed(name, "it is nothing that can be set", "use gpc0, gpc1, gpt0");
    if (!table.shape().stores(*data))
      return problem(409, "the table does not store this",
                     {{name, "the table does not store it", "add it to its store"}});
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > UINT32_MAX)
      return malformed(name, "it is no whole number of 32 bits", "use 0..4294967295");
  }
  const std::uint32_t entry = table.take(named->key.view(), stick_visit(core));
  if (entry == Table::none)
    return problem(409, "the table is full", {{request.parts[0], "it has no room for another entry", "clear entries"}});
  for (const auto& [name, value] : body.items()) table.set(entry, *settable_named(name), value.get<std::uint64_t>());
  table.release(entry);
  return json_response(stick_table_view(core, request.parts[0], {.key = request.parts[1]}));
}

}  // namespace

Response get_stick_tables(Core& core, const Request&) { return json_response(stick_tables_view(core)); }

Response get_stick_table(Core& core, const Request& request) {
  const auto filter = filter_of(request);
  if (!filter) return filter.error();
  const json table = stick_table_view(core, request.parts[0], *filter);
  if (table.is_null()) return no_table(request.parts[0]);
  if (filter->key && table["list"].empty()) return no_entry(request.parts[0], *filter->key);
  return json_response(table);
}

Response clear_stick_table(Core& core, const Request& request) {
  Table* table = find_stick_table(core, request.parts[0]);
  if (table == nullptr) return no_table(request.parts[0]);
  const std::uint64_t removed = table->clear();
  return json_response({{"removed", removed}, {"in_use", table->usage(stick_visit(core)).entries}});
}

Response delete_stick_entry(Core& core, const Request& request) {
  const auto named = entry_named(core, request);
  if (!named) return named.error();
  const Table::Visit visit = stick_visit(core);
  if (named->table->remove(named->key.view(), visit)) return json_response({{"removed", 1}});
  const std::uint32_t entry = named->table->find(named->key.view(), visit);
  if (entry == Table::none) return no_entry(request.parts[0], request.parts[1]);
  named->table->release(entry);
  return problem(409, "the entry is in use",
                 {{request.parts[1], "connections or requests are tracked by it", "try again when they are over"}});
}

Response set_stick_entry(Core& core, const Request& request) {
  const json body = json::parse(request.body, nullptr, false);
  if (!body.is_object() || body.empty()) return malformed("", "the body is not {\"gpc0\": N}", "use gpc0, gpc1, gpt0");
  return set_values(core, request, body);
}

}  // namespace poise::control::api
