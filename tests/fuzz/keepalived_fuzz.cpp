#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/import/keepalived_import.hpp"
#include "config/schema.hpp"
#include "config/validate.hpp"

// Any bytes are a keepalived.conf: it is refused with errors that have a line, or becomes a configuration that is valid
// and survives being written and read. A file may include itself.
namespace {

using namespace poise;
namespace importing = config::importing;

importing::ImportOptions options_of(std::string_view text) {
  importing::ImportOptions options{.file = "k.conf", .id = "a"};
  options.addresses = {{"eth0", {*parse_prefix("192.168.1.1/24")}}, {"eth1", {*parse_prefix("10.0.0.1/24")}}};
  options.include = [text](const std::string&, const std::string& pattern) {
    if (pattern != "self") return std::vector<importing::IncludedFile>{};
    return std::vector<importing::IncludedFile>{{"self", std::string(text)}};
  };
  options.find_program = [](const std::string& name) { return "/bin/" + name; };
  return options;
}

void import(std::string_view text, bool lenient) {
  importing::ImportOptions options = options_of(text);
  options.lenient = lenient;
  const importing::Imported imported = importing::import_keepalived(text, options);
  for (const importing::Note& note : imported.notes) ensure(note.line != 0 && !note.file.empty());
  const std::string written = imported.document.dump();
  if (!imported.errors.empty()) return;
  const auto parsed = config::parse(written);
  ensure(parsed.has_value());
  ensure(config::validate(*parsed).empty());
  ensure(config::to_json_brief(*parsed) == imported.document);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  import(text, false);
  import(text, true);
  return 0;
}
