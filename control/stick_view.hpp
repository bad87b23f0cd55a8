#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "control/core.hpp"
#include "l7/stick/data.hpp"

// Stick tables as JSON, and what an operator does to their entries. Thread: control's, or Background.
namespace poise::control {

struct StickFilter {
  std::optional<std::string> key;  // only this one
  std::optional<l7::stick::Data> data;
  std::uint64_t above = 0;  // only those whose `data` is
  std::size_t limit = 100;
};

nlohmann::json stick_tables_view(const Core& core);
// With entries; null: no such table, or the key is none of it.
nlohmann::json stick_table_view(const Core& core, const std::string& name, const StickFilter& filter);

l7::stick::Table* find_stick_table(const Core& core, const std::string& name);  // null: there is none
l7::stick::Table::Visit stick_visit(const Core& core);

}  // namespace poise::control
