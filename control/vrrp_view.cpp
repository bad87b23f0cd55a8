#include <algorithm>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "control/views.hpp"
#include "datapath/wire/ethernet.hpp"

namespace poise::control {
namespace {

using nlohmann::json;

double ms(Duration time) { return double(time / std::chrono::microseconds(1)) / 1000; }

// RFC 3339 in UTC with nanoseconds: numbers of that size are not exact in every reader of JSON. The differences between
// the times of one answer are exact, however the clock of the day is set.
std::string time_of(const Core& core, Instant at) {
  const Duration time = core.virtual_routers().since_1970(at);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t whole = seconds.count();
  std::tm utc{};
  gmtime_r(&whole, &utc);
  char day[32], fraction[16];
  std::strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(fraction, sizeof fraction, ".%09dZ", int((time - seconds).count()));
  return std::string(day) + fraction;
}

std::string hex_of(std::span<const std::uint8_t> bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) text += {digits[byte >> 4], digits[byte & 15]};
  return text;
}

json packet_of(const Core& core, const FlightRecorder::Row& row) {
  const bool is_advert = row.kind == FlightRecorder::Kind::advert;
  const auto& ethernet = datapath::wire::at<datapath::wire::EthernetHeader>(row.bytes.data());
  return {{"time", time_of(core, row.at)},
          {"monotonic_ns", row.at.time_since_epoch().count()},
          {"direction", row.is_received() ? "received" : "sent"},
          {"kind", name_of(row.kind)},
          {"source", to_string(row.source)},
          {"destination", to_string(row.destination)},
          {"source_mac", to_string(ethernet.source)},
          {"destination_mac", to_string(ethernet.destination)},
          {"priority", is_advert ? json(row.priority) : json(nullptr)},
          {"interval_ms", is_advert ? json(ms(row.interval)) : json(nullptr)},
          {"length", row.length},
          {"verdict", row.verdict()},
          {"bytes", hex_of(row.kept())}};
}

json counters_of(const vrrp::Statistics& statistics) {
  json discarded = json::object();
  for (const vrrp::DiscardInfo& info : vrrp::discards)
    discarded[std::string(info.counter)] = statistics.discarded[std::size_t(info.reason)];
  return {{"master_transitions", statistics.master_transitions},
          {"adverts_sent", statistics.adverts_sent},
          {"adverts_received", statistics.adverts_received},
          {"priority_zero_sent", statistics.priority_zero_sent},
          {"priority_zero_received", statistics.priority_zero_received},
          {"announcements_sent", statistics.announcements_sent},
          {"address_list_mismatches", statistics.address_list_mismatches},
          {"interval_mismatches", statistics.interval_mismatches},
          {"rfc5798_checksums", statistics.rfc5798_checksums},
          {"rfc9568_checksums", statistics.rfc9568_checksums},
          {"discarded", std::move(discarded)}};
}

json history_of(const Core& core, std::size_t router) {
  json list = json::array();
  for (const VirtualRouters::Transition& transition : core.virtual_routers().history(router))
    list.push_back({{"age_ms", ms(core.now() - transition.at)},
                    {"time", time_of(core, transition.at)},
                    {"monotonic_ns", transition.at.time_since_epoch().count()},
                    {"from", vrrp::name_of(transition.changed.from)},
                    {"to", vrrp::name_of(transition.changed.to)},
                    {"reason", vrrp::name_of(transition.changed.reason)}});
  return list;
}

json tracking_of(const Core& core, const std::string& instance) {
  constexpr const char* states[] = {"unknown", "up", "down"};
  json list = json::array();
  for (const config::VrrpTracker* tracker : core.trackers_of(instance)) {
    const vrrp::Tracked tracked = core.tracked(*tracker);
    const auto problem_in = [](const Checks::Rows& rows, const std::string& name) {
      const auto found = rows.find(name);
      return found == rows.end() ? std::string() : found->second.last_problem;
    };
    json row{{"state", states[std::size_t(tracked.state)]}, {"weight", tracker->weight}, {"reverse", tracker->reverse}};
    if (tracker->interface) row.update({{"kind", "interface"}, {"name", *tracker->interface}});
    if (tracker->pool) row.update({{"kind", "pool"}, {"name", *tracker->pool}});
    if (tracker->workers) row.update({{"kind", "workers"}, {"name", "workers"}});
    if (tracker->script)
      row.update({{"kind", "script"},
                  {"name", *tracker->script},
                  {"problem", problem_in(core.checks().scripts(), *tracker->script)}});
    if (tracker->file)
      row.update({{"kind", "file"},
                  {"name", *tracker->file},
                  {"value", tracked.value},
                  {"problem", problem_in(core.checks().files(), *tracker->file)}});
    list.push_back(std::move(row));
  }
  return list;
}

// The master as far as this node knows.
json master_of(const vrrp::Instance& instance) {
  if (instance.state() == vrrp::State::master) return to_string(instance.settings().address);
  return instance.heard_master() ? json(to_string(instance.heard_master()->address)) : json(nullptr);
}

}  // namespace

