#include <nlohmann/json.hpp>

#include "control/views.hpp"

namespace poise::control {
namespace {

using nlohmann::json;

double ms(Duration time) { return double(time / std::chrono::microseconds(1)) / 1000; }

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
                    {"from", vrrp::name_of(transition.changed.from)},
                    {"to", vrrp::name_of(transition.changed.to)},
                    {"reason", vrrp::name_of(transition.changed.reason)}});
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
                {"counters", counters_of(routers.statistics(router))},
                {"history", history_of(core, router)}};
    list.push_back(std::move(object));
  }
  return list;
}

}  // namespace poise::control
