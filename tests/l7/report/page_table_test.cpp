#include "l7/report/page_table.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "tests/l7/report/rows.hpp"

namespace poise::l7::report {
namespace {

std::string table_of(std::span<const StatsRow> rows, bool hides_down = false) {
  std::string html;
  write_table(rows, hides_down, html);
  return html;
}

std::string table_of(const StatsRow& row) { return table_of(std::span(&row, 1)); }

// The text of the cells of the table's first row, without what their tips say.
std::string cells_of(const StatsRow& row) {
  std::string html = table_of(row), text;
  html = html.substr(html.find("<tbody>\n") + 8);
  html = html.substr(0, html.find("</tr>\n"));
  for (std::size_t tip = html.find("<table"); tip != std::string::npos; tip = html.find("<table"))
    html.erase(tip, html.find("</table>") + 8 - tip);
  while (!html.empty()) {
    const std::size_t tag = html.find('<');
    text += html.substr(0, tag);
    if (tag == std::string::npos) break;
    const std::size_t end = html.find('>', tag);
    if (html.substr(tag, end + 1 - tag) == "</td>") text += "|";
    html = html.substr(end + 1);
  }
  return text;
}

bool has(const std::string& html, std::string_view what) { return html.find(what) != std::string::npos; }

TEST(PageTable, has_haproxy_s_columns) {
  const std::string html = table_of(StatsRow{});
  EXPECT_TRUE(has(html,
                  "<th colspan=\"1\"></th><th colspan=\"3\">Queue</th><th colspan=\"3\">Session rate</th>"
                  "<th colspan=\"6\">Sessions</th><th colspan=\"2\">Bytes</th><th colspan=\"2\">Denied</th>"
                  "<th colspan=\"3\">Errors</th><th colspan=\"2\">Warnings</th><th colspan=\"9\">Server</th></tr>"));
  EXPECT_TRUE(has(html,
                  "<tr><th></th><th>Cur</th><th>Max</th><th>Limit</th><th>Cur</th><th>Max</th><th>Limit</th>"
                  "<th>Cur</th><th>Max</th><th>Limit</th><th>Total</th><th>LbTot</th><th>Last</th><th>In</th>"
                  "<th>Out</th><th>Req</th><th>Resp</th><th>Req</th><th>Conn</th><th>Resp</th><th>Retr</th>"
                  "<th>Redis</th><th>Status</th><th>LastChk</th><th>Wght</th><th>Act</th><th>Bck</th><th>Chk</th>"
                  "<th>Dwn</th><th>Dwntme</th><th>Thrtle</th></tr>"));
}

TEST(PageTable, rows_show_what_haproxy_s_do) {
  EXPECT_EQ(cells_of(web_frontend()), "Frontend||||0|3|-|0|2|500|5|||211|802|3|0|1|||||OPEN|||||||||");
  EXPECT_EQ(cells_of(queueing_server()),
            "q1|0|0|5|0|0||0|0|1|0|0|?|0|0||0||0|0|0|0|7s DOWN|L7STS/404 in 0ms|1/1|Y|-|1|1|7s|-|");
  EXPECT_EQ(cells_of(backup_server()),
            "l2|0|0|-|0|0||0|0|-|0|0|?|0|0||0||0|0|0|0|5s DOWN|L4CON in 0ms|0/0|-|Y|1|1|5s|-|");
  EXPECT_EQ(cells_of(app_backend()), "Backend|0|0||0|2||0|1|100|2|2|2s|116|300|0|0||0|0|0|0|7s UP||1/1|1|0||0|0s||");
}

TEST(PageTable, every_column_shows_its_own) {
  StatsRow row;
  row.kind = StatsRow::Kind::backend;
  row.queue_now = 1, row.queue_most = 2, row.queue_limit = 3;
  row.session_rate = 4, row.session_rate_most = 5, row.session_rate_limit = 6;
  row.sessions_now = 7, row.sessions_most = 8, row.sessions_limit = 9;
  row.sessions = 10, row.balanced = 11, row.last_session_s = 12;
  row.bytes_in = 13, row.bytes_out = 14, row.denied_requests = 15, row.denied_responses = 16;
  row.request_errors = 17, row.connection_errors = 18, row.response_errors = 19;
  row.retries = 20, row.redispatches = 21;
  row.last_change_s = 22, row.status = "UP", row.check_status = "L4OK", row.check_ms = 23;
  row.weight = 24, row.user_weight = 25, row.active = 26, row.backup = 27;
  row.check_fails = 28, row.downs = 29, row.downtime_s = 30, row.throttle = 31;
  EXPECT_EQ(
      cells_of(row),
      "Backend|1|2|3|4|5|6|7|8|9|10|11|12s|13|14|15|16|17|18|19|20|21|22s UP|L4OK in 23ms|24/25|26|27|28|29|30s|31%|");
}

TEST(PageTable, large_numbers_are_readable_and_exact) {
  StatsRow row = app_backend();
  row.sessions = 1234567, row.bytes_in = 1234567;
  EXPECT_TRUE(has(cells_of(row), "|1\u202f234\u202f567|2|2s|1.23M|300|"));
  EXPECT_TRUE(has(table_of(row), "<tr><th>Bytes:</th><td>1\u202f234\u202f567</td></tr>"));
}

TEST(PageTable, tips_tell_more) {
  const std::string html = table_of(web_frontend());
  EXPECT_TRUE(has(html, "<tr><th>Max request rate:</th><td>3/s</td></tr>"));
  EXPECT_TRUE(has(html, "<tr><th>- HTTP 4xx responses:</th><td>4 (80%)</td></tr>"));
  EXPECT_FALSE(has(html, "idle connections"));
  EXPECT_TRUE(has(table_of(app_backend()), "<tr><th>Max / Avg total time:</th><td>25 / 13 ms</td></tr>"));
  EXPECT_TRUE(has(table_of(queueing_server()), "<tr><th>Check:</th><td>Layer7 wrong status</td></tr>"));
}

TEST(PageTable, everything_from_outside_is_escaped) {
  StatsRow row = queueing_server();
  const std::string bad = "<b a=\"'&";
  row.proxy = row.server = row.address = row.cookie = row.status = bad;
  row.check_status = row.check_output = row.check_description = row.agent_status = row.agent_output = bad;
  std::string html = table_of(row);
  EXPECT_FALSE(has(html, "<b "));
  EXPECT_TRUE(has(html, "<td>&lt;b a=&quot;&#39;&amp;</td>"));
  row.tracked = bad;
  html = table_of(row);
  EXPECT_FALSE(has(html, "<b "));
  EXPECT_TRUE(has(html, "<a href=\"#&lt;b a=&quot;&#39;&amp;\">via &lt;b a=&quot;&#39;&amp;</a>"));
}

TEST(PageTable, rows_are_coloured_by_their_state) {
  struct Row {
    std::string_view status;
    bool is_backup;
    std::string_view wanted;
  };
  for (const auto& [status, is_backup, wanted] :
       {Row{"UP", false, "active_up"}, Row{"UP", true, "backup_up"}, Row{"UP 1/3", false, "active_going_down"},
        Row{"UP 1/3", true, "backup_going_down"}, Row{"DOWN 1/2", false, "active_going_up"},
        Row{"DOWN 1/2", true, "backup_going_up"}, Row{"DOWN", false, "active_down"}, Row{"DOWN", true, "active_down"},
        Row{"DOWN (agent)", false, "active_down"}, Row{"no check", false, "active_no_check"},
        Row{"MAINT", false, "maintain"}, Row{"MAINT (via app/s1)", true, "maintain"},
        Row{"DRAIN", false, "active_draining"}, Row{"NOLB 2/3", false, "active_draining"}}) {
    StatsRow row = queueing_server();
    row.status = status;
    row.backup = is_backup ? 1 : 0;
    EXPECT_EQ(row_class(row), wanted) << status;
    EXPECT_TRUE(has(table_of(row), "<tr class=\"" + std::string(wanted) + "\">")) << status;
  }
  EXPECT_EQ(row_class(web_frontend()), "frontend");
  StatsRow backend = app_backend();
  EXPECT_EQ(row_class(backend), "backend");
  backend.status = "DOWN";
  EXPECT_EQ(row_class(backend), "backend backend_down");
}

TEST(PageTable, servers_that_are_down_can_be_hidden) {
  std::array<StatsRow, 3> rows = {queueing_server(), queueing_server(), app_backend()};
  rows[0].server = "up", rows[0].status = "UP 1/3";
  rows[1].status = "MAINT";
  rows[2].status = "DOWN";
  EXPECT_TRUE(has(table_of(rows, false), ">q1</a>"));
  const std::string html = table_of(rows, true);
  EXPECT_TRUE(has(html, ">up</a>"));
  EXPECT_FALSE(has(html, ">q1</a>"));
  EXPECT_TRUE(has(html, ">Backend</a>"));
  rows[1].status = "DOWN 1/2";
  EXPECT_FALSE(has(table_of(rows, true), ">q1</a>"));
}

}  // namespace
}  // namespace poise::l7::report
