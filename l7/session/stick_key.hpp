#pragma once
#include "l7/session/core.hpp"

namespace poise::l7 {

// What a source of keys finds in the session's connection and in its request, whose head is kept; as a key of the
// table. False: nothing.
bool request_key(ProxyCore& core, const Session& session, const stick::Source& source, const stick::Shape& shape,
                 stick::Key& into);
// The same in a response.
bool response_key(const rules::EditedResponse& response, const stick::Source& source, const stick::Shape& shape,
                  stick::Key& into);

}  // namespace poise::l7
