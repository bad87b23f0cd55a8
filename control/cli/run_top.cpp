#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "control/cli/run.hpp"
#include "control/cli/text.hpp"
#include "control/cli/views.hpp"

namespace poise::control::cli {
namespace {

using Json = nlohmann::json;

struct Counters {
  double packets = 0, bytes = 0;
};
struct Sample {
  std::chrono::nanoseconds taken{};
  std::map<std::string, Counters> by_name;  // "web", "web/web1"
};

double number(const Json& object, const char* name) {
  const Json& value = member(object, name);
  return value.is_number() ? value.get<double>() : 0;
}

Sample sample_of(const std::vector<Json>& services, std::chrono::nanoseconds now) {
  Sample sample{now, {}};
  for (const Json& service : services) {
    const std::string name = format_value(member(service, "name"), Format::text);
    sample.by_name[name] = {number(service, "packets"), number(service, "bytes")};
    for (const Json& server : rows_of(member(service, "servers")))
      sample.by_name[name + "/" + format_value(member(server, "name"), Format::text)] = {number(server, "packets"),
                                                                                         number(server, "bytes")};
  }
  return sample;
}

// Rates of one name between two samples. A counter that went back has started anew.
Counters rate(const Sample& before, const Sample& after, const std::string& name) {
  const double seconds = std::chrono::duration<double>(after.taken - before.taken).count();
  const auto old = before.by_name.find(name);
  if (old == before.by_name.end() || seconds <= 0) return {};
  const Counters& now = after.by_name.at(name);
  return {std::max(0.0, now.packets - old->second.packets) / seconds,
          std::max(0.0, now.bytes - old->second.bytes) / seconds};
}

Row row_of(const std::string& shown, const Json& object, const Counters& rates) {
  const std::string status = format_value(member(object, "status"), Format::text);
  return {{shown},
          {status == "-" ? "" : status, tone_of_state(status)},
          {format_value(member(object, "connections"), Format::count)},
          {human_count(std::round(rates.packets))},
          {human_bits(rates.bytes * 8)}};
}

std::string picture(std::vector<Json> services, const Sample& before, const Sample& after, const Style& style) {
  const auto name = [](const Json& object) { return format_value(member(object, "name"), Format::text); };
  std::stable_sort(services.begin(), services.end(), [&](const Json& a, const Json& b) {
    return rate(before, after, name(a)).bytes > rate(before, after, name(b)).bytes;
  });
  Table table({{"SERVICE", false, true},
               {"STATUS"},
               {"CONNECTIONS", true},
               {"PACKETS/S", true, false, 9},
               {"RATE", true, false, 10}});
  for (const Json& service : services) {
    table.add(row_of(name(service), service, rate(before, after, name(service))));
    for (const Json& server : rows_of(member(service, "servers")))
      table.add(row_of("  " + name(server), server, rate(before, after, name(service) + "/" + name(server))));
  }
  return services.empty() ? "no services\n" : table.render(style);
}

// Draws over the last picture instead of clearing first, so that nothing flickers; what does not fit is left out.
std::string redrawn(const std::string& text, std::size_t height) {
  std::string screen = "\x1b[H", line;
  std::istringstream lines(text);
  for (std::size_t shown = 0; (height == 0 || shown + 1 < height) && std::getline(lines, line); ++shown)
    screen += line + "\x1b[K\n";
  return screen + "\x1b[J";
}

}  // namespace

Outcome<void> run_top(Context& context, const Invocation& invocation) {
  std::uint64_t left = invocation.has("--count") ? std::stoull(invocation.get("--count")) : ~0ull;
  Sample before;
  for (bool first = true; left > 0; first = false) {
    const Outcome<Json> answer = fetch(context, "/v1/services");
    if (!answer) return tl::unexpected(answer.error());
    const std::vector<Json> services = rows_of(*answer);
    const Sample after = sample_of(services, context.now());
    const bool draws = context.out_is_terminal && !context.json;
    if (!first || draws) {
      const std::string text =
          context.json ? answer->dump() + "\n" : picture(services, first ? after : before, after, context.style);
      context.out << (draws ? redrawn(text, context.height) : text + (context.json ? "" : "\n")) << std::flush;
      if (!first) --left;
    }
    before = after;
    if (left > 0 && context.wait(std::chrono::seconds(1))) return interrupted();
  }
  return {};
}

}  // namespace poise::control::cli
