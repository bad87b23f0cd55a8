#include "config/import/keepalived_import.hpp"

#include "config/import/keepalived_mapping.hpp"
#include "config/import/keepalived_variables.hpp"
#include "config/import/places.hpp"
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

// From the first line of each block to its last.
void add_blocks(const Tree& tree, Blocks& blocks) {
  for (const Statement& statement : tree) {
    if (statement.end.line != 0) blocks.emplace(statement.place, statement.end);
    add_blocks(statement.children, blocks);
  }
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
  Blocks blocks;
  add_blocks(document, blocks);
  place_errors(report, mapping.places, blocks, config ? validate(*config) : config.error(), nowhere);
  imported.document = config ? to_json_brief(*config) : std::move(mapping.document);
  imported.notes = report.notes();
  imported.errors = report.errors();
  if (!had_errors) imported.errors.insert(imported.errors.end(), nowhere.begin(), nowhere.end());
  return imported;
}

}  // namespace poise::config::importing
