#include "control/api/handlers.hpp"

namespace poise::control::api {
namespace {

using config::Role;

constexpr bool slow = true;  // with thousands of services, or for the disk

const Route table[] = {
    {"GET", "/v1/status", Role::read, "name, version, revision, uptime, workers, memory", "", get_status},
    {"GET", "/v1/health", Role::read, "200 while every worker makes progress, else 503", "", get_health},
    {"POST", "/v1/config/plan", Role::read, "what committing a document would change", "document", plan_config, slow},
    {"POST", "/v1/config/confirm", Role::operate, "keeps a commit made with confirm_s", "", confirm_config, slow},
    {"POST", "/v1/config/rollback", Role::operate, "commits an older revision again", "object", rollback_config, slow},
    {"GET", "/v1/config", Role::read, "the running document", "", get_config, slow},
    {"PUT", "/v1/config", Role::operate, "replace the document: one transaction", "document", put_config, slow},
    {"PATCH", "/v1/config", Role::operate, "merge patch or JSON patch: one transaction", "patch", patch_config, slow},
    {"GET", "/v1/config/{path...}", Role::read, "a part of the running document", "", get_config, slow},
    {"PUT", "/v1/config/{path...}", Role::operate, "replace or add a part", "object", put_config, slow},
    {"PATCH", "/v1/config/{path...}", Role::operate, "patch a part", "patch", patch_config, slow},
    {"DELETE", "/v1/config/{path...}", Role::operate, "remove a part", "", delete_config, slow},
    {"GET", "/v1/revisions", Role::read, "the kept revisions, newest first", "", get_revisions, slow},
    {"GET", "/v1/revisions/{number}", Role::read, "one revision with its document", "", get_revision, slow},
    {"GET", "/v1/schema", Role::read, "JSON Schema of the document", "", get_schema, slow},
    {"GET", "/v1/help/{path...}", Role::read, "type, range, default and text of a field", "", get_help, slow},
    {"GET", "/v1/services", Role::read, "services with servers and counters", "", get_services, slow},
    {"GET", "/v1/services/{name}", Role::read, "one service", "", get_service, slow},
    {"GET", "/v1/pools", Role::read, "pools with servers and drain progress", "", get_pools, slow},
    {"GET", "/v1/pools/{name}", Role::read, "one pool", "", get_pool, slow},
    {"POST", "/v1/pools/{pool}/servers/{server}/drain", Role::operate, "no new flows for a server", "object",
     drain_server, slow},
    {"POST", "/v1/pools/{pool}/servers/{server}/enable", Role::operate, "the server takes flows again", "",
     enable_server, slow},
    {"POST", "/v1/pools/{pool}/servers/{server}/disable", Role::operate, "takes the server out", "", disable_server,
     slow},
    {"POST", "/v1/pools/{pool}/servers/{server}/weight", Role::operate, "changes a server's weight", "object",
     weigh_server, slow},
    {"GET", "/v1/frontends", Role::read, "frontends of the proxy with counters", "", get_frontends},
    {"GET", "/v1/frontends/{name}", Role::read, "one frontend", "", get_frontend},
    {"GET", "/v1/backends", Role::read, "backends of the proxy with servers and counters", "", get_backends},
    {"GET", "/v1/backends/{name}", Role::read, "one backend", "", get_backend},
    {"POST", "/v1/backends/{backend}/servers/{server}/state", Role::operate, "ready, drain or maint, at run time",
     "object", set_backend_server_state},
    {"POST", "/v1/backends/{backend}/servers/{server}/weight", Role::operate, "its weight at run time", "object",
     set_backend_server_weight},
    {"POST", "/v1/backends/{backend}/servers/{server}/health", Role::operate,
     "up, stopping or down until checks say otherwise", "object", set_backend_server_health},
    {"POST", "/v1/backends/{backend}/servers/{server}/agent", Role::operate,
     "what its agent says, or whether it is asked", "object", set_backend_server_agent},
    {"GET", "/v1/stick_tables", Role::read, "stick tables with their use", "", get_stick_tables, slow},
    {"GET", "/v1/stick_tables/{name}", Role::read, "one stick table with entries, filtered", "", get_stick_table, slow},
    {"POST", "/v1/stick_tables/{name}/clear", Role::operate, "removes all entries that are not in use", "",
     clear_stick_table, slow},
    {"POST", "/v1/stick_tables/{name}/entries/{key...}", Role::operate, "sets gpc0, gpc1 or gpt0 of an entry", "object",
     set_stick_entry},
    {"DELETE", "/v1/stick_tables/{name}/entries/{key...}", Role::operate, "removes an entry", "", delete_stick_entry},
    {"GET", "/v1/interfaces", Role::read, "link, MAC, MTU, addresses, counters", "", get_interfaces},
    {"GET", "/v1/neighbors", Role::read, "the neighbor cache", "", get_neighbors},
    {"GET", "/v1/vrrp", Role::read, "virtual routers: state, master, timers, counters, history", "", get_vrrp},
    {"GET", "/v1/vrrp/{name}", Role::read, "one virtual router", "", get_vrrp_instance},
    {"GET", "/v1/vrrp/{name}/packets", Role::operate, "its last packets, oldest first", "", get_vrrp_packets},
    {"POST", "/v1/vrrp/{name}/switch_over", Role::operate, "a master hands its addresses over, with its group", "",
     switch_vrrp_over},
    {"GET", "/v1/heartbeats", Role::read, "BFD sessions with other nodes: state, detection time, counters", "",
     get_heartbeats},
    {"GET", "/v1/routes", Role::read, "routes in force", "", get_routes},
    {"GET", "/v1/workers", Role::read, "workers with load and flows", "", get_workers},
    {"GET", "/v1/drops", Role::read, "every drop reason with count and meaning", "", get_drops},
    {"GET", "/v1/stages", Role::read, "cycles and packets per stage (sampled)", "", get_stages},
    {"GET", "/v1/flows", Role::read, "NDJSON stream of flows, filtered", "", stream_flows},
    {"POST", "/v1/explain", Role::read, "what would happen to a flow's first packet, and why", "object", explain_flow},
    {"GET", "/v1/capture", Role::operate, "pcap stream", "", stream_capture},
    {"GET", "/v1/trace", Role::operate, "NDJSON stream, a row per packet and stage", "", stream_trace},
    {"GET", "/v1/events", Role::read, "server-sent events", "", stream_events},
    {"GET", "/metrics", Role::read, "Prometheus text", "", get_metrics, slow},
    {"GET", "/v1/openapi.json", Role::read, "this API as OpenAPI 3.1", "", get_openapi, slow},
};

}  // namespace

std::span<const Route> routes() { return table; }

}  // namespace poise::control::api
