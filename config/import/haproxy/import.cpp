#include "config/import/haproxy/import.hpp"

#include "config/import/haproxy/proxy.hpp"
#include "config/import/keepalived_lexer.hpp"
#include "config/import/texts.hpp"
#include "config/schema.hpp"
#include "config/types/limits.hpp"
#include "config/validate.hpp"

namespace poise::config::importing::haproxy {
namespace {

// Sections of other kinds than proxies: what is left out with one matters only to who refers to it.
void map_others(Mapping& mapping, const Section& section) {
  const std::string why = why_not_section(section.head.words[0]);
  mapping.ignored(section.head, why);
  for (const Line& line : section.lines) mapping.ignored(line, "see the head of the section");
}

// From the first line of each section to its last.
Blocks blocks_of(const std::vector<Section>& sections) {
  Blocks blocks;
  for (const Section& section : sections)
    blocks[section.head.place] = section.lines.empty() ? section.head.place : section.lines.back().place;
  return blocks;
}

std::string host_label(Variables& variables) {
  const auto found = variables.find("HOSTNAME");
  return found == variables.end() ? "localhost" : found->second;
}

}  // namespace

Imported import_haproxy(std::string_view text, const Options& options) {
  Report report(options.lenient);
  Imported imported;
  if (text.size() > limits::document_bytes) {
    imported.errors = {{options.file, "the file is larger than 16 MiB", "split it"}};
    return imported;
  }
  Mapping mapping(options, report);
  for (const auto& [name, value] : options.variables) mapping.variables[name] = as_utf8(value);
  mapping.variables.try_emplace("HAPROXY_LOCALPEER", host_label(mapping.variables));
  const Place first{report.add_file(options.file), 1};
  const std::vector<Section> sections =
      read_sections(read_lines(as_utf8(text), mapping.variables, first, report), report);
  for (const Section& section : sections) {
    if (section.kind == Section::Kind::global) map_globals(mapping, section);
    if (section.kind == Section::Kind::other) map_others(mapping, section);
  }
  map_proxies(mapping, sections);
  const bool had_errors = report.has_errors();
  const Results<Config> config = from_json(mapping.document);
  Errors nowhere;
  place_errors(report, mapping.places, blocks_of(sections), config ? validate(*config) : config.error(), nowhere);
  imported.document = config ? to_json_brief(*config) : std::move(mapping.document);
  imported.notes = report.notes();
  imported.errors = report.errors();
  if (!had_errors) imported.errors.insert(imported.errors.end(), nowhere.begin(), nowhere.end());
  return imported;
}

bool looks_like_haproxy(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t start = line.find_first_not_of(" \t\r");
    if (start == std::string_view::npos || line[start] == '#' || line[start] == '.') continue;
    line.remove_prefix(start);
    const std::string_view word = line.substr(0, line.find_first_of(" \t\r#"));
    return begins_section(word) && line.find('{') == std::string_view::npos;
  }
  return false;
}

}  // namespace poise::config::importing::haproxy
