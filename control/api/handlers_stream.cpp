#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/api/handlers.hpp"

namespace poise::control::api {
namespace {

std::string text_of(const Request& request, const std::string& name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? "" : found->second;
}

Response streaming(std::shared_ptr<ByteStream> stream, const std::string& type) {
  Response response;
  response.content_type = type;
  response.headers["Cache-Control"] = "no-store";
  response.stream = std::move(stream);
  return response;
}

Response malformed(const Error& error) { return problem(400, "the request is malformed", {error}); }

// The filter and bounds that capture and trace share.
Result<Core::Observe> read_observation(const Request& request) {
  Core::Observe wanted;
  auto observation = datapath::make_observation(text_of(request, "filter"));
  if (!observation) return tl::unexpected(observation.error());
  const auto count = number_of(request, "count", ~0ull >> 1, ~0ull >> 1),
             seconds = number_of(request, "seconds", 3600, 24 * 3600);
  const auto snap = number_of(request, "snap", limits::punt_bytes, limits::punt_bytes),
             sample = number_of(request, "sample", 1, 1'000'000);
  for (const auto* number : {&count, &seconds, &snap, &sample})
    if (!*number) return tl::unexpected(number->error());
  wanted.observation = *observation;
  wanted.observation->snap_length = std::uint16_t(*snap);
  wanted.observation->sample = std::uint32_t(std::max<std::uint64_t>(*sample, 1));
  wanted.count = *count;
  wanted.seconds = std::uint32_t(*seconds);
  return wanted;
}

Response observe(Core& core, const Core::Observe& wanted, const std::string& type) {
  if (wanted.count == 0) return malformed({"count", "0 packets are none", ""});
  std::shared_ptr<ByteStream> stream = core.open_observation(wanted);
  if (stream) return streaming(std::move(stream), type);
  return problem(409, "another capture or trace runs",
                 {{"", "one capture or trace at a time", "wait for the other to end"}});
}

}  // namespace

Response stream_flows(Core& core, const Request& request) {
  const auto limit = number_of(request, "limit", ~0ull >> 1, ~0ull >> 1);
  if (!limit) return malformed(limit.error());
  return streaming(core.open_flows({text_of(request, "service"), text_of(request, "client"), text_of(request, "server"),
                                    text_of(request, "protocol"), text_of(request, "state"), *limit}),
                   "application/x-ndjson");
}

Response stream_capture(Core& core, const Request& request) {
  auto wanted = read_observation(request);
  if (!wanted) return malformed(wanted.error());
  wanted->observation->capture = true;
  if (const std::string dropped = text_of(request, "dropped"); !dropped.empty()) {
    wanted->observation->only_dropped = true;
    const auto* row = std::find_if(datapath::drops.begin(), datapath::drops.end(),
                                   [&](const auto& info) { return info.counter == dropped; });
    if (row == datapath::drops.end() && dropped != "any")
      return malformed({"dropped", "\"" + dropped + "\" is no drop reason", "any, or one of `poise drops --all`"});
    if (row != datapath::drops.end()) wanted->observation->drop = row->reason;
  }
  return observe(core, *wanted, "application/vnd.tcpdump.pcap");
}

Response stream_trace(Core& core, const Request& request) {
  auto wanted = read_observation(request);
  if (!wanted) return malformed(wanted.error());
  wanted->observation->trace = true;
  return observe(core, *wanted, "application/x-ndjson");
}

Response stream_events(Core& core, const Request&) { return streaming(core.open_events(), "text/event-stream"); }

}  // namespace poise::control::api
