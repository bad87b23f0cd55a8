#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "control/cli/run.hpp"
#include "control/cli/streams.hpp"
#include "control/cli/text.hpp"
#include "control/cli/views.hpp"

namespace poise::control::cli {
namespace {

using Json = nlohmann::json;

// A stream of JSON lines as a table that grows, or as it is with --json.
Outcome<void> run_lines(Context& context, const Invocation& invocation, const std::vector<ViewColumn>& columns) {
  StreamTable table(table_columns(columns), context.style);
  LineReader lines;
  std::uint64_t rows = 0;
  const auto print = [&](std::string_view line) {
    if (line.empty()) return;
    const Json row = context.json ? Json() : Json::parse(line, nullptr, false);
    if (context.json) {
      context.out << line << "\n";
    } else if (!row.is_object()) {
      context.out << printable(line) << "\n";
    } else {
      if (rows++ == 0) context.out << table.header();
      context.out << table.row(table_row(columns, row));
    }
  };
  const Outcome<Response> response =
      context.client.stream({.method = "GET", .path = request_path(invocation)}, [&](std::string_view piece) {
        lines.feed(piece, print);
        context.out.flush();
        return context.out.good();
      });
  lines.finish(print);
  context.out.flush();
  if (!response) return tl::unexpected(response.error());
  if (rows == 0 && !context.json) context.notes << "nothing found\n";
  return {};
}

// "revision=7  comment=..." from the data of an event; its time stands elsewhere.
std::string summary(const Json& data) {
  if (!data.is_object()) return format_value(data, Format::text);
  std::string text;
  for (const auto& [name, value] : data.items())
    if (name != "time") text += (text.empty() ? "" : "  ") + printable(name) + "=" + format_value(value, Format::text);
  return text;
}

void print_event(Context& context, const std::string& name, const std::string& text) {
  Json data = Json::parse(text, nullptr, false);
  if (data.is_discarded()) data = text;
  if (context.json) {
    context.out << Json{{"event", name}, {"data", data}}.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
  } else if (name != "stats") {  // counters each second are for programs; `poise top` shows them
    const std::string padding(name.size() < 7 ? 7 - name.size() : 0, ' ');
    const Json& time = member(data, "time");
    if (time.is_string()) context.out << toned(format_value(time, Format::text), Tone::dim, context.style) << "  ";
    context.out << toned(printable(name), Tone::strong, context.style) << padding << "  " << summary(data) << "\n";
  }
  context.out.flush();
}

}  // namespace

Outcome<void> run_flows(Context& context, const Invocation& invocation) {
  static const std::vector<ViewColumn> columns = {
      {"PROTOCOL", "protocol", Format::word},      {"CLIENT", "client", Format::word, 21},
      {"SERVICE", "service", Format::word, 12},    {"DESTINATION", "destination", Format::word, 21},
      {"SERVER", "server", Format::word, 21},      {"STATE", "state", Format::word, 11},
      {"IDLE", "idle_ms", Format::duration_ms, 6}, {"WORKER", "worker", Format::number}};
  return run_lines(context, invocation, columns);
}

Outcome<void> run_trace(Context& context, const Invocation& invocation) {
  static const std::vector<ViewColumn> columns = {{"PACKET", "packet", Format::number, 6},
                                                  {"WORKER", "worker", Format::number},
                                                  {"PROTOCOL", "protocol", Format::word},
                                                  {"SOURCE", "source", Format::word, 19},
                                                  {"DESTINATION", "destination", Format::word, 19},
                                                  {"STAGE", "stage", Format::word, 8},
                                                  {"WHAT", "text", Format::word}};
  return run_lines(context, invocation, columns);
}

Outcome<void> run_events(Context& context, const Invocation& invocation) {
  EventReader events;
  const Outcome<Response> response = context.client.stream(
      {.method = "GET", .path = request_path(invocation), .accept = "text/event-stream"}, [&](std::string_view piece) {
        events.feed(piece, [&](const std::string& name, const std::string& data) { print_event(context, name, data); });
        return context.out.good();
      });
  if (!response) return tl::unexpected(response.error());
  return {};
}

Outcome<void> run_capture(Context& context, const Invocation& invocation) {
  const std::string file = invocation.get("-w", "-");
  const bool to_out = file == "-";
  if (to_out && context.out_is_terminal)
    return failed(Exit::usage, {"", "a capture is not for a terminal",
                                "poise capture -w FILE, or poise capture -w - | tcpdump -nr -"});
  std::ofstream opened;
  std::ostream& sink = to_out ? context.out : opened;
  PcapCounter counter;
  std::chrono::nanoseconds told = context.now();
  bool failed_to_write = false;
  const auto take = [&](std::string_view piece) {
    if (!to_out && !opened.is_open()) opened.open(file, std::ios::binary | std::ios::trunc);
    sink.write(piece.data(), std::streamsize(piece.size())).flush();
    failed_to_write = !sink.good();
    counter.feed(piece);
    if (context.notes_is_terminal && context.now() - told >= std::chrono::milliseconds(500)) {
      told = context.now();
      context.notes << "\r\x1b[K" << counter.packets() << " packets, " << human_bytes(double(counter.bytes()))
                    << std::flush;
    }
    return !failed_to_write;
  };
  const Outcome<Response> response = context.client.stream({.method = "GET", .path = request_path(invocation)}, take);
  if (context.notes_is_terminal) context.notes << "\r\x1b[K";
  if (failed_to_write)
    return failed(Exit::usage, {file, "cannot be written", "is the folder there, with room and permission?"});
  if (counter.bytes() > 0)
    context.notes << counter.packets() << " packets, " << human_bytes(double(counter.bytes())) << "\n";
  if (!response) return tl::unexpected(response.error());
  return {};
}

}  // namespace poise::control::cli
