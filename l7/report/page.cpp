#include "l7/report/page.hpp"

#include <string_view>

#include "l7/report/page_style.hpp"
#include "l7/report/page_table.hpp"
#include "l7/report/readable.hpp"

namespace poise::l7::report {
namespace {

using Number = PageHeader::Number;

// "Statistics Report for pid 25845 on lab-1: the lab"
std::string title_of(const PageHeader& header) {
  std::string title = "Statistics Report for pid " + std::to_string(header.pid);
  if (!header.node.empty()) title += " on " + header.node;
  if (!header.description.empty()) title += ": " + header.description;
  return title;
}

void write_head(const PageHeader& header, std::string& to) {
  to += "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<title>" + escaped(title_of(header));
  to += "</title>\n<link rel=\"icon\" href=\"data:,\">\n<meta name=\"viewport\" content=\"width=device-width\">\n";
  if (header.refresh_seconds != 0 && !header.is_refresh_off)
    to += "<meta http-equiv=\"refresh\" content=\"" + std::to_string(header.refresh_seconds) + "\">\n";
  to.append("<style>").append(page_style).append("</style></head>\n<body>\n<h1>");
  to += escaped(header.product) + " " + escaped(header.version);
  if (!header.revision.empty()) to += " <small>revision " + escaped(header.revision) + "</small>";
  to += "</h1>\n" + escaped(title_of(header)) + "\n";
}

void write_fact(std::string_view name, const std::string& value, std::string& to) {
  if (value.empty()) return;
  to.append("<tr><th>").append(name).append("</th><td>").append(value).append("</td></tr>\n");
}

std::string text_of(const Number& number, std::string_view unit = "") {
  return number ? readable_count(*number).append(unit) : "";
}

void write_facts(const PageHeader& header, std::string& to) {
  to += "<table>\n";
  write_fact("pid", std::to_string(header.pid), to);
  write_fact("threads", text_of(header.threads), to);
  write_fact("uptime", readable_uptime(header.uptime_s), to);
  write_fact("memmax", text_of(header.memory_max_mb, " MB"), to);
  write_fact("ulimit-n", text_of(header.files_max), to);
  write_fact("maxsock", text_of(header.sockets_max), to);
  write_fact("maxconn", text_of(header.connections_max), to);
  write_fact("current conns", text_of(header.connections), to);
  write_fact("max conns so far", text_of(header.connections_most), to);
  write_fact("conn rate", text_of(header.connection_rate, "/s"), to);
  if (header.bits_per_second) write_fact("bit rate", readable_bytes(*header.bits_per_second) + "bps", to);
  if (header.tasks_running && header.tasks)
    write_fact("running tasks", text_of(header.tasks_running) + "/" + text_of(header.tasks), to);
  write_fact("idle", text_of(header.idle_percent, " %"), to);
  to += "</table>\n";
}

void write_legend(std::string& to) {
  struct Entry {
    std::string_view row_class, meaning;
  };
  constexpr Entry entries[] = {{"active_up", "active UP"},
                               {"backup_up", "backup UP"},
                               {"active_going_down", "active UP, going down"},
                               {"backup_going_down", "backup UP, going down"},
                               {"active_going_up", "active DOWN, going up"},
                               {"backup_going_up", "backup DOWN, going up"},
                               {"active_down", "active or backup DOWN"},
                               {"active_no_check", "not checked"},
                               {"maintain", "active or backup DOWN for maintenance (MAINT)"},
                               {"active_draining", "active or backup SOFT STOPPED for maintenance"}};
  to += "<div class=\"legend\">\n";
  for (const Entry& entry : entries)
    to.append("<span class=\"").append(entry.row_class).append("\">").append(entry.meaning).append("</span>\n");
  to += "<span class=\"note\">\"NOLB\"/\"DRAIN\" = UP with load-balancing disabled.</span>\n</div>\n";
}

void write_link(const std::string& target, std::string_view text, std::string& to) {
  to.append("<li><a href=\"").append(escaped(target)).append("\">").append(text).append("</a></li>\n");
}

void write_links(const PageHeader& header, std::string& to) {
  const std::string up = header.hides_down ? ";up" : "";
  const std::string no_refresh = header.is_refresh_off ? ";norefresh" : "";
  to += "<ul>\n";
  if (header.hides_down) write_link(header.uri + no_refresh, "Show all servers", to);
  if (!header.hides_down) write_link(header.uri + ";up" + no_refresh, "Hide 'DOWN' servers", to);
  if (header.refresh_seconds != 0 && header.is_refresh_off) write_link(header.uri + up, "Enable refresh", to);
  if (header.refresh_seconds != 0 && !header.is_refresh_off)
    write_link(header.uri + up + ";norefresh", "Disable refresh", to);
  write_link(header.uri + up + no_refresh, "Refresh now", to);
  write_link(header.uri + ";csv", "CSV export", to);
  to += "</ul>\n";
}

void write_proxy(const PageHeader& header, std::span<const StatsRow> rows, std::string& to) {
  const std::string name = escaped(rows.front().proxy);
  std::string_view algorithm;
  for (const StatsRow& row : rows)
    if (!row.algorithm.empty()) algorithm = row.algorithm;
  to += "<h2><a id=\"" + name + "\" href=\"#" + name + "\">" + name + "</a> <small>" + escaped(rows.front().mode);
  if (!algorithm.empty()) to += " " + escaped(algorithm);
  to += "</small></h2>\n";
  write_table(rows, header.hides_down, to);
}

}  // namespace

void write_page(const PageHeader& header, std::span<const StatsRow> rows, std::string& to) {
  write_head(header, to);
  to += "<div class=\"top\">\n";
  write_facts(header, to);
  write_legend(to);
  write_links(header, to);
  to += "</div>\n";
  while (!rows.empty()) {
    std::size_t own = 1;
    while (own < rows.size() && rows[own].proxy == rows.front().proxy) ++own;
    write_proxy(header, rows.first(own), to);
    rows = rows.subspan(own);
  }
  to += "</body></html>\n";
}

}  // namespace poise::l7::report
