#pragma once
#include "l7/session/core.hpp"

// Stick tables in the life of connections and sessions.
namespace poise::l7 {

// Looks up who the client belongs to, unless its cookie has told; and keeps whose server the answering one is to
// become.
void apply_stick_rules(ProxyCore& core, Session& session);
// The server has answered, or mode tcp is connected: it becomes the server of what the request and the response (null
// in mode tcp) have for keys.
void store_server(ProxyCore& core, Session& session, const rules::EditedResponse* response);
// Of a connection: from its acceptance to its end. `admit_tracked`: no rule has refused it.
void track_connection(ProxyCore& core, End& client, const Frontend& frontend);
void admit_tracked(ProxyCore& core, const End& client);
// Its client's end is released. A session that is under way takes over what is tracked.
void end_tracking(ProxyCore& core, End& client);
// Of a request, or a connection of mode tcp: what the frontend and the backend track of it.
void track_request(ProxyCore& core, Session& session, const std::vector<stick::Tracking>& wanted);
void count_request(ProxyCore& core, Session& session);
void count_outcome(ProxyCore& core, Session& session);  // bytes, errors and failures
void end_tracking(ProxyCore& core, Session& session);

// What counter `number` of the session has, or of its connection; an empty Held: nothing is tracked.
stick::Held tracked(const ProxyCore& core, const Session& session, std::size_t number);
stick::Table::Visit visit_of(const ProxyCore& core);

}  // namespace poise::l7
