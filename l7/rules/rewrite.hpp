#pragma once
#include <string>

#include "l7/rules/action.hpp"

namespace poise::l7::rules {

// What an action changes, in the edits of the request or response of the subject. Nothing that can't stand in a head
// gets into it: false where it would have, or where a limit would be exceeded, and then the head goes nowhere. `value`
// is room for texts. Actions of other kinds change nothing.
bool rewrite_request(const Action& action, const Subject& subject, HeadEdits& edits, std::string& value);
bool rewrite_response(const Action& action, const Subject& subject, HeadEdits& edits, std::string& value);

// Where a redirect goes to; false: its text can't stand in a head.
bool write_location(const Redirect& redirect, const Subject& subject, std::string& location);

}  // namespace poise::l7::rules