json heartbeats_view(const Core& core) {
  json list = json::array();
  for (const Heartbeats::Row& row : core.heartbeats().rows()) {
    const bool up = row.session.state() == vrrp::BfdState::up;
    list.push_back({{"name", row.name},
                    {"interface", row.settings.interface},
                    {"peer", to_string(row.settings.peer)},
                    {"source", to_string(row.source)},
                    {"state", vrrp::name_of(row.session.state())},
                    {"since_ms", ms(core.now() - row.changed_at)},
                    {"interval_ms", ms(row.session.send_interval())},
                    {"detection_time_ms", up ? json(ms(row.session.detection_time())) : json(nullptr)},
                    {"sent", row.sent},
                    {"received", row.received},
                    {"lost", row.lost}});
  }
  return list;
}

json vrrp_packets_view(const Core& core, const std::string& instance) {
  const VirtualRouters& all = core.virtual_routers();
  std::size_t router = 0;
  while (router < all.routers().rows() &&
         (all.routers().is_gone(router) || all.routers().settings(router).name != instance))
    ++router;
  if (router == all.routers().rows()) return nullptr;
  std::vector<const FlightRecorder::Row*> rows;
  const FlightRecorder& packets = all.packets(router);
  for (std::size_t i = 0; i < packets.size(); ++i) rows.push_back(&packets[i]);
  // What was received waits in the workers' rings while something else is sent.
  std::stable_sort(rows.begin(), rows.end(), [](const auto* left, const auto* right) { return left->at < right->at; });
  json list = json::array();
  for (const FlightRecorder::Row* row : rows) list.push_back(packet_of(core, *row));
  return list;
}

json vrrp_view(const Core& core) {
  json list = json::array();
  const vrrp::Routers& routers = core.virtual_routers().routers();
  const datapath::Tables& tables = core.machine().engine().tables();
  for (std::size_t router = 0; router < routers.rows(); ++router) {
    if (routers.is_gone(router)) continue;
    const vrrp::RouterSettings& settings = routers.settings(router);
    const vrrp::Instance& instance = routers.instance(router);
    json addresses = json::array();
    for (const IpAddr& address : settings.addresses) addresses.push_back(to_string(address));
    const bool waits = instance.state() == vrrp::State::backup && instance.deadline() != never;
    json object{{"name", settings.name},
                {"interface", tables.interfaces[settings.interface.value].name},
                {"virtual_router_id", settings.vrid.value},
                {"version", int(settings.machine.version)},
                {"state", vrrp::name_of(instance.state())},
                {"leaving", instance.is_leaving()},
                {"reason", vrrp::name_of(routers.statistics(router).last_reason)},
                {"since_ms", ms(core.now() - core.virtual_routers().entered(router))},
                {"priority", settings.machine.priority},
                {"effective_priority", instance.priority()},
                {"addresses", std::move(addresses)},
                {"master", master_of(instance)},
                {"advert_interval_ms", ms(settings.machine.interval)},
                {"master_interval_ms", ms(instance.master_interval())},
                {"master_down_interval_ms", ms(instance.master_down_interval())},
                {"master_down_in_ms", waits ? json(ms(instance.deadline() - core.now())) : json(nullptr)},
                {"group", settings.group.empty() ? json(nullptr) : json(settings.group)},
                {"tracking", tracking_of(core, settings.name)},
                {"split_brain", core.virtual_routers().split_brain(router)},
                {"split_brains", core.virtual_routers().split_brains(router)},
                {"counters", counters_of(routers.statistics(router))},
                {"history", history_of(core, router)}};
    list.push_back(std::move(object));
  }
  return list;
}

}  // namespace poise::control
