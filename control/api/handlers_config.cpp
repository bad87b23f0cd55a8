#include <nlohmann/json.hpp>

#include "config/edit.hpp"
#include "config/plan.hpp"
#include "config/schema.hpp"
#include "config/validate.hpp"
#include "control/api/handlers.hpp"

namespace poise::control::api {
namespace {

using nlohmann::json;

constexpr std::uint64_t confirm_s_max = 24 * 3600;

Response unprocessable(const Errors& errors) { return problem(422, "the document is not valid", errors); }

std::string tag(std::uint64_t revision) { return "\"" + std::to_string(revision) + "\""; }

// Quotes and a weak prefix are how caches write them; the number is what counts.
Result<std::optional<std::uint64_t>> read_if_match(const Request& request) {
  std::string text = request.if_match;
  if (text.empty() || text == "*") return std::optional<std::uint64_t>{};
  std::erase(text, '"');
  if (text.starts_with("W/")) text.erase(0, 2);
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos)
    return fail("If-Match", "\"" + request.if_match + "\" is no revision",
                "send the ETag of the document as it was read");
  return std::optional<std::uint64_t>(std::stoull(text));
}

const std::string& path_of(const Request& request) {
  static const std::string whole;
  return request.parts.empty() ? whole : request.parts[0];
}

// A configuration as the caller may see it.
json document_for(const Request& request, const config::Config& config, bool brief) {
  if (request.role == config::Role::read) return config::to_json_without_secrets(config, brief);
  return brief ? config::to_json_brief(config) : config::to_json(config);
}

json changes_view(const std::vector<config::Change>& changes) {
  static constexpr const char* kinds[] = {"add", "update", "remove"};
  json list = json::array();
  for (const config::Change& change : changes)
    list.push_back({{"kind", kinds[std::size_t(change.kind)]},
                    {"path", change.path},
                    {"before", change.before.empty() ? json(nullptr) : json(change.before)},
                    {"after", change.after.empty() ? json(nullptr) : json(change.after)},
                    {"needs_restart", change.needs_restart}});
  return list;
}

Response outcome_response(const Transactions::Outcome& outcome) {
  if (outcome) {
    Response response = json_response({{"revision", outcome->revision}, {"changes", changes_view(outcome->changes)}});
    response.headers["ETag"] = tag(outcome->revision);
    return response;
  }
  const Transactions::Refusal& refusal = outcome.error();
  switch (refusal.kind) {
    case Transactions::Refusal::invalid:
      return unprocessable(refusal.errors);
    case Transactions::Refusal::stale:
      return problem(412, "the configuration has changed meanwhile", refusal.errors);
    case Transactions::Refusal::waiting:
      return problem(409, "another change waits for confirmation", refusal.errors);
    case Transactions::Refusal::forbidden:
      return problem(403, "not allowed", refusal.errors);
    case Transactions::Refusal::not_found:
      return problem(404, "no such revision", refusal.errors);
    case Transactions::Refusal::storage:
      return problem(507, "the revision could not be stored; nothing has changed", refusal.errors);
  }
  return problem(500, "internal error");
}

// What every changing request may say besides its body.
Results<Transactions::Request> read_options(const Request& request) {
  Transactions::Request options;
  options.author = request.author;
  options.may_change_access = request.role == config::Role::admin;
  const auto if_match = read_if_match(request);
  if (!if_match) return tl::unexpected(Errors{if_match.error()});
  options.if_match = *if_match;
  if (const auto comment = request.query.find("comment"); comment != request.query.end())
    options.comment = comment->second.substr(0, 1000);
  const auto confirm = number_of(request, "confirm_s", 0, confirm_s_max);
  if (!confirm) return tl::unexpected(Errors{confirm.error()});
  if (*confirm != 0) options.confirm_s = std::uint32_t(*confirm);
  if (const auto dry = request.query.find("dry_run"); dry != request.query.end())
    options.dry_run = dry->second != "false";
  return options;
}

Response commit_document(Core& core, const Request& request, const Result<json>& document) {
  if (!document) return problem(404, "no such part", {document.error()});
  const auto options = read_options(request);
  if (!options) return problem(400, "the request is malformed", options.error());
  return outcome_response(core.commit(*document, *options));
}

Response with_body(const Request& request, const std::function<Response(const json&)>& use) {
  const Results<json> body = config::read_body(request.body);
  return body ? use(*body) : problem(400, "the body is not JSON", body.error());
}

// One field of one server, through the same transaction as everything else.
Response change_server(Core& core, const Request& request, const json& fields) {
  const std::string& pool = request.parts[0];
  const std::string& server = request.parts[1];
  const auto& pools = core.transactions().running().pools;
  const auto found = pools.find(pool);
  if (found == pools.end())
    return problem(404, "no such pool", {{"pools." + pool, "no pool has that name", "`poise pool` lists them"}});
  if (!found->second.servers.contains(server))
    return problem(
        404, "no such server",
        {{"pools." + pool + ".servers." + server, "no server has that name", "`poise pool " + pool + "` lists them"}});
  return commit_document(core, request,
                         config::merge_patch(core.document(), "pools/" + pool + "/servers/" + server, fields));
}

}  // namespace

Response get_config(Core& core, const Request& request) {
  const auto full = request.query.find("full");
  const bool with_defaults = full != request.query.end() && full->second != "false";
  const json document = document_for(request, core.transactions().running(), !with_defaults);
  const Result<json> part = config::get_at(document, path_of(request));
  if (!part) return problem(404, "no such part", {part.error()});
  Response response = json_response(*part);
  response.headers["ETag"] = tag(core.transactions().revision());
  return response;
}

