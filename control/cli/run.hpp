#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "control/cli/command.hpp"
#include "control/cli/context.hpp"

// What the commands do. Every function is one command (or a family that differs by its table row) and is named by the
// table.
namespace poise::control::cli {

// run_request.cpp: one request, one answer.
Outcome<void> run_request(Context& context, const Invocation& invocation);
Outcome<void> run_live(Context& context, const Invocation& invocation);  // the same, again each second with --watch
Outcome<void> run_explain(Context& context, const Invocation& invocation);

// run_config.cpp
Outcome<void> run_config_get(Context& context, const Invocation& invocation);
Outcome<void> run_config_set(Context& context, const Invocation& invocation);
Outcome<void> run_config_delete(Context& context, const Invocation& invocation);
Outcome<void> run_config_plan(Context& context, const Invocation& invocation);
Outcome<void> run_config_commit(Context& context, const Invocation& invocation);
Outcome<void> run_config_confirm(Context& context, const Invocation& invocation);
Outcome<void> run_config_rollback(Context& context, const Invocation& invocation);
Outcome<void> run_config_show(Context& context, const Invocation& invocation);
// run_config_edit.cpp
Outcome<void> run_config_edit(Context& context, const Invocation& invocation);
// run_config_import.cpp
Outcome<void> run_config_import(Context& context, const Invocation& invocation);

// run_server.cpp
Outcome<void> run_server_verb(Context& context, const Invocation& invocation);
Outcome<void> run_server_drain(Context& context, const Invocation& invocation);

// run_backend_server.cpp
Outcome<void> run_backend_server_state(Context& context, const Invocation& invocation);
Outcome<void> run_backend_server_weight(Context& context, const Invocation& invocation);
Outcome<void> run_backend_server_check(Context& context, const Invocation& invocation);
// run_stick_table.cpp
Outcome<void> run_stick_table_clear(Context& context, const Invocation& invocation);
Outcome<void> run_stick_table_set(Context& context, const Invocation& invocation);

// run_stream.cpp
Outcome<void> run_flows(Context& context, const Invocation& invocation);
Outcome<void> run_trace(Context& context, const Invocation& invocation);
Outcome<void> run_events(Context& context, const Invocation& invocation);
Outcome<void> run_capture(Context& context, const Invocation& invocation);

// run_top.cpp
Outcome<void> run_top(Context& context, const Invocation& invocation);

// run_local.cpp: nothing is asked of poised.
Outcome<void> run_token_create(Context& context, const Invocation& invocation);
Outcome<void> run_demo(Context& context, const Invocation& invocation);
Outcome<void> run_completion(Context& context, const Invocation& invocation);
Outcome<void> run_version(Context& context, const Invocation& invocation);
// run_doctor.cpp
Outcome<void> run_doctor(Context& context, const Invocation& invocation);

// Shared by them (request.cpp).
std::string request_path(const Invocation& invocation);  // path and query from the table row
std::string config_path(const std::string& dotted);  // "services.web" or "/services/web" -> "/v1/config/services/web"
Outcome<nlohmann::json> parse_answer(const Response& response);
Outcome<nlohmann::json> fetch(Context& context, const std::string& path);
Outcome<std::string> read_document(const std::string& file);  // "-": standard input
std::string without_comments(std::string text);               // comments become spaces: lines and columns stay
std::string change_query(const Invocation& invocation);       // confirm_s, comment, dry_run of a change
// Makes the JSON text the running configuration, with the options of a change (run_config.cpp).
Outcome<void> commit_document(Context& context, const Invocation& invocation, const std::string& body);
Outcome<void> report_change(Context& context, const Invocation& invocation, const Response& response);

}  // namespace poise::control::cli
