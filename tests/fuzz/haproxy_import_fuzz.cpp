#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/import/haproxy/import.hpp"
#include "config/schema.hpp"
#include "config/validate.hpp"

// Any bytes are a haproxy.cfg: it is refused with errors that have a line and a fix, or becomes a configuration that is
// valid and survives being written and read.
namespace {

using namespace poise;
namespace importing = config::importing;

importing::haproxy::Options options_of(bool lenient) {
  importing::haproxy::Options options{.file = "h.cfg", .lenient = lenient};
  options.variables = {{"A", "192.0.2.1"}, {"B", "two words"}, {"C", "$A"}, {"D", "\xff"}};
  options.resolve = [](const std::string& name) { return name == "a" ? parse_ip("192.0.2.2") : std::nullopt; };
  options.read_file = [](const std::string& path) {
    return path == "f" ? std::optional<std::string>("x\n# y\n/z a\n") : std::nullopt;
  };
  return options;
}

void import(std::string_view text, bool lenient) {
  const importing::Imported imported = importing::haproxy::import_haproxy(text, options_of(lenient));
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
  (void)importing::haproxy::looks_like_haproxy(text);
  import(text, false);
  import(text, true);
  return 0;
}
