#pragma once
#include "l7/report/line_writer.hpp"
#include "l7/report/log_facts.hpp"

namespace poise::l7::report {

// The facts as one JSON object on one line. A timer that was never reached and a status that was never known are null.
// A byte that is not ASCII is written \u00XX: what clients send need not be UTF-8, and nothing of it is lost.
// A line that is cut off is no JSON: ask to.is_whole().
void format_json(const LogFacts& facts, LineWriter& to);

}  // namespace poise::l7::report
