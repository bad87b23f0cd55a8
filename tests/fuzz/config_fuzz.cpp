#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "config/edit.hpp"
#include "config/plan.hpp"
#include "config/schema.hpp"
#include "config/validate.hpp"

// Any bytes are a configuration file: they are refused with errors, or they mean something that survives being written
// and read. Any JSON is a patch: it is refused, or makes a document that is refused or read.
namespace {

using namespace poise;
using nlohmann::json;

void check_accepted(const config::Config& parsed) {
  const auto again = config::from_json(config::to_json(parsed));
  ensure(again.has_value() && *again == parsed);
  const auto brief = config::parse(config::to_json_brief(parsed).dump());
  ensure(brief.has_value() && *brief == parsed);
  ensure(config::plan(parsed, parsed).empty());
  ensure(config::plan(config::Config{}, parsed).empty() == (parsed == config::Config{}));
}

void patch(const json& body) {
  const json running = config::to_json_brief(config::Config{});
  for (const auto& changed : {config::merge_patch(running, "", body), config::json_patch(running, "", body),
                              config::replace_at(running, "services/web", body)})
    if (changed) (void)config::from_json(*changed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = config::parse(text, "fuzz.json");
  ensure(parsed.has_value() || !parsed.error().empty());
  if (parsed) {
    check_accepted(*parsed);
    (void)config::with_places(config::validate(*parsed), text, "fuzz.json");
  }
  if (const auto body = config::read_body(text)) patch(*body);
  (void)config::help(text.substr(0, 200));
  return 0;
}
