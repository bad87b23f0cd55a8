#include "l7/rules/content_rules.hpp"
#include "l7/session/core.hpp"
#include "l7/session/stick.hpp"

// Bytes both ways, of which nobody knows what they mean: mode tcp, and what follows an upgrade.
namespace poise::l7 {

void begin_tcp_session(ProxyCore& core, End& client) {
  const Frontend& frontend = *client.frontend->local[core.settings.number].current;
  Session& session = begin_session(core, client, frontend);
  if (frontend.content == nullptr || frontend.content->inspect_delay_ms == 0)
    return enter_backend(core, session, chosen_backend(core, session));
  session.phase = Session::Phase::inspecting;
  set_deadline(core, client, frontend.content->inspect_delay_ms);
  inspect(core, session);
}

void begin_tunnel(ProxyCore& core, Session& session) {
  session.phase = Session::Phase::tunnel;
  clear_deadline(core.end_of(session.server));
  session.server_keeps_alive = session.client_keeps_alive = false;
  const bool is_client_spliced =
      session.request_body.is_splicing() || core.transport.splice(session.client, session.server, tcp::until_finished);
  const bool is_server_spliced = core.transport.splice(session.server, session.client, tcp::until_finished);
  if (!is_client_spliced || !is_server_spliced) {
    note_end(session, Cause::resources, 'D');
    return abort_session(core, session);
  }
  watch_body(core, session);
}

void on_tunnel_spliced(ProxyCore& core, Session& session, bool from_client) {
  (from_client ? session.client_finished : session.server_finished) = true;
  session.progress_ms = core.now_ms;
  if (session.client_finished && session.server_finished) finish(core, session, false);
}

}  // namespace poise::l7
