#include <algorithm>

#include "l7/persistence/request_cookies.hpp"
#include "l7/session/core.hpp"
#include "l7/session/stick.hpp"

namespace poise::l7 {
namespace {

using http1::FieldId;
using http1::Method;

constexpr std::size_t line_max = 1024;

std::string_view request_line(std::string_view head, const http1::RequestHead& request) {
  const std::size_t from = request.method_text.offset;
  return head.substr(from, std::min(head.find("\r\n", from), head.size()) - from);
}

void note_request(ProxyCore& core, Session& session, std::string_view head) {
  const http1::RequestHead& request = core.request;
  session.method = request.method;
  session.version = request.version;
  session.client_keeps_alive = request.keeps_alive;
  session.wants_upgrade =
      request.method == Method::connect ||
      (request.fields.count(FieldId::upgrade) > 0 && has_element(head, request.fields, FieldId::connection, "upgrade"));
  session.is_bodiless = request.framing.kind == http1::Framing::Kind::none ||
                        (request.framing.kind == http1::Framing::Kind::length && request.framing.length == 0);
  session.is_retryable = session.is_bodiless && !session.wants_upgrade && http1::is_idempotent(request.method);
  session.request_body.begin(request.framing);
  session.head_bytes = std::uint32_t(head.size());
  session.bytes_in += head.size();
  session.line.assign(request_line(head, request).substr(0, line_max));
}

void capture(ProxyCore& core, Session& session, std::string_view head) {
  const auto& rules = session.frontend->request_captures;
  for (std::size_t i = 0; i < rules.size(); ++i)
    capture_field(rules[i], head, core.request.fields, session.captured_requests[i]);
}

bool asks_for_stats(const Frontend& frontend, std::string_view target) {
  return !frontend.stats_uri.empty() && target.starts_with(frontend.stats_uri);
}

void refuse(ProxyCore& core, Session& session, http1::Refusal refusal) {
  session.line = "<BADREQ>";
  note_end(session, Cause::proxy_blocked, 'R');
  core.stats(*session.frontend->state).add(Stat::request_errors);
  answer(core, session, http1::info_of(refusal).status);
}

std::string_view write_request(ProxyCore& core, const Session& session, std::string_view head) {
  const http1::RequestHead& request = core.request;
  const rules::EditedRequest edited = edited_request(core, session, head);
  http1::HeadWriter writer(core.written);
  std::optional<persistence::RequestCookies> cookies;
  if (session.backend->cookie) cookies.emplace(*session.backend->cookie);
  writer.request_line(edited.method(), edited.target(core.rule_room));
  write_fields(writer, edited, cookies ? &*cookies : nullptr);
  write_forwarded(writer, session, edited);
  if (session.wants_upgrade && request.method != Method::connect) {
    writer.field("connection", "upgrade");
    for (const http1::Field& field : request.fields)
      if (field.id == FieldId::upgrade) writer.field("upgrade", text_of(head, field.value));
  } else if (session.backend->reuse == Reuse::never) {
    writer.field("connection", "close");
  }
  writer.end();
  return writer.is_whole() ? writer.text() : std::string_view{};
}

}  // namespace

ProxyHeader::Ends ends_of(const ProxyCore& core, tcp::Handle client) {
  if (!core.told.empty())
    if (const auto found = core.told.find(client.index); found != core.told.end()) return found->second;
  const tcp::Tuple tuple = core.transport.ends(client);
  return {tuple.remote, tuple.local, tuple.remote_port, tuple.local_port};
}

std::string_view kept_head(ProxyCore& core, const Session& session) {
  if (core.parsed == core.row_of(session)) return core.parsed_head;
  const std::string_view head = read_first(core, session.client, session.head_bytes);
  ensure(head.size() == session.head_bytes && http1::parse_request(head, core.request).has_value());
  return head;
}

Session& begin_session(ProxyCore& core, End& client, const Frontend& frontend) {
  if (core.free_sessions.empty()) {
    core.free_sessions.push_back(std::uint32_t(core.sessions.size()));
    core.sessions.emplace_back().row = core.free_sessions.back();
  }
  const std::uint32_t row = core.free_sessions.back();
  core.free_sessions.pop_back();
  Session& session = core.sessions[row];
  session.restart();
  session.client = client.handle;
  session.ends = ends_of(core, client.handle);
  session.use = core.current;
  ++core.current->users;
  session.frontend = &frontend;
  session.number = ++core.sessions_begun;
  session.began_ms = client.has_begun ? client.began_ms : client.since_ms;
  session.idle_ms = session.began_ms - client.since_ms;
  session.last_ms = core.now_ms;
  session.client_base = core.transport.moved(client.handle);
  session.is_first_of_connection = client.requests == 0;
  ++client.requests;
  client.session = row;
  clear_deadline(client);
  if (frontend.mode == Mode::http) count_request(core, session);
  return session;
}

void begin_request(ProxyCore& core, End& client, std::string_view head) {
  const Frontend& frontend = *client.frontend->local[core.settings.number].current;
  Session& session = begin_session(core, client, frontend);
  Stats& stats = core.stats(*frontend.state);
  stats.begin_request(core.now_ms);
  if (const auto parsed = http1::parse_request(head, core.request); !parsed)
    return refuse(core, session, parsed.error());
  note_request(core, session, head);
  capture(core, session, head);
  session.is_head_kept = true;
  session.request_ms = core.now_ms - session.began_ms;
  core.parsed = core.row_of(session);
  core.parsed_head = head;
  track_request(core, session, frontend.tracking);
  if (!judge_request(core, session, frontend.content.get())) return;
  const std::string_view target = text_of(head, core.request.target);
  if (asks_for_stats(frontend, target) && core.stats_page) {
    note_end(session, Cause::local, 'R');
    session.is_stats = true;
    session.queue_ms = session.connect_ms = session.response_ms = 0;
    stats.add(Stat::intercepted);
    const std::string page = core.stats_page(*session.use->tables, frontend, target);
    const bool is_csv = target.find(";csv") != std::string_view::npos;
    return answer_with(core, session, {.content_type = is_csv ? "text/plain" : "text/html", .content = page});
  }
  enter_backend(core, session, chosen_backend(core, session));
}

void send_request(ProxyCore& core, Session& session) {
  const std::string_view head = kept_head(core, session);
  const std::string_view text = write_request(core, session, head);
  if (text.empty() || !send_text(core, session.server, text)) {
    note_end(session, Cause::internal, 'C');
    return answer(core, session, text.empty() ? 431 : 500);
  }
  session.phase = Session::Phase::response;
  End& server = core.end_of(session.server);
  server.scanned = 0;
  if (session.is_retryable) {
    session.is_request_done = true;
    return set_deadline(core, server, session.backend->timeouts.server);
  }
  core.transport.consume(session.client, session.head_bytes);
  session.is_head_kept = false;
  core.parsed = nobody;
  if (!session.wants_upgrade) watch_body(core, session);
  pump_request(core, session);
}

void pump_request(ProxyCore& core, Session& session) {
  if (session.phase == Session::Phase::inspecting) return inspect(core, session);
  if (session.is_request_done || session.phase < Session::Phase::response) return;
  judge_request_body(core, session, session.request_body.pump(core.transport, session.client, session.server));
}

void judge_request_body(ProxyCore& core, Session& session, http1::BodyRelay::Progress progress) {
  using Progress = http1::BodyRelay::Progress;
  const bool is_over = progress == Progress::waiting && core.end_of(session.client).has_peer_finished &&
                       !session.request_body.is_splicing() && core.transport.readable(session.client) == 0;
  if (progress == Progress::cut_short || is_over) {
    note_client_abort(session);
    return session.phase == Session::Phase::response ? answer(core, session, 400) : abort_session(core, session);
  }
  if (progress == Progress::malformed) {
    note_end(session, Cause::proxy_blocked, phase_letter(session));
    core.stats(*session.frontend->state).add(Stat::request_errors);
    return session.phase == Session::Phase::response ? answer(core, session, 400) : abort_session(core, session);
  }
  if (progress != Progress::done) return;
  session.is_request_done = true;
  if (session.phase == Session::Phase::response) {
    clear_deadline(core.end_of(session.client));
    set_deadline(core, core.end_of(session.server), session.backend->timeouts.server);
  }
}

// It sends no more, but may still read: only what it has left unsaid matters.
void on_client_finished(ProxyCore& core, Session& session) {
  if (session.phase == Session::Phase::tunnel || session.phase == Session::Phase::body) return;
  if (session.phase == Session::Phase::inspecting) return inspect(core, session);
  if (session.phase == Session::Phase::tarpit) return end_tarpit(core, session);
  const bool is_waiting = session.phase < Session::Phase::response || session.is_request_done;
  if (!is_waiting) return pump_request(core, session);
  if (session.backend == nullptr || !session.backend->aborts_on_close) return;
  note_end(session, Cause::client_aborted, phase_letter(session));
  if (session.phase == Session::Phase::response) return answer(core, session, 400);
  finish(core, session, false);  // without an answer, as in HAProxy
}

}  // namespace poise::l7