Response put_config(Core& core, const Request& request) {
  return with_body(request, [&](const json& body) {
    if (path_of(request).empty()) return commit_document(core, request, body);
    return commit_document(core, request, config::replace_at(core.document(), path_of(request), body));
  });
}

Response patch_config(Core& core, const Request& request) {
  const std::string type = request.content_type.substr(0, request.content_type.find(';'));
  const bool json_patch = type == "application/json-patch+json";
  if (!json_patch && type != "application/merge-patch+json" && type != "application/json" && !type.empty())
    return problem(415, "unsupported patch",
                   {{"Content-Type", "\"" + type + "\" is no patch",
                     "send application/merge-patch+json or application/json-patch+json"}});
  return with_body(request, [&](const json& body) {
    return commit_document(core, request,
                           json_patch ? config::json_patch(core.document(), path_of(request), body)
                                      : config::merge_patch(core.document(), path_of(request), body));
  });
}

Response delete_config(Core& core, const Request& request) {
  return commit_document(core, request, config::remove_at(core.document(), path_of(request)));
}

Response plan_config(Core& core, const Request& request) {
  return with_body(request, [&](const json& body) {
    const Results<config::Config> wanted = config::from_json(body);
    if (!wanted) return unprocessable(wanted.error());
    if (const Errors errors = config::validate(*wanted); !errors.empty()) return unprocessable(errors);
    return json_response({{"changes", changes_view(config::plan(core.transactions().running(), *wanted))}});
  });
}

Response confirm_config(Core& core, const Request&) {
  if (const auto confirmed = core.transactions().confirm(); !confirmed) {
    const bool on_disk = confirmed.error().kind == Transactions::Refusal::storage;
    return on_disk ? problem(507, "the confirmation could not be stored; it is still awaited", confirmed.error().errors)
                   : problem(409, "nothing to confirm", confirmed.error().errors);
  }
  return json_response({{"revision", core.transactions().revision()}});
}

Response rollback_config(Core& core, const Request& request) {
  std::optional<std::uint64_t> number;
  if (!request.body.empty()) {
    const Results<json> body = config::read_body(request.body);
    if (!body) return problem(400, "the body is not JSON", body.error());
    if (body->contains("revision")) {
      if (!(*body)["revision"].is_number_unsigned())
        return problem(400, "the request is malformed", {{"revision", "is not a revision number", ""}});
      number = (*body)["revision"].get<std::uint64_t>();
    }
  }
  auto options = read_options(request);
  if (!options) return problem(400, "the request is malformed", options.error());
  return outcome_response(core.rollback(number, *options));
}

Response get_revisions(Core& core, const Request&) {
  json list = json::array();
  for (const config::Revision& revision : core.transactions().revisions())
    list.push_back({{"revision", revision.number},
                    {"time", revision.committed_at},
                    {"author", revision.author},
                    {"comment", revision.comment}});
  return json_response(list);
}

Response get_revision(Core& core, const Request& request) {
  const std::string& text = request.parts[0];
  const bool is_number = text.size() < 19 && text.find_first_not_of("0123456789") == std::string::npos;
  for (const config::Revision& revision : core.transactions().revisions()) {
    if (!is_number || revision.number != std::stoull(text)) continue;
    const Result<config::Config> config = core.transactions().load(revision.number);
    if (!config) return problem(404, "the revision can't be read", {config.error()});
    return json_response({{"revision", revision.number},
                          {"time", revision.committed_at},
                          {"author", revision.author},
                          {"comment", revision.comment},
                          {"document", document_for(request, *config, true)}});
  }
  return problem(404, "no such revision",
                 {{text, "is not among the kept revisions", "`poise config revisions` lists them"}});
}

Response get_schema(Core&, const Request&) { return json_response(config::json_schema()); }

Response get_help(Core&, const Request& request) {
  const Result<std::string> text = config::help(request.parts[0]);
  return text ? json_response({{"text", *text}}) : problem(404, "no such field", {text.error()});
}

Response drain_server(Core& core, const Request& request) {
  json fields{{"state", "drain"}, {"drain_deadline_ms", nullptr}};
  if (!request.body.empty()) {
    const Results<json> body = config::read_body(request.body);
    if (!body) return problem(400, "the body is not JSON", body.error());
    if (!body->is_object())
      return problem(400, "the request is malformed", {{"", "the body is not an object", "{\"deadline_ms\": 30000}"}});
    for (const auto& [name, value] : body->items())
      if (name != "deadline_ms")
        return problem(400, "the request is malformed", {{name, "unknown", "only deadline_ms is known here"}});
    if (body->contains("deadline_ms")) fields["drain_deadline_ms"] = (*body)["deadline_ms"];
  }
  return change_server(core, request, fields);
}

Response enable_server(Core& core, const Request& request) {
  return change_server(core, request, {{"state", nullptr}, {"drain_deadline_ms", nullptr}});
}

Response disable_server(Core& core, const Request& request) {
  return change_server(core, request, {{"state", "down"}, {"drain_deadline_ms", nullptr}});
}

Response weigh_server(Core& core, const Request& request) {
  return with_body(request, [&](const json& body) {
    if (!body.is_object() || body.size() != 1 || !body.contains("weight"))
      return problem(400, "the request is malformed", {{"weight", "the body is not {\"weight\": N}", ""}});
    return change_server(core, request, {{"weight", body["weight"]}});
  });
}

}  // namespace poise::control::api
