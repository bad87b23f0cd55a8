#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "l7/report/stats_row.hpp"

namespace poise::l7::report {

// PageHeader - what stands above the tables. What nobody knows is left out.
struct PageHeader {
  using Number = std::optional<std::uint64_t>;

  std::string product = "Poise", version, revision;
  std::string node, description;
  std::uint32_t pid = 0;
  Number threads;
  std::uint64_t uptime_s = 0;
  Number memory_max_mb, files_max, sockets_max, connections_max;  // limits of the process
  Number connections, connections_most, connection_rate;          // now, ever, and per second
  Number bits_per_second;
  Number tasks_running, tasks, idle_percent;

  std::string uri;                    // that the page is at, for its links
  std::uint32_t refresh_seconds = 0;  // "stats refresh"; 0: none
  bool is_refresh_off = false;        // ";norefresh"
  bool hides_down = false;            // ";up"
};

// The page of the statistics. Rows of one proxy follow each other and make one table.
void write_page(const PageHeader& header, std::span<const StatsRow> rows, std::string& to);

}  // namespace poise::l7::report
