#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "config/store.hpp"

// One revision as a file: JSON on three lines, so that people and tools can read it, with a SHA-256 over everything
// after the first line. A byte that was changed, lost or added anywhere makes it unreadable.
namespace poise::config {

std::string encode_revision(const Revision& revision, const Config& config);

struct RevisionText {
  Revision revision;
  std::string_view document;  // points into the text that was decoded
};
// Checks checksum and form; `path` is what an error names. The document is not yet parsed.
Result<RevisionText> decode_revision(std::string_view text, const std::string& path);

Result<std::string> read_file(const std::filesystem::path& file);
// Writes `text` so that after a crash or error at any point the file is as before or as wanted, never between:
// temporary file, fsync, rename, fsync of the directory. Mode 0600.
Result<void> write_durably(const std::filesystem::path& file, std::string_view text);

}  // namespace poise::config
