#include "l7/session/core.hpp"
#include "l7/session/persist.hpp"
#include "l7/session/stick.hpp"

namespace poise::l7 {
namespace {

using http1::FieldId;
using http1::Framing;
using http1::Method;

// The response is not one: nothing of it goes on.
void refuse(ProxyCore& core, Session& session, Cause cause) {
  session.has_bad_response = true;
  note_end(session, cause, 'H');
  note_response(core, session, false);
  core.stats(*session.backend->state).add(Stat::response_errors);
  core.stats(*session.picked->state).add(Stat::response_errors);
  answer(core, session, 502);
}

void count_server_abort(ProxyCore& core, const Session& session) {
  for (Stats* stats : {&core.stats(*session.backend->state), &core.stats(*session.picked->state)}) {
    stats->add(Stat::server_aborts);
    stats->add(Stat::response_errors);
  }
}

void consume_kept_head(ProxyCore& core, Session& session) {
  if (!std::exchange(session.is_head_kept, false)) return;
  core.transport.consume(session.client, session.head_bytes);
  core.parsed = nobody;
}

bool may_reuse(const Session& session, const http1::ResponseHead& response) {
  return response.keeps_alive && session.is_request_done && session.backend->reuse != Reuse::never &&
         response.framing.kind != Framing::Kind::until_close;
}

// HTTP/1.0 knows no chunks: there the end of the connection ends the body.
bool is_unframed(const Session& session, const Framing& framing) {
  return framing.kind == Framing::Kind::until_close ||
         (framing.kind == Framing::Kind::chunked && session.version == http1::Version::http_1_0);
}

std::string_view write_response(ProxyCore& core, Session& session, std::string_view head) {
  http1::ResponseHead& response = core.response;
  http1::HeadWriter writer(core.written);
  const rules::EditedResponse edited{{head, &response.fields, &core.response_edits}, &response};
  const std::string_view reason = core.response_edits.reason().value_or(text_of(head, response.reason));
  writer.status_line(edited.status(), reason);
  const Framing framing = response.framing;
  if (is_unframed(session, framing)) response.framing = {Framing::Kind::until_close, 0};
  const bool is_switch = response.status == 101;
  const auto cookies = response_cookies(core, session, edited);
  write_fields(writer, edited, cookies ? &*cookies : nullptr);
  if (cookies) cookies->write_inserted(writer);
  response.framing = framing;
  if (is_switch) {
    writer.field("connection", "upgrade");
    for (const http1::Field& field : response.fields)
      if (field.id == FieldId::upgrade) writer.field("upgrade", text_of(head, field.value));
  } else if (response.status >= 200 && !session.client_keeps_alive) {
    writer.field("connection", "close");
  } else if (response.status >= 200 && session.version == http1::Version::http_1_0) {
    writer.field("connection", "keep-alive");
  }
  writer.end();
  return writer.is_whole() ? writer.text() : std::string_view{};
}

bool pass_head_on(ProxyCore& core, Session& session, std::string_view head) {
  const std::size_t length = head.size();
  const std::string_view text = write_response(core, session, head);
  const bool is_sent = !text.empty() && send_text(core, session.client, text);
  if (!is_sent) {
    refuse(core, session, Cause::proxy_blocked);
    return false;
  }
  session.bytes_out += text.size();
  core.transport.consume(session.server, length);
  return true;
}

bool becomes_tunnel(const Session& session, const http1::ResponseHead& response) {
  if (!session.wants_upgrade) return false;
  return response.status == 101 || (session.method == Method::connect && response.status / 100 == 2);
}

void begin_body(ProxyCore& core, Session& session) {
  const http1::ResponseHead& response = core.response;
  session.server_keeps_alive = may_reuse(session, response);
  session.phase = Session::Phase::body;
  session.response_body.begin(response.framing, session.version == http1::Version::http_1_1);
  clear_deadline(core.end_of(session.server));
  watch_body(core, session);
  pump_response(core, session);
}

// One head. True: it was one that only announces another.
bool take_head(ProxyCore& core, Session& session, std::string_view head) {
  http1::ResponseHead& response = core.response;
  if (!http1::parse_response(head, session.method, response)) {
    refuse(core, session, Cause::proxy_blocked);
    return false;
  }
  core.response_edits.clear();
  const bool is_tunnel = becomes_tunnel(session, response);
  const bool is_interim = response.status < 200 && response.status != 101;
  if (response.status == 101 && !is_tunnel) {
    refuse(core, session, Cause::proxy_blocked);
    return false;
  }
  if (is_interim) {
    if (session.version == http1::Version::http_1_1) return pass_head_on(core, session, head);
    core.transport.consume(session.server, head.size());  // RFC 9110 15.2: not for HTTP/1.0
    return true;
  }
  session.status = response.status;
  note_response(core, session, response.status < 500 || response.status == 501 || response.status == 505);
  const auto& captures = session.frontend->response_captures;
  for (std::size_t i = 0; i < captures.size(); ++i)
    capture_field(captures[i], head, response.fields, session.captured_responses[i]);
  if (!judge_response(core, session, head)) return false;
  session.response_ms = core.now_ms - session.last_ms;
  const rules::EditedResponse edited{{head, &response.fields, &core.response_edits}, &response};
  store_server(core, session, &edited);
  consume_kept_head(core, session);
  if (is_unframed(session, response.framing)) session.client_keeps_alive = false;
  if (!pass_head_on(core, session, head)) return false;
  if (is_tunnel)
    begin_tunnel(core, session);
  else
    begin_body(core, session);
  return false;
}

}  // namespace

void on_response_bytes(ProxyCore& core, Session& session) {
  if (session.phase != Session::Phase::response) return pump_response(core, session);
  const std::uint32_t row = core.row_of(session);
  while (core.sessions[row].phase == Session::Phase::response) {
    End& server = core.end_of(session.server);
    if (core.transport.readable(server.handle) == 0) return;
    const HeadRead head = read_head(core, server);
    if (head.state == HeadRead::State::too_large) return refuse(core, session, Cause::proxy_blocked);
    if (head.state == HeadRead::State::partial || !take_head(core, session, head.text)) return;
  }
}

void pump_response(ProxyCore& core, Session& session) {
  if (session.is_response_done || session.phase != Session::Phase::body) return;
  judge_response_body(core, session, session.response_body.pump(core.transport, session.server, session.client));
}

void judge_response_body(ProxyCore& core, Session& session, http1::BodyRelay::Progress progress) {
  using Progress = http1::BodyRelay::Progress;
  const bool is_over = progress == Progress::waiting && core.end_of(session.server).has_peer_finished &&
                       !session.response_body.is_splicing() && core.transport.readable(session.server) == 0;
  if (progress == Progress::cut_short || progress == Progress::malformed || is_over) {
    note_end(session, progress == Progress::malformed ? Cause::proxy_blocked : Cause::server_aborted, 'D');
    count_server_abort(core, session);
    return finish(core, session, false);
  }
  if (progress != Progress::done) return;
  session.is_response_done = true;
  finish(core, session, session.client_keeps_alive && session.is_request_done);
}

// The server's connection ended, or it sends no more, before the response was through.
void on_server_gone(ProxyCore& core, Session& session, bool is_reset) {
  if (session.phase == Session::Phase::response) {
    const bool has_begun = core.find(session.server) != nullptr && core.transport.readable(session.server) > 0;
    if (session.is_reused && session.is_retryable && session.is_head_kept && !has_begun)
      return retry_fresh(core, session);
    return refuse(core, session, Cause::server_aborted);
  }
  if (session.phase == Session::Phase::body) {
    if (!is_reset) return pump_response(core, session);
    note_end(session, Cause::server_aborted, 'D');
    count_server_abort(core, session);
    return finish(core, session, false);
  }
  if (!is_reset) return;  // in a tunnel: the splice has passed it on
  note_end(session, Cause::server_aborted, 'D');
  abort_session(core, session);
}

}  // namespace poise::l7
