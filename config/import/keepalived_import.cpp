#include "config/import/keepalived_import.hpp"

#include "config/import/keepalived_mapping.hpp"
#include "config/import/keepalived_variables.hpp"
#include "config/schema.hpp"
#include "config/types/limits.hpp"
#include "config/validate.hpp"

namespace poise::config::importing {
namespace {

// What others refer to, whatever the order in the file.
void look_ahead(Mapping& mapping, const Tree& document) {
  for (const Statement& each : document) {
    if (each.keyword == "vrrp_script") mapping.scripts.emplace(first_argument(each), &each);
    if (each.keyword == "track_file" || each.keyword == "vrrp_track_file")
      mapping.files.emplace(first_argument(each), &each);
    if (each.keyword != "vrrp_sync_group") continue;
    bool keeps_weights = false;
    for (const Statement& child : each.children)
      if (child.keyword == "sync_group_tracking_weight") keeps_weights = true;
    for (const Statement& child : each.children)
      if (child.keyword == "group" && !keeps_weights)
        for (const Statement& member : child.children) mapping.weightless.insert(member.keyword);
  }
}

void map_document(Mapping& mapping, const Tree& document) {
  look_ahead(mapping, document);
  for (const Statement& each : document)
    if (each.keyword == "global_defs") map_globals(mapping, each);
  for (const Statement& each : document) {
    if (each.keyword == "vrrp_script") map_script(mapping, each);
    if (each.keyword == "track_file" || each.keyword == "vrrp_track_file") map_file(mapping, each);
    if (each.keyword == "vrrp_instance") map_instance(mapping, each);
    if (each.keyword == "vrrp_sync_group") map_group(mapping, each);
    if (each.keyword == "virtual_server") map_virtual_server(mapping, each, document);
  }
  finish_links(mapping);
  mapping.note_rest(document);
}

// The place that the longest known part of a path came from: "vrrp.instances.VI_1.track[0].weight".
std::optional<Place> place_of(const Mapping& mapping, std::string path) {
  while (true) {
    const auto found = mapping.places.find(path);
    if (found != mapping.places.end()) return found->second;
    const std::size_t end = path.find_last_of(".[");
    if (end == std::string::npos) return std::nullopt;
    path.resize(end);
  }
}

void add_blocks(const Tree& tree, std::map<Place, Place>& blocks) {
  for (const Statement& statement : tree) {
    if (statement.end.line != 0) blocks.emplace(statement.place, statement.end);
    add_blocks(statement.children, blocks);
  }
}

// Errors of our own rules, at the lines that caused them. A line or block that has an error already is not blamed
// twice.
void place_errors(Mapping& mapping, const Tree& document, const Errors& errors, Errors& nowhere) {
  std::map<Place, Place> blocks;  // from the first line to the last
  add_blocks(document, blocks);
  std::vector<std::pair<Place, Error>> found;
  for (const Error& error : errors) {
    const auto place = place_of(mapping, error.path);
    if (!place) {
      nowhere.push_back(error);
      continue;
    }
    const auto block = blocks.find(*place);
    if (!mapping.report.has_error_in(*place, block == blocks.end() ? *place : block->second))
      found.emplace_back(*place, error);
  }
  for (auto& [place, error] : found) mapping.report.refuse(place, error.path, std::move(error));
}

}  // namespace

Imported import_keepalived(std::string_view text, const ImportOptions& options) {
  Report report(options.lenient);
  Imported imported;
  if (text.size() > limits::document_bytes) {
    imported.errors = {{options.file, "the file is larger than 16 MiB", "include less"}};
    return imported;
  }
  std::vector<Token> tokens;
  for (const SourceLine& line : expand_lines(as_utf8(text), options, report)) add_tokens(line, tokens, report);
  const Tree document = parse_statements(tokens, report);
  Mapping mapping(options, report);
  map_document(mapping, document);
  const bool had_errors = report.has_errors();
  const Results<Config> config = from_json(mapping.document);
  Errors nowhere;
  place_errors(mapping, document, config ? validate(*config) : config.error(), nowhere);
  imported.document = config ? to_json_brief(*config) : std::move(mapping.document);
  imported.notes = report.notes();
  imported.errors = report.errors();
  if (!had_errors) imported.errors.insert(imported.errors.end(), nowhere.begin(), nowhere.end());
  return imported;
}

}  // namespace poise::config::importing
