#pragma once
#include <string>

#include "l7/report/stats_row.hpp"
#include "l7/tables.hpp"

// What statistics say of a server's health, in HAProxy's words.
namespace poise::l7::health {

// The columns status, check_..., agent_... and those beside them. `now`: for how long it has been so.
void put_health(report::StatsRow& row, const Server& server, Instant now);

// Of a backend: since when it is up or down.
void put_changes(report::StatsRow& row, const Changes& changes, Instant now);

}  // namespace poise::l7::health
