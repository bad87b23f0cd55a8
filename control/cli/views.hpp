#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "control/cli/table.hpp"

// Answers of the API as text for people. Every view is total: a member that is missing or of another type shows as "-",
// because an older poise may talk to a newer poised.
namespace poise::control::cli {

// text may be cut on a narrow terminal; a word never is, and has a colour when it is a known state.
enum class Format { text, number, count, bytes, duration_ms, percent, word, list };

// ViewColumn - where the cell of a row comes from: a path of members ("packets.received") and how it is written.
struct ViewColumn {
  const char* header;
  const char* member;
  Format format = Format::text;
  std::size_t width_min = 0;
};

std::vector<Column> table_columns(const std::vector<ViewColumn>& columns);
Row table_row(const std::vector<ViewColumn>& columns, const nlohmann::json& object);
std::string table_of(const std::vector<ViewColumn>& columns, const std::vector<nlohmann::json>& rows,
                     const Style& style);
std::string format_value(const nlohmann::json& value, Format format);  // always printable

// The member at a dotted path, or null.
const nlohmann::json& member(const nlohmann::json& object, std::string_view path);
// The objects of a list; of a map from name to object, each with its "name".
std::vector<nlohmann::json> rows_of(const nlohmann::json& list);

std::string view_document(const nlohmann::json& answer,
                          const Style& style);  // configuration: JSON, a single string without quotes
std::string view_status(const nlohmann::json& answer, const Style& style);
std::string view_changes(const nlohmann::json& answer, const Style& style);
std::string view_revisions(const nlohmann::json& answer, const Style& style);
std::string view_help(const nlohmann::json& answer, const Style& style);
std::string view_services(const nlohmann::json& answer, const Style& style);
std::string view_pools(const nlohmann::json& answer, const Style& style);
std::string view_interfaces(const nlohmann::json& answer, const Style& style);
std::string view_neighbors(const nlohmann::json& answer, const Style& style);
std::string view_frontends(const nlohmann::json& answer, const Style& style);
std::string view_backends(const nlohmann::json& answer, const Style& style);
std::string view_stick_tables(const nlohmann::json& answer, const Style& style);  // views_stick.cpp
std::string view_heartbeats(const nlohmann::json& answer, const Style& style);
std::string view_vrrp(const nlohmann::json& answer, const Style& style);
std::string view_vrrp_packets(const nlohmann::json& answer, const Style& style);
std::string view_routes(const nlohmann::json& answer, const Style& style);
std::string view_workers(const nlohmann::json& answer, const Style& style);
std::string view_drops(const nlohmann::json& answer, const Style& style);
std::string view_all_drops(const nlohmann::json& answer, const Style& style);  // those that never happened too
std::string view_stages(const nlohmann::json& answer, const Style& style);
std::string view_explain(const nlohmann::json& answer, const Style& style);

}  // namespace poise::control::cli
