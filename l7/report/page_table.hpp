#pragma once
#include <span>
#include <string>
#include <string_view>

#include "l7/report/stats_row.hpp"

namespace poise::l7::report {

// How a row is coloured: the legend's states, by HAProxy's names.
std::string_view row_class(const StatsRow& row);
// Whether ";up" hides it: a server that is down, whatever for.
bool is_down(const StatsRow& row);

// The table of one proxy: its frontend, servers and backend, in the order they are given in.
void write_table(std::span<const StatsRow> rows, bool hides_down, std::string& to);

}  // namespace poise::l7::report
