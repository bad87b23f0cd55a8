#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "control/core.hpp"

namespace poise::control {

// Run-time state as JSON, for the API: read from counters and tables, never asking a worker. Thread: control's.
nlohmann::json status_view(const Core& core);
nlohmann::json services_view(const Core& core);
nlohmann::json pools_view(const Core& core);
// What the health checks say of a server: its checks, each with its last verdict; null when it has none.
nlohmann::json checks_view(const Core& core, const std::string& pool, const std::string& server);
nlohmann::json interfaces_view(const Core& core);
nlohmann::json neighbors_view(const Core& core);
nlohmann::json vrrp_view(const Core& core);
nlohmann::json vrrp_packets_view(const Core& core, const std::string& instance);  // null: no such instance
nlohmann::json heartbeats_view(const Core& core);
nlohmann::json frontends_view(const Core& core);
nlohmann::json backends_view(const Core& core);  // with their servers
nlohmann::json routes_view(const Core& core);
nlohmann::json workers_view(const Core& core);
nlohmann::json worker_proxy_view(const Core& core, std::size_t worker);  // null: it has none
nlohmann::json drops_view(const Core& core);
nlohmann::json stages_view(const Core& core);

// One of a list by its "name"; null when there is none.
nlohmann::json named(const nlohmann::json& list, const std::string& name);

}  // namespace poise::control
