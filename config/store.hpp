#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "config/types/result.hpp"

namespace poise::config {

// Revision - one committed configuration on disk.
struct Revision {
  std::uint64_t number = 0;
  std::string committed_at;  // RFC 3339, UTC; given by the caller
  std::string author, comment;
  std::optional<std::uint64_t> reverts_to;  // until it is confirmed; 0: the defaults that ran before any revision
};

// Store - revisions on disk: <directory>/<number>.json (metadata and document with a checksum), the last
// limits::revisions_kept kept. Owner: control. Every write is temporary file, fsync, rename, fsync of the directory; a
// crash at any point leaves the old state.
class Store {
 public:
  // Opens or creates the directory (mode 0700, files 0600).
  static Result<Store> open(std::filesystem::path directory);

  struct Loaded {
    Revision revision;
    Config config;
    Errors damaged;  // newer revisions that could not be read, each with its file and why: to be logged loudly
  };
  // The newest revision that is whole and valid; an Error when there is none (its path names the directory).
  Result<Loaded> load_newest() const;
  Result<Config> load(std::uint64_t number) const;
  std::vector<Revision> list() const;  // newest first
  // Writes the next revision durably and returns it; on error (disk full, no permission) nothing changed.
  Result<Revision> append(const Config& config, Revision metadata);

 private:
  explicit Store(std::filesystem::path directory) : directory_(std::move(directory)) {}
  std::filesystem::path directory_;
};

}  // namespace poise::config
