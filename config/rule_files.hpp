#pragma once
#include <string>
#include <vector>

#include "config/model.hpp"

namespace poise::config {

// RuleFile - a file that a content rule or an error page names: where the configuration says so, and what is to be in
// it.
struct RuleFile {
  enum class Kind : std::uint8_t { values, expressions, prefixes, backends, page } kind = Kind::values;
  std::string file, place;
  const Frontend* frontend = nullptr;  // backends: whose
  bool operator==(const RuleFile& other) const { return kind == other.kind && file == other.file; }
};

// Of all frontends and backends, in their order.
std::vector<RuleFile> rule_files_of(const Config& config);

}  // namespace poise::config
