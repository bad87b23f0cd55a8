#include "control/startup.hpp"

#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "config/revision_file.hpp"
#include "config/schema.hpp"
#include "config/text.hpp"
#include "config/types/limits.hpp"
#include "config/validate.hpp"

namespace poise::control {
namespace {

namespace fs = std::filesystem;

Result<std::string> contents(const std::string& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  std::ifstream stream(file, std::ios::binary);
  if (error || !stream)
    return fail(file, std::string("can't be read: ") + std::strerror(error ? error.value() : errno),
                "check the path and its permissions");
  if (size > limits::document_bytes) return fail(file, "is larger than 16 MiB", "is it the right file?");
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::string digest_of(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    char pair[3];
    std::snprintf(pair, sizeof pair, "%02x", digest[i]);
    hex += pair;
  }
  return hex;
}

fs::path mark_of(const fs::path& state) { return state / "imported.sha256"; }
fs::path confirmed_of(const fs::path& state) { return state / "confirmed"; }  // the last revision that was

bool is_confirmed(const fs::path& state, std::uint64_t revision) {
  std::uint64_t last = 0;
  std::ifstream(confirmed_of(state)) >> last;
  return revision <= last;
}

// The newest revision still waits for its confirmation: back to what ran before it.
void revert_unconfirmed(config::Store& store, Initial& initial, std::uint64_t before, const std::string& time) {
  const std::string waits = std::to_string(initial.revision);
  Result<config::Config> config = before == 0 ? config::Config{} : store.load(before);
  if (!config) {
    initial.damaged.push_back(
        {"revision " + waits,
         "it was not confirmed, but what ran before cannot be loaded: " + to_string(config.error()), ""});
    return;
  }
  config::Revision metadata;
  metadata.committed_at = time;
  metadata.author = "poised";
  metadata.comment = "revision " + waits + " was not confirmed before the restart: back to " + std::to_string(before);
  initial.damaged.push_back({"revision " + waits,
                             "it was not confirmed before the restart: back to revision " + std::to_string(before),
                             "commit it again: `poise config rollback " + waits + "`"});
  initial.config = std::move(*config);
  initial.revision = before;
  if (const Result<config::Revision> stored = store.append(initial.config, metadata))
    initial.revision = stored->number;
  else
    initial.damaged.push_back(stored.error());
}

}  // namespace

Results<config::Config> read_file(const std::string& file) {
  const Result<std::string> text = contents(file);
  if (!text) return tl::unexpected(Errors{text.error()});
  Results<config::Config> config = config::parse(*text, file);
  if (!config) return config;
  Errors errors = config::validate(*config);
  if (errors.empty()) return config;
  return tl::unexpected(config::with_places(std::move(errors), *text, file));
}

bool is_imported(const fs::path& state, const std::string& file) {
  std::string known;
  std::ifstream(mark_of(state)) >> known;
  const Result<std::string> text = contents(file);
  return text && known == digest_of(*text);
}

Result<void> mark_confirmed(const fs::path& state, std::uint64_t revision) {
  return config::write_durably(confirmed_of(state), std::to_string(revision) + "\n");
}

void mark_imported(const fs::path& state, const std::string& file) {
  const Result<std::string> text = contents(file);
  if (!text) return;
  (void)config::write_durably(mark_of(state), digest_of(*text) + "\n");  // else it is imported once more: harmless
}

Result<Initial> load_initial(config::Store& store, const fs::path& state, const std::string& file,
                             const std::string& time) {
  Initial initial;
  const bool has_revisions = !store.list().empty();
  if (Result<config::Store::Loaded> newest = store.load_newest()) {
    initial.config = newest->config;
    initial.revision = newest->revision.number;
    initial.damaged = newest->damaged;
    const auto before = newest->revision.reverts_to;
    if (before && !is_confirmed(state, initial.revision)) revert_unconfirmed(store, initial, *before, time);
  } else if (has_revisions) {
    initial.damaged.push_back(newest.error());
  }
  if (file.empty() || is_imported(state, file)) return initial;
  Results<config::Config> wanted = read_file(file);
  if (!wanted) {
    for (const Error& error : wanted.error()) initial.damaged.push_back(error);
    if (initial.revision == 0) return tl::unexpected(wanted.error().front());
    return initial;
  }
  config::Revision metadata;
  metadata.committed_at = time;
  metadata.author = "poised";
  metadata.comment = "imported from " + file;
  const Result<config::Revision> stored = store.append(*wanted, metadata);
  if (!stored) return tl::unexpected(stored.error());
  initial.config = std::move(*wanted);
  initial.revision = stored->number;
  initial.imported = true;
  mark_imported(state, file);
  return initial;
}

}  // namespace poise::control
