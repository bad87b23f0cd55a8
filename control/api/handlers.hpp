#pragma once
#include "control/api/router.hpp"

// The handlers behind the route table. Each answers at once from what control knows, or opens a stream.
namespace poise::control::api {

// handlers_config.cpp
Response get_config(Core&, const Request&);
Response put_config(Core&, const Request&);
Response patch_config(Core&, const Request&);
Response delete_config(Core&, const Request&);
Response plan_config(Core&, const Request&);
Response confirm_config(Core&, const Request&);
Response rollback_config(Core&, const Request&);
Response get_revisions(Core&, const Request&);
Response get_revision(Core&, const Request&);
Response get_schema(Core&, const Request&);
Response get_help(Core&, const Request&);
Response drain_server(Core&, const Request&);
Response enable_server(Core&, const Request&);
Response disable_server(Core&, const Request&);
Response weigh_server(Core&, const Request&);

// handlers_state.cpp
Response get_status(Core&, const Request&);
Response get_health(Core&, const Request&);
Response get_services(Core&, const Request&);
Response get_service(Core&, const Request&);
Response get_pools(Core&, const Request&);
Response get_pool(Core&, const Request&);
Response get_interfaces(Core&, const Request&);
Response get_neighbors(Core&, const Request&);
Response get_vrrp(Core&, const Request&);
Response get_heartbeats(Core&, const Request&);
Response get_vrrp_instance(Core&, const Request&);
Response get_vrrp_packets(Core&, const Request&);
Response switch_vrrp_over(Core&, const Request&);
Response get_routes(Core&, const Request&);
Response get_frontends(Core&, const Request&);
Response get_frontend(Core&, const Request&);
Response get_backends(Core&, const Request&);
Response get_backend(Core&, const Request&);
// handlers_stick.cpp
Response get_stick_tables(Core&, const Request&);
Response get_stick_table(Core&, const Request&);
Response clear_stick_table(Core&, const Request&);
Response set_stick_entry(Core&, const Request&);
Response delete_stick_entry(Core&, const Request&);

Response get_workers(Core&, const Request&);
Response get_drops(Core&, const Request&);
Response get_stages(Core&, const Request&);
Response explain_flow(Core&, const Request&);
Response get_metrics(Core&, const Request&);
Response get_openapi(Core&, const Request&);

// handlers_backend.cpp
Response set_backend_server_state(Core&, const Request&);
Response set_backend_server_weight(Core&, const Request&);
Response set_backend_server_health(Core&, const Request&);
Response set_backend_server_agent(Core&, const Request&);

// handlers_stream.cpp
Response stream_flows(Core&, const Request&);
Response stream_capture(Core&, const Request&);
Response stream_trace(Core&, const Request&);
Response stream_events(Core&, const Request&);

// The whole number of a query parameter; the default when it is absent, an Error when it is none.
Result<std::uint64_t> number_of(const Request& request, const std::string& name, std::uint64_t otherwise,
                                std::uint64_t most);

}  // namespace poise::control::api
