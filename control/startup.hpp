#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "config/model.hpp"
#include "config/store.hpp"
#include "config/types/result.hpp"

namespace poise::control {

// What poised starts with. The rule: revisions on disk are the truth; the file is imported, as a new revision, when it
// is not the one that was imported last (by its SHA-256). A file that is not valid, or a damaged revision, falls back
// to the newest good revision, loudly; without any, to the defaults (an API and nothing else). A commit that still
// waits for its confirmation does not outlive a restart: what ran before it is committed again.
struct Initial {
  config::Config config;
  std::uint64_t revision = 0;
  Errors damaged;         // to be logged and shown: why this is not what the operator may expect
  bool imported = false;  // the file became a new revision
};
Result<Initial> load_initial(config::Store& store, const std::filesystem::path& state, const std::string& file,
                             const std::string& time);

// A configuration file, checked wholly: syntax, fields, rules; errors carry line and column.
Results<config::Config> read_file(const std::string& file);

// Notes durably that a revision committed with confirm_s is there to stay.
Result<void> mark_confirmed(const std::filesystem::path& state, std::uint64_t revision);

// Remembers that the file in its present state has been imported; asks whether it has.
void mark_imported(const std::filesystem::path& state, const std::string& file);
bool is_imported(const std::filesystem::path& state, const std::string& file);

}  // namespace poise::control
