#include "l7/report/page_table.hpp"

#include <iterator>

#include "l7/report/readable.hpp"

namespace poise::l7::report {
namespace {

using Row = StatsRow;
using Kind = Row::Kind;
using Number = Row::Number;

// Tip - what a cell tells when one points at it, or goes to it with the keyboard.
class Tip {
 public:
  Tip& count(std::string_view label, const Number& number, std::string_view unit = "") {
    return number ? line(label, readable_count(*number).append(unit)) : *this;
  }
  Tip& share(std::string_view label, const Number& number, const Number& of) {
    if (!number || !of || *of == 0) return count(label, number);
    return line(label, readable_count(*number) + " (" + std::to_string(*number * 100 / *of) + "%)");
  }
  Tip& milliseconds(std::string_view label, const Number& most, const Number& mean) {
    if (!mean) return *this;
    return line(label, (most ? readable_count(*most) + " / " : "") + readable_count(*mean) + " ms");
  }
  Tip& line(std::string_view label, std::string_view value) {
    if (value.empty()) return *this;
    html_.append("<tr><th>").append(escaped(label)).append("</th><td>").append(escaped(value)).append("</td></tr>");
    return *this;
  }
  const std::string& html() const { return html_; }

 private:
  std::string html_;
};

struct Cell {
  std::string html;
  Tip tip{};
  bool is_text = false;  // else a number, to the right
};

struct Column {
  std::string_view name;
  Cell (*cell)(const Row&);
};

Cell text_cell(std::string_view text) { return {.html = escaped(text), .is_text = true}; }

template <Number Row::* number>
Cell count(const Row& row) {
  return {.html = row.*number ? readable_count(*(row.*number)) : ""};
}

// "-" where this kind of row could have a limit and has none.
template <Number Row::* number, Kind kind>
Cell limit(const Row& row) {
  const bool is_limited = row.*number && *(row.*number) != 0;
  if (is_limited) return count<number>(row);
  return {.html = row.kind == kind ? "-" : ""};
}

template <Number Row::* number>
Cell bytes(const Row& row) {
  if (!(row.*number)) return {};
  Cell cell{.html = readable_bytes(*(row.*number))};
  if (*(row.*number) >= 1000) cell.tip.count("Bytes:", row.*number);
  return cell;
}

std::string_view label_of(const Row& row) {
  if (row.kind == Kind::frontend) return "Frontend";
  if (row.kind == Kind::backend) return "Backend";
  return row.server;
}

Cell name(const Row& row) {
  const std::string label = escaped(label_of(row)), anchor = escaped(row.proxy) + "/" + label;
  Cell cell{.html = "<a id=\"" + anchor + "\" href=\"#" + anchor + "\">" + label + "</a>", .is_text = true};
  cell.tip.line("Address:", row.address).line("Cookie:", row.cookie);
  if (row.server_id && *row.server_id != 0) cell.tip.line("id:", std::to_string(*row.server_id));
  return cell;
}

Cell rate_now(const Row& row) {
  Cell cell = count<&Row::session_rate>(row);
  cell.tip.count("Current connection rate:", row.connection_rate, "/s");
  cell.tip.count("Current request rate:", row.request_rate, "/s");
  return cell;
}

Cell rate_most(const Row& row) {
  Cell cell = count<&Row::session_rate_most>(row);
  cell.tip.count("Max connection rate:", row.connection_rate_most, "/s");
  cell.tip.count("Max request rate:", row.request_rate_most, "/s");
  return cell;
}

Cell sessions_now(const Row& row) {
  Cell cell = count<&Row::sessions_now>(row);
  cell.tip.count("Current used connections:", row.used_now).count("Current idle connections:", row.idle_now);
  cell.tip.count("- unsafe:", row.unsafe_idle_now).count("- safe:", row.safe_idle_now);
  cell.tip.count("Estimated need of connections:", row.needed_estimate)
      .count("Idle connections limit:", row.idle_limit);
  return cell;
}

Cell sessions_total(const Row& row) {
  Cell cell = count<&Row::sessions>(row);
  Tip& tip = cell.tip;
  Number opened = row.connects;
  if (opened && row.reuses) *opened += *row.reuses;
  tip.count("Cum. connections:", row.connections).count("Cum. sessions:", row.sessions);
  tip.count("New connections:", row.connects).share("Reused connections:", row.reuses, opened);
  tip.count("Cum. HTTP requests:", row.requests);
  tip.share("- HTTP 1xx responses:", row.responses_1xx, row.requests);
  tip.share("- HTTP 2xx responses:", row.responses_2xx, row.requests);
  tip.share("- HTTP 3xx responses:", row.responses_3xx, row.requests);
  tip.share("- HTTP 4xx responses:", row.responses_4xx, row.requests);
  tip.share("- HTTP 5xx responses:", row.responses_5xx, row.requests);
  tip.share("- other responses:", row.responses_other, row.requests);
  tip.count("Intercepted requests:", row.intercepted).count("Failed hdr rewrites:", row.rewrite_failures);
  tip.count("Internal errors:", row.internal_errors);
  tip.milliseconds("Max / Avg queue time:", row.queue_ms_most, row.queue_ms);
  tip.milliseconds("Max / Avg connect time:", row.connect_ms_most, row.connect_ms);
  tip.milliseconds("Max / Avg response time:", row.response_ms_most, row.response_ms);
  tip.milliseconds("Max / Avg total time:", row.total_ms_most, row.total_ms);
  return cell;
}

Cell last_session(const Row& row) {
  if (!row.last_session_s) return {};
  if (*row.last_session_s < 0) return {.html = "?"};
  return {.html = readable_duration(std::uint64_t(*row.last_session_s))};
}

Cell denied_requests(const Row& row) {
  Cell cell = count<&Row::denied_requests>(row);
  cell.tip.count("Denied connections:", row.denied_connections).count("Denied sessions:", row.denied_sessions);
  return cell;
}

Cell response_errors(const Row& row) {
  Cell cell = count<&Row::response_errors>(row);
  cell.tip.count("Resets during transfers, client:", row.client_aborts).count("- server:", row.server_aborts);
  return cell;
}

Cell status(const Row& row) {
  const std::string since = row.last_change_s ? readable_duration(*row.last_change_s) + " " : "";
  return text_cell(since + row.status);
}

Cell last_check(const Row& row) {
  if (!row.tracked.empty()) {
    const std::string tracked = escaped(row.tracked);
    return {.html = "<a href=\"#" + tracked + "\">via " + tracked + "</a>", .is_text = true};
  }
  std::string text = row.check_status;
  if (row.check_code && *row.check_code != 0) text += "/" + std::to_string(*row.check_code);
  if (!text.empty() && row.check_ms) text += " in " + std::to_string(*row.check_ms) + "ms";
  Cell cell = text_cell(text);
  cell.tip.line("Check:", row.check_description).line("Output:", row.check_output);
  if (row.check_health) cell.tip.count("Health:", row.check_health);
  cell.tip.line("Agent:", row.agent_status).line("Agent output:", row.agent_output);
  return cell;
}

Cell weight(const Row& row) {
  if (!row.weight) return {};
  const std::string effective = std::to_string(*row.weight);
  return text_cell(row.user_weight ? effective + "/" + std::to_string(*row.user_weight) : effective);
}

// Of a server whether it is one, of a backend how many are.
template <Number Row::* number>
Cell yes_or_count(const Row& row) {
  if (row.kind != Kind::server || !(row.*number)) return count<number>(row);
  return text_cell(*(row.*number) != 0 ? "Y" : "-");
}

Cell check_fails(const Row& row) {
  Cell cell = count<&Row::check_fails>(row);
  cell.tip.count("Failed Health Checks:", row.check_fails).count("Failed responses:", row.observed_failures);
  return cell;
}

Cell downtime(const Row& row) {
  if (!row.downtime_s) return {};
  return {.html = readable_duration(*row.downtime_s)};
}

Cell throttle(const Row& row) {
  if (row.throttle) return {.html = std::to_string(*row.throttle) + "%"};
  return {.html = row.kind == Kind::server ? "-" : ""};
}

struct Group {
  std::string_view name;
  std::size_t columns;
};
constexpr Group groups[] = {{"", 1},       {"Queue", 3},  {"Session rate", 3}, {"Sessions", 6}, {"Bytes", 2},
                            {"Denied", 2}, {"Errors", 3}, {"Warnings", 2},     {"Server", 9}};
constexpr Column columns[] = {{"", name},
                              {"Cur", count<&Row::queue_now>},
                              {"Max", count<&Row::queue_most>},
                              {"Limit", limit<&Row::queue_limit, Kind::server>},
                              {"Cur", rate_now},
                              {"Max", rate_most},
                              {"Limit", limit<&Row::session_rate_limit, Kind::frontend>},
                              {"Cur", sessions_now},
                              {"Max", count<&Row::sessions_most>},
                              {"Limit", limit<&Row::sessions_limit, Kind::server>},
                              {"Total", sessions_total},
                              {"LbTot", count<&Row::balanced>},
                              {"Last", last_session},
                              {"In", bytes<&Row::bytes_in>},
                              {"Out", bytes<&Row::bytes_out>},
                              {"Req", denied_requests},
                              {"Resp", count<&Row::denied_responses>},
                              {"Req", count<&Row::request_errors>},
                              {"Conn", count<&Row::connection_errors>},
                              {"Resp", response_errors},
                              {"Retr", count<&Row::retries>},
                              {"Redis", count<&Row::redispatches>},
                              {"Status", status},
                              {"LastChk", last_check},
                              {"Wght", weight},
                              {"Act", yes_or_count<&Row::active>},
                              {"Bck", yes_or_count<&Row::backup>},
                              {"Chk", check_fails},
                              {"Dwn", count<&Row::downs>},
                              {"Dwntme", downtime},
                              {"Thrtle", throttle}};
constexpr std::size_t grouped_columns() {
  std::size_t all = 0;
  for (const Group& group : groups) all += group.columns;
  return all;
}
static_assert(grouped_columns() == std::size(columns));

void write_heads(std::string& to) {
  for (const Group& group : groups) to += "<colgroup span=\"" + std::to_string(group.columns) + "\">";
  to += "\n<thead><tr>";
  for (const Group& group : groups)
    to.append("<th colspan=\"" + std::to_string(group.columns) + "\">").append(group.name).append("</th>");
  to += "</tr>\n<tr>";
  for (const Column& column : columns) to.append("<th>").append(column.name).append("</th>");
  to += "</tr></thead>\n";
}

void write_cell(const Cell& cell, std::string& to) {
  const bool has_tip = !cell.tip.html().empty();
  to += cell.is_text ? "<td class=\"text\"" : "<td";
  to += has_tip ? " tabindex=\"0\"><u>" : ">";
  to += cell.html;
  if (has_tip) to += "</u><table class=\"tip\">" + cell.tip.html() + "</table>";
  to += "</td>";
}

bool is_going(const Row& row) { return row.status.find('/') != std::string::npos; }  // "UP 1/3": it has begun to change

}  // namespace

std::string_view row_class(const StatsRow& row) {
  const std::string_view status = row.status;
  const bool is_backup = row.backup.value_or(0) != 0;
  if (row.kind == Kind::frontend || row.kind == Kind::listener) return "frontend";
  if (row.kind == Kind::backend) return status.starts_with("DOWN") ? "backend backend_down" : "backend";
  if (status.starts_with("MAINT")) return "maintain";
  if (status.starts_with("DRAIN") || status.starts_with("NOLB")) return "active_draining";
  if (status == "no check") return "active_no_check";
  if (status.starts_with("UP") && is_going(row)) return is_backup ? "backup_going_down" : "active_going_down";
  if (status.starts_with("UP")) return is_backup ? "backup_up" : "active_up";
  if (is_going(row)) return is_backup ? "backup_going_up" : "active_going_up";
  return "active_down";
}

bool is_down(const StatsRow& row) {
  return row.kind == Kind::server && (row.status.starts_with("DOWN") || row.status.starts_with("MAINT"));
}

void write_table(std::span<const StatsRow> rows, bool hides_down, std::string& to) {
  to += "<table class=\"proxy\">";
  write_heads(to);
  to += "<tbody>\n";
  for (const StatsRow& row : rows) {
    if (hides_down && is_down(row)) continue;
    to.append("<tr class=\"").append(row_class(row)).append("\">");
    for (const Column& column : columns) write_cell(column.cell(row), to);
    to += "</tr>\n";
  }
  to += "</tbody></table>\n";
}

}  // namespace poise::l7::report
