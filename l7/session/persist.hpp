#pragma once
#include "l7/persistence/response_cookies.hpp"
#include "l7/session/core.hpp"

// What keeps a client with its server. HAProxy's order: the cookie of the request, then the rest.
namespace poise::l7 {

// Looks which server the request belongs to, and captures the frontend's cookie of it.
void find_own_server(ProxyCore& core, Session& session);
// Whether who belongs to it goes there: also while it is drained or its weight is zero.
bool takes_its_own(const Server& server);
// The session goes to another server than this one, whoever it belongs to.
void redispatch_from(ProxyCore& core, Session& session, const Server& server);
// What is done to the cookies of the response in core.response, if it is a final one; its letter and the frontend's
// cookie of it go to the log.
std::optional<persistence::ResponseCookies> response_cookies(ProxyCore& core, Session& session,
                                                             const rules::EditedResponse& response);

}  // namespace poise::l7
