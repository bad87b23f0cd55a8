#include "config/revision_file.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "config/schema.hpp"

namespace poise::config {
namespace {

using nlohmann::json;

constexpr std::string_view checksum_begins = "{\"sha256\": \"";
constexpr std::string_view checksum_ends = "\",\n";
constexpr std::string_view metadata_begins = "\"revision\": ";
constexpr std::string_view document_begins = ",\n\"config\": ";
constexpr std::string_view document_ends = "}\n";
constexpr std::size_t digest_digits = 64;
constexpr std::size_t head_length = checksum_begins.size() + digest_digits + checksum_ends.size();

std::string sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  ensure(EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr) == 1 &&
         2 * length == digest_digits);
  static constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    hex += digits[digest[i] >> 4];
    hex += digits[digest[i] & 15];
  }
  return hex;
}

// Descriptor - closes a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  explicit operator bool() const { return number_ >= 0; }
  int number() const { return number_; }
  bool close() { return ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

std::string remedy(int error) {
  if (error == ENOSPC || error == EDQUOT) return "make room on the disk";
  if (error == EROFS) return "mount the file system writable";
  if (error == EACCES || error == EPERM) return "run as the owner of the directory";
  if (error == EFBIG) return "raise the limit on file sizes";
  return "";
}

tl::unexpected<Error> system_error(const std::filesystem::path& file, const std::string& what) {
  const int error = errno;
  return fail(file.string(), what + ": " + std::strerror(error), remedy(error));
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(std::size_t(written));
  }
  return true;
}

Result<void> write_temporary(const std::filesystem::path& temporary, std::string_view text) {
  Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return system_error(temporary, "cannot create the file");
  if (!write_all(file.number(), text)) return system_error(temporary, "cannot write the file");
  if (::fsync(file.number()) != 0) return system_error(temporary, "cannot bring the file to the disk");
  if (!file.close()) return system_error(temporary, "cannot close the file");
  return {};
}

Result<void> sync_directory(const std::filesystem::path& directory) {
  Descriptor descriptor(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor) return system_error(directory, "cannot open the directory");
  if (::fsync(descriptor.number()) != 0) return system_error(directory, "cannot bring the directory to the disk");
  return {};
}

Result<Revision> read_metadata(std::string_view text, const std::string& path) {
  const json metadata = json::parse(text, nullptr, false);
  const auto is_text = [&](const char* name) { return metadata.contains(name) && metadata[name].is_string(); };
  if (!metadata.is_object() || !metadata.contains("number") || !metadata["number"].is_number_unsigned() ||
      !is_text("committed_at") || !is_text("author") || !is_text("comment"))
    return fail(path, "the metadata of the revision cannot be read", "");
  Revision revision{metadata["number"], metadata["committed_at"], metadata["author"], metadata["comment"], {}};
  if (metadata.contains("reverts_to") && metadata["reverts_to"].is_number_unsigned())
    revision.reverts_to = metadata["reverts_to"].get<std::uint64_t>();
  return revision;
}

}  // namespace

std::string encode_revision(const Revision& revision, const Config& config) {
  json metadata = {{"number", revision.number},
                   {"committed_at", revision.committed_at},
                   {"author", revision.author},
                   {"comment", revision.comment}};
  if (revision.reverts_to) metadata["reverts_to"] = *revision.reverts_to;
  const auto dump = [](const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); };
  std::string rest = std::string(metadata_begins) + dump(metadata) + std::string(document_begins) +
                     dump(to_json_brief(config)) + std::string(document_ends);
  return std::string(checksum_begins) + sha256(rest) + std::string(checksum_ends) + rest;
}

Result<RevisionText> decode_revision(std::string_view text, const std::string& path) {
  const auto damaged = [&](const char* why) { return fail(path, std::string("the revision is damaged: ") + why, ""); };
  if (text.empty()) return damaged("the file is empty");
  const bool has_head = text.size() > head_length && text.starts_with(checksum_begins) &&
                        text.substr(0, head_length).ends_with(checksum_ends);
  if (!has_head) return damaged("it does not begin with a checksum");
  const std::string_view rest = text.substr(head_length);
  if (sha256(rest) != text.substr(checksum_begins.size(), digest_digits))
    return damaged("it was changed or cut after it was written, the checksum is wrong");
  const std::size_t line_end = rest.find(document_begins);
  if (!rest.starts_with(metadata_begins) || line_end == std::string_view::npos || !rest.ends_with(document_ends))
    return damaged("it has another form");
  const auto revision = read_metadata(rest.substr(metadata_begins.size(), line_end - metadata_begins.size()), path);
  if (!revision) return tl::unexpected<Error>(revision.error());
  const std::size_t start = line_end + document_begins.size();
  return RevisionText{*revision, rest.substr(start, rest.size() - start - document_ends.size())};
}

Result<std::string> read_file(const std::filesystem::path& file) {
  Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor) return system_error(file, "cannot open the file");
  std::string text;
  std::array<char, 65536> block;
  while (true) {
    const ssize_t count = ::read(descriptor.number(), block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(file, "cannot read the file");
    if (count == 0) return text;
    text.append(block.data(), std::size_t(count));
  }
}

Result<void> write_durably(const std::filesystem::path& file, std::string_view text) {
  std::filesystem::path temporary = file;
  temporary += ".tmp";
  if (auto written = write_temporary(temporary, text); !written) {
    ::unlink(temporary.c_str());
    return written;
  }
  if (::rename(temporary.c_str(), file.c_str()) != 0) {
    auto error = system_error(file, "cannot put the file in its place");
    ::unlink(temporary.c_str());
    return error;
  }
  if (auto synced = sync_directory(file.parent_path()); !synced) {
    ::unlink(file.c_str());
    return synced;
  }
  return {};
}

}  // namespace poise::config
