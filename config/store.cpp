#include "config/store.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

#include "config/revision_file.hpp"
#include "config/schema.hpp"
#include "config/types/limits.hpp"
#include "config/validate.hpp"

namespace poise::config {
namespace {

namespace fs = std::filesystem;

fs::path file_of(const fs::path& directory, std::uint64_t number) {
  return directory / (std::to_string(number) + ".json");
}

// The number of a file named "<number>.json"; 0 for any other.
std::uint64_t number_of(const fs::path& file) {
  const std::string name = file.filename().string();
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool is_ours =
      error == std::errc{} && std::string_view(end) == ".json" && name[0] != '0' && number < UINT64_MAX;
  return is_ours ? number : 0;
}

// Newest first, whole or damaged.
Result<std::vector<std::uint64_t>> numbers_in(const fs::path& directory) {
  std::vector<std::uint64_t> numbers;
  std::error_code error;
  for (fs::directory_iterator each(directory, error), end; !error && each != end; each.increment(error))
    if (const std::uint64_t number = number_of(each->path()); number != 0) numbers.push_back(number);
  if (error) return fail(directory.string(), "cannot list the revisions: " + error.message(), "");
  std::ranges::sort(numbers, std::greater{});
  return numbers;
}

void remove_leftovers(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::path> leftovers;
  for (fs::directory_iterator each(directory, error), end; !error && each != end; each.increment(error))
    if (each->path().extension() == ".tmp" && number_of(each->path().stem()) != 0) leftovers.push_back(each->path());
  for (const fs::path& each : leftovers) fs::remove(each, error);
}

Result<Revision> read_revision(const fs::path& file, Config* config) {
  const auto text = read_file(file);
  if (!text) return tl::unexpected<Error>(text.error());
  auto decoded = decode_revision(*text, file.string());
  if (!decoded) return tl::unexpected<Error>(decoded.error());
  if (decoded->revision.number != number_of(file))
    return fail(file.string(), "the file holds revision " + std::to_string(decoded->revision.number),
                "give it its own name back");
  if (!config) return decoded->revision;
  auto parsed = parse(decoded->document);
  Errors errors = parsed ? validate(*parsed) : std::move(parsed.error());
  if (!errors.empty())
    return fail(file.string(),
                "the configuration in it is refused: " + to_string(errors.front()) +
                    (errors.size() > 1 ? " (and " + std::to_string(errors.size() - 1) + " more)" : ""),
                "");
  *config = std::move(*parsed);
  return decoded->revision;
}

}  // namespace

Result<Store> Store::open(fs::path directory) {
  const std::string name = directory.string();
  std::error_code error;
  if (const fs::path parent = directory.parent_path(); !parent.empty()) fs::create_directories(parent, error);
  if (!error && ::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
    error = std::error_code(errno, std::generic_category());
  if (error)
    return fail(name, "the directory of revisions cannot be created: " + error.message(),
                "create it, owned by the user of the daemon");
  struct stat facts;
  if (::stat(directory.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode))
    return fail(name, "this is not a directory", "name another place for the revisions");
  if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return fail(name, "others may write to the directory of revisions, which holds keys", "chmod 700 " + name);
  remove_leftovers(directory);
  return Store(std::move(directory));
}

Result<Store::Loaded> Store::load_newest() const {
  const auto numbers = numbers_in(directory_);
  if (!numbers) return tl::unexpected<Error>(numbers.error());
  Loaded loaded;
  for (const std::uint64_t number : *numbers) {
    auto revision = read_revision(file_of(directory_, number), &loaded.config);
    if (revision) {
      loaded.revision = std::move(*revision);
      return loaded;
    }
    loaded.damaged.push_back(std::move(revision.error()));
  }
  if (loaded.damaged.empty()) return fail(directory_.string(), "there is no revision yet", "commit a configuration");
  return fail(directory_.string(),
              "none of the " + std::to_string(loaded.damaged.size()) +
                  " revisions can be read; the newest: " + to_string(loaded.damaged.front()),
              "restore the directory from a backup, or move it away and start from a file");
}

Result<Config> Store::load(std::uint64_t number) const {
  Config config;
  const fs::path file = file_of(directory_, number);
  std::error_code error;
  if (!fs::exists(file, error))
    return fail("revision " + std::to_string(number), "it is not kept here", "`poise revisions` lists those that are");
  if (auto revision = read_revision(file, &config); !revision) return tl::unexpected<Error>(revision.error());
  return config;
}

std::vector<Revision> Store::list() const {
  std::vector<Revision> revisions;
  for (const std::uint64_t number : numbers_in(directory_).value_or(std::vector<std::uint64_t>{}))
    if (auto revision = read_revision(file_of(directory_, number), nullptr)) revisions.push_back(std::move(*revision));
  return revisions;
}

Result<Revision> Store::append(const Config& config, Revision metadata) {
  const auto numbers = numbers_in(directory_);
  if (!numbers) return tl::unexpected<Error>(numbers.error());
  metadata.number = numbers->empty() ? 1 : numbers->front() + 1;
  const std::string text = encode_revision(metadata, config);
  if (text.size() > limits::document_bytes)
    return fail("",
                "the configuration is larger than " + std::to_string(limits::document_bytes >> 20) +
                    " MiB and could not be read again",
                "remove what is not needed");
  const auto written = write_durably(file_of(directory_, metadata.number), text);
  if (!written) return tl::unexpected<Error>(written.error());
  // What is too old goes only now. A file that cannot be removed is tried again at the next commit.
  std::error_code ignored;
  for (std::size_t i = limits::revisions_kept - 1; i < numbers->size(); ++i)
    fs::remove(file_of(directory_, (*numbers)[i]), ignored);
  return metadata;
}

}  // namespace poise::config
