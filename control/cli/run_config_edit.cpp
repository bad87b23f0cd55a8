#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "control/cli/run.hpp"
#include "control/cli/text.hpp"
#include "control/cli/views.hpp"

namespace poise::control::cli {
namespace {

// ScratchFile - the document while it is edited; readable by its owner only, because it may hold token hashes and keys.
// Removed unless kept.
class ScratchFile {
 public:
  explicit ScratchFile(const std::string& text) {
    const char* folder = std::getenv("TMPDIR");
    path_ = std::string(folder != nullptr && *folder != 0 ? folder : "/var/tmp") + "/poise-XXXXXX.json";
    const int file = ::mkstemps(path_.data(), 5);
    if (file < 0) return;
    ::close(file);
    std::ofstream(path_, std::ios::binary) << text;
    made_ = true;
  }
  ScratchFile(const ScratchFile&) = delete;
  ~ScratchFile() {
    if (made_ && !kept_) ::unlink(path_.c_str());
  }
  bool made() const { return made_; }
  const std::string& path() const { return path_; }
  void keep() { kept_ = true; }

 private:
  std::string path_;
  bool made_ = false, kept_ = false;
};

bool agrees(const std::string& answer) { return answer == "y" || answer == "Y" || answer == "yes"; }

Failure keeping(ScratchFile& file, Failure failure) {
  file.keep();
  failure.errors.push_back({file.path(), "your edited document is kept there", "poise config commit " + file.path()});
  return failure;
}

}  // namespace

Outcome<void> run_config_edit(Context& context, const Invocation& invocation) {
  const Outcome<Response> running = context.client.call({.method = "GET", .path = "/v1/config"});
  if (!running) return tl::unexpected(running.error());
  const Outcome<nlohmann::json> document = parse_answer(*running);
  if (!document) return tl::unexpected(document.error());
  const std::string before = document->dump(2) + "\n";
  ScratchFile file(before);
  if (!file.made())
    return failed(Exit::usage, {file.path(), "the file cannot be made", "set TMPDIR to a folder of yours"});
  const std::string path = "/v1/config" + change_query(invocation);
  while (true) {
    if (!context.edit(file.path()))
      return tl::unexpected(keeping(file, {Exit::usage, {{"", "the editor failed", "set EDITOR"}}}));
    const Outcome<std::string> edited = read_document(file.path());
    if (!edited) return tl::unexpected(edited.error());
    if (*edited == before) {
      context.out << "nothing changed\n";
      return {};
    }
    const std::string body = without_comments(*edited);
    const Outcome<Response> planned = context.client.call({.method = "POST", .path = "/v1/config/plan", .body = body});
    if (planned) {
      context.notes << view_changes(nlohmann::json::parse(planned->body, nullptr, false), context.style);
      if (!context.in_is_terminal || invocation.has("--yes") || agrees(context.ask("commit this? [y/N] "))) {
        const Outcome<Response> committed =
            context.client.call({.method = "PUT", .path = path, .body = body, .if_match = running->etag});
        if (!committed) return tl::unexpected(keeping(file, committed.error()));
        return report_change(context, invocation, *committed);
      }
    } else {
      for (const Error& error : planned.error().errors) context.notes << printable(to_string(error)) << "\n";
      if (planned.error().exit != Exit::refused || !context.in_is_terminal)
        return tl::unexpected(keeping(file, {planned.error().exit, {}}));
    }
    if (!agrees(context.ask("edit again? [y/N] "))) return tl::unexpected(keeping(file, {Exit::refused, {}}));
  }
}

}  // namespace poise::control::cli
