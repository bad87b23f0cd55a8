#include <netinet/in.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "config/edit.hpp"
#include "control/api/handlers.hpp"
#include "control/metrics/prometheus.hpp"
#include "control/names.hpp"
#include "control/views.hpp"
#include "datapath/explain.hpp"

namespace poise::control::api {
namespace {

using nlohmann::json;

Response found_or_not(const json& found, const std::string& name, const std::string& kind) {
  if (!found.is_null()) return json_response(found);
  return problem(404, "no such " + kind,
                 {{kind + "s." + name, "no " + kind + " has that name", "`poise " + kind + "` lists them"}});
}

Response one_of(const json& list, const std::string& name, const std::string& kind) {
  return found_or_not(named(list, name), name, kind);
}

struct End {
  IpAddr address;
  std::uint16_t port = 0;
};

// "192.0.2.7:80", "[2001:db8::7]:80", or an address alone.
std::optional<End> parse_end(const std::string& text) {
  if (const auto address = parse_ip(text)) return End{*address, 0};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  const auto address = parse_ip(host);
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (!address || error != std::errc{} || at != end) return std::nullopt;
  return End{*address, port};
}

std::optional<std::uint8_t> parse_protocol(const std::string& text) {
  if (text == "tcp") return IPPROTO_TCP;
  if (text == "udp") return IPPROTO_UDP;
  std::uint8_t number = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || at != text.data() + text.size()) return std::nullopt;
  return number;
}

json verdict_view(const datapath::Verdict& verdict, const datapath::Tables& tables) {
  json object{
      {"stage", verdict.stage}, {"reason", verdict.reason}, {"steps", verdict.steps}, {"worker", verdict.owner.value}};
  object["drop"] = verdict.drop == datapath::Drop::count_ ? json(nullptr) : json(drop_name(verdict.drop));
  if (verdict.service.value < tables.services.size()) object["service"] = tables.services[verdict.service.value].name;
  if (!verdict.frontend.empty()) object["frontend"] = verdict.frontend;
  if (verdict.real.value < tables.reals.size()) object["server"] = tables.reals[verdict.real.value].server_name;
  if (verdict.out_interface.value < tables.interfaces.size()) {
    object["interface"] = tables.interfaces[verdict.out_interface.value].name;
    object["next_hop"] = to_string(verdict.next_hop);
  }
  return object;
}

}  // namespace

Result<std::uint64_t> number_of(const Request& request, const std::string& name, std::uint64_t otherwise,
                                std::uint64_t most) {
  const auto found = request.query.find(name);
  if (found == request.query.end()) return otherwise;
  std::uint64_t number = 0;
  const std::string& text = found->second;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || at != text.data() + text.size() || number > most)
    return fail(name, "\"" + text + "\" is not a number from 0 to " + std::to_string(most), "");
  return number;
}

Response get_status(Core& core, const Request&) { return json_response(status_view(core)); }

Response get_health(Core& core, const Request&) {
  if (core.workers_alive()) return json_response({{"status", "ok"}});
  return problem(503, "a worker is stalled",
                 {{"worker " + std::to_string(core.stalled_worker()), "makes no progress", ""}});
}

Response get_services(Core& core, const Request&) { return json_response(services_view(core)); }
Response get_service(Core& core, const Request& request) {
  return one_of(services_view(core), request.parts[0], "service");
}
Response get_pools(Core& core, const Request&) { return json_response(pools_view(core)); }
Response get_pool(Core& core, const Request& request) { return one_of(pools_view(core), request.parts[0], "pool"); }
Response get_frontends(Core& core, const Request&) { return json_response(frontends_view(core)); }
Response get_frontend(Core& core, const Request& request) {
  return one_of(frontends_view(core), request.parts[0], "frontend");
}
Response get_backends(Core& core, const Request&) { return json_response(backends_view(core)); }
Response get_backend(Core& core, const Request& request) {
  return one_of(backends_view(core), request.parts[0], "backend");
}
Response get_interfaces(Core& core, const Request&) { return json_response(interfaces_view(core)); }
Response get_neighbors(Core& core, const Request&) { return json_response(neighbors_view(core)); }
Response get_heartbeats(Core& core, const Request&) { return json_response(heartbeats_view(core)); }
Response get_vrrp(Core& core, const Request&) { return json_response(vrrp_view(core)); }
Response get_vrrp_instance(Core& core, const Request& request) {
  return one_of(vrrp_view(core), request.parts[0], "VRRP instance");
}
Response get_vrrp_packets(Core& core, const Request& request) {
  return found_or_not(vrrp_packets_view(core, request.parts[0]), request.parts[0], "VRRP instance");
}
Response switch_vrrp_over(Core& core, const Request& request) {
  if (const Response known = get_vrrp_instance(core, request); known.status != 200) return known;
  if (!core.switch_over(request.parts[0]))
    return problem(409, "this node is not the master",
                   {{request.parts[0], "is not master here", "ask the node that is: see \"master\" in /v1/vrrp"}});
  return get_vrrp_instance(core, request);
}
Response get_routes(Core& core, const Request&) { return json_response(routes_view(core)); }
Response get_workers(Core& core, const Request&) { return json_response(workers_view(core)); }
Response get_drops(Core& core, const Request&) { return json_response(drops_view(core)); }
Response get_stages(Core& core, const Request&) { return json_response(stages_view(core)); }
Response get_openapi(Core&, const Request&) { return json_response(openapi()); }

Response get_metrics(Core& core, const Request&) {
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = prometheus_text(core);
  return response;
}

Response explain_flow(Core& core, const Request& request) {
  const Results<json> body = config::read_body(request.body);
  if (!body) return problem(400, "the body is not JSON", body.error());
  const auto text = [&](const char* name) {
    return body->is_object() && body->contains(name) && (*body)[name].is_string() ? (*body)[name].get<std::string>()
                                                                                  : std::string();
  };
  const auto protocol = parse_protocol(text("protocol"));
  const auto source = parse_end(text("source")), destination = parse_end(text("destination"));
  Errors errors;
  if (!protocol) errors.push_back({"protocol", "\"" + text("protocol") + "\" is no protocol", "tcp, udp or a number"});
  if (!source)
    errors.push_back(
        {"source", "\"" + text("source") + "\" is no address and port", "192.0.2.7:5555 or [2001:db8::7]:5555"});
  if (!destination)
    errors.push_back({"destination", "\"" + text("destination") + "\" is no address and port", "203.0.113.10:443"});
  if (errors.empty() && source->address.is_v4() != destination->address.is_v4())
    errors.push_back({"destination", "source and destination are of different families", ""});
  if (!errors.empty()) return problem(400, "the request is malformed", errors);
  datapath::Engine& engine = core.machine().engine();
  const datapath::FlowKey key{source->address, destination->address, source->port, destination->port, *protocol};
  const auto is_held = [&](HoldIndex router) { return engine.holds()[router].accepts(core.now()); };
  return json_response(verdict_view(explain(engine.tables(), engine.servers(), key, is_held), engine.tables()));
}

}  // namespace poise::control::api
