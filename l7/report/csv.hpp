#pragma once
#include <span>
#include <string>

#include "l7/report/stats_row.hpp"

namespace poise::l7::report {

// The statistics as HAProxy 2.6 gives them at "stats uri" with ";csv". The socket's "show stat" gives the same and an
// empty line.
void write_csv(std::span<const StatsRow> rows, std::string& to);

}  // namespace poise::l7::report
