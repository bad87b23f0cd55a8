// The part of Core that makes answers while they are sent: events, flows, capture and trace.
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "control/capture_file.hpp"
#include "control/core.hpp"
#include "control/names.hpp"

namespace poise::control {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::uint16_t rows_per_request = 64;
constexpr std::size_t room_for_rows = 64 * 1024;  // of a stream, before more rows are asked for
constexpr auto patience_for_worker = 2s;

std::string line(const json& object) { return object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"; }

}  // namespace

std::shared_ptr<ByteStream> Core::open_events() {
  auto stream = std::make_shared<ByteStream>(256 * 1024);
  stream->append(": events of " + transactions_.running().node.name + "\n\n");
  events_.push_back(stream);
  return stream;
}

void Core::emit(const std::string& event, const json& data) {
  json with_time = data;
  with_time["time"] = clock_();
  const std::string text = "event: " + event + "\ndata: " + with_time.dump() + "\n\n";
  events_.remove_if([](const auto& weak) { return weak.expired(); });
  for (const auto& weak : events_)
    if (const auto stream = weak.lock(); stream && !stream->append(text))
      stream->finish();  // too slow: it may come back and start anew
}

void Core::every_second() {
  if (events_.empty()) return;
  std::uint64_t flows = 0, packets = 0, bytes = 0, dropped = 0;
  const datapath::Engine& engine = machine_.engine();
  for (std::size_t i = 0; i < engine.workers(); ++i) {
    const datapath::WorkerCounters& counters = engine.counters(i);
    flows += counters.flows_active.read();
    for (const auto& port : counters.ports) {
      packets += port.received.packets.read();
      bytes += port.received.bytes.read();
    }
    for (const auto& drop : counters.drops) dropped += drop.read();
  }
  emit("stats", {{"flows", flows}, {"packets_received", packets}, {"bytes_received", bytes}, {"dropped", dropped}});
}

std::shared_ptr<ByteStream> Core::open_flows(const FlowFilter& filter) {
  auto stream = std::make_shared<ByteStream>();
  auto request = std::make_unique<FlowRequest>();
  request->id = next_request_++;
  request->filter = filter;
  request->stream = stream;
  const std::uint32_t id = request->id;
  stream->refill = [this, id] {
    const auto found = flow_requests_.find(id);
    if (found != flow_requests_.end()) read_on(*found->second);
  };
  stream->on_close = [this, id] { flow_requests_.erase(id); };
  flow_requests_.emplace(id, std::move(request));
  return stream;
}

// Asks the next worker's next page when the reader has room; a worker copies at most 64 rows at a time between two
// bursts.
void Core::read_on(FlowRequest& request) {
  const auto stream = request.stream.lock();
  if (!stream || stream->finished()) return;
  if (request.worker >= machine_.engine().workers() || request.rows >= request.filter.limit) return stream->finish();
  if (request.asked && now_ - request.asked_at > patience_for_worker) return stream->finish();
  if (request.asked || stream->room() < room_for_rows) return;
  request.asked = machine_.engine().send(WorkerId{request.worker},
                                         datapath::ReadFlows{request.id, request.cursor, rows_per_request});
  request.asked_at = now_;
}

void Core::on_reply(WorkerId worker, const datapath::Reply& reply) {
  if (const auto* use = std::get_if<datapath::NeighborUse>(&reply))
    return carry_out(neighbors_.on_use_answer(now_, *use));
  if (const auto* row = std::get_if<datapath::FlowRow>(&reply)) {
    const auto found = flow_requests_.find(row->request);
    if (found != flow_requests_.end()) on_flow_row(*found->second, *row, worker);
    return;
  }
  const auto& end = std::get<datapath::FlowsEnd>(reply);
  const auto found = flow_requests_.find(end.request);
  if (found == flow_requests_.end()) return;
  FlowRequest& request = *found->second;
  request.asked = false;
  request.cursor = end.cursor;
  if (end.cursor == 0) ++request.worker;
  read_on(request);
}

void Core::on_flow_row(FlowRequest& request, const datapath::FlowRow& row, WorkerId worker) {
  const auto stream = request.stream.lock();
  if (!stream || request.rows >= request.filter.limit) return;
  const datapath::Tables& tables = machine_.engine().tables();
  json object{{"protocol", protocol_name(row.state.protocol)},
              {"client", endpoint(row.client, row.client_port)},
              {"destination", endpoint(row.virtual_address, row.virtual_port)},
              {"server", endpoint(row.server, row.server_port)},
              {"local", endpoint(row.local, row.local_port)},
              {"state", flow_state_name(row.state)},
              {"packets_to_server", row.state.packets_to_server},
              {"packets_to_client", row.state.packets_to_client},
              {"idle_ms", row.idle_ms},
              {"expires_ms", row.expires_ms},
              {"worker", worker.value}};
  const std::uint32_t real = row.state.real.value;
  if (real < tables.reals.size()) {
    object["service"] = tables.services[tables.reals[real].service.value].name;
    object["server_name"] = tables.reals[real].server_name;
  } else {
    object["service"] = nullptr;
  }
  const FlowFilter& filter = request.filter;
  const auto differs = [](const std::string& wanted, const std::string& is) { return !wanted.empty() && is != wanted; };
  const std::string service = object["service"].is_string() ? object["service"].get<std::string>() : "";
  if (differs(filter.service, service) || differs(filter.protocol, object["protocol"]) ||
      differs(filter.state, object["state"]))
    return;
  if (differs(filter.client, to_string(row.client)) && differs(filter.client, object["client"])) return;
  if (differs(filter.server, to_string(row.server)) && differs(filter.server, object["server"]) &&
      differs(filter.server, object.value("server_name", "")))
    return;
  if (stream->append(line(object))) ++request.rows;
}

std::shared_ptr<ByteStream> Core::open_observation(const Observe& wanted) {
  if (observation_) return nullptr;
  auto stream = std::make_shared<ByteStream>(4u << 20);
  if (wanted.observation->capture) stream->append(capture_file_header(wanted.observation->snap_length));
  observation_ = std::make_unique<RunningObservation>();
  *observation_ = {wanted.observation, stream, wanted.count, now_ + std::chrono::seconds(wanted.seconds)};
  stream->on_close = [this] { end_observation(); };
  stream->refill = [this] {
    if (observation_ && now_ >= observation_->until)
      if (const auto running = observation_->stream.lock()) running->finish();
  };
  machine_.engine().observe(wanted.observation);
  return stream;
}

void Core::end_observation() {
  machine_.engine().observe(nullptr);
  observation_.reset();
}

void Core::on_observed(const datapath::Punt& punt) {
  if (!observation_) return;
  const auto stream = observation_->stream.lock();
  if (!stream || observation_->left == 0) return;
  if (punt.kind == datapath::Punt::capture) {
    stream->append(capture_record(punt.time_ns, punt.original_length, {punt.bytes.data(), punt.length}));
    if (--observation_->left == 0) stream->finish();
    return;
  }
  datapath::TraceRow row;
  if (punt.length != sizeof row) return;
  std::memcpy(&row, punt.bytes.data(), sizeof row);
  stream->append(line(trace_row_json(row, machine_.engine().tables())));
  if (row.stage + 1u == datapath::pipeline.size() || row.drop != datapath::Drop::count_)
    if (--observation_->left == 0) stream->finish();
}

}  // namespace poise::control
