#pragma once
#include <vector>

#include "config/types/time.hpp"
#include "l7/report/stats_row.hpp"
#include "l7/tables.hpp"

namespace poise::l7 {

// What all proxies have counted, as HAProxy's statistics: each frontend, then each backend's servers and the backend
// itself. Gauges are sums over the proxies, and so are their maxima. Reads atomics only: any thread may call it.
std::vector<report::StatsRow> stats_rows(const Tables& tables, Instant now);

}  // namespace poise::l7
