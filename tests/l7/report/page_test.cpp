#include "l7/report/page.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "tests/l7/report/rows.hpp"

namespace poise::l7::report {
namespace {

PageHeader lab() {
  PageHeader header;
  header.version = "1.2", header.revision = "abc", header.node = "lab-1";
  header.pid = 25845, header.uptime_s = 90061;
  header.connections_max = 50000, header.connections = 12, header.connections_most = 345;
  header.uri = "/haproxy?stats";
  return header;
}

std::string page_of(const PageHeader& header, std::span<const StatsRow> rows = {}) {
  std::string html;
  write_page(header, rows, html);
  return html;
}

std::size_t count(const std::string& text, std::string_view what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

bool has(const std::string& html, std::string_view what) { return count(html, what) != 0; }

TEST(Page, says_who_it_is_and_how_busy) {
  const std::string html = page_of(lab());
  EXPECT_TRUE(html.starts_with("<!DOCTYPE html>\n"));
  EXPECT_TRUE(html.ends_with("</body></html>\n"));
  EXPECT_TRUE(has(html, "<title>Statistics Report for pid 25845 on lab-1</title>"));
  EXPECT_TRUE(has(html, "<h1>Poise 1.2 <small>revision abc</small></h1>"));
  EXPECT_TRUE(has(html, "<tr><th>uptime</th><td>1d 1h01m01s</td></tr>"));
  EXPECT_TRUE(has(html, "<tr><th>maxconn</th><td>50\u202f000</td></tr>"));
  EXPECT_TRUE(has(html, "<tr><th>current conns</th><td>12</td></tr>"));
  EXPECT_TRUE(has(html, "<tr><th>max conns so far</th><td>345</td></tr>"));
  EXPECT_FALSE(has(html, "ulimit-n"));
}

TEST(Page, has_one_table_per_proxy) {
  std::vector<StatsRow> rows = {web_frontend(), queueing_server(), app_backend(), web_frontend()};
  rows[2].proxy = "que";
  rows[3].proxy = "other", rows[3].mode = "tcp";
  const std::string html = page_of(lab(), rows);
  EXPECT_EQ(count(html, "<table class=\"proxy\">"), 3u);
  EXPECT_EQ(count(html, "<h2>"), 3u);
  EXPECT_TRUE(has(html, "<h2><a id=\"web\" href=\"#web\">web</a> <small>http</small></h2>"));
  EXPECT_TRUE(has(html, "<h2><a id=\"que\" href=\"#que\">que</a> <small>http roundrobin</small></h2>"));
  EXPECT_TRUE(has(html, "<h2><a id=\"other\" href=\"#other\">other</a> <small>tcp</small></h2>"));
}

TEST(Page, explains_its_colours) {
  const std::string html = page_of(lab());
  EXPECT_TRUE(has(html, "<span class=\"active_up\">active UP</span>"));
  EXPECT_TRUE(has(html, "<span class=\"backup_going_up\">backup DOWN, going up</span>"));
  EXPECT_TRUE(has(html, "<span class=\"maintain\">active or backup DOWN for maintenance (MAINT)</span>"));
  for (const std::string_view state :
       {"active_up", "backup_up", "active_going_down", "backup_going_down", "active_down", "active_going_up",
        "backup_going_up", "active_no_check", "maintain", "active_draining"}) {
    EXPECT_TRUE(has(html, "<span class=\"" + std::string(state) + "\">")) << state;
    EXPECT_TRUE(has(html, "." + std::string(state) + " {") || has(html, "." + std::string(state) + ",")) << state;
  }
}

TEST(Page, refreshes_itself_if_asked_to) {
  PageHeader header = lab();
  EXPECT_FALSE(has(page_of(header), "http-equiv") || has(page_of(header), "norefresh"));
  header.refresh_seconds = 10;
  EXPECT_TRUE(has(page_of(header), "<meta http-equiv=\"refresh\" content=\"10\">"));
  EXPECT_TRUE(has(page_of(header), "<a href=\"/haproxy?stats;norefresh\">Disable refresh</a>"));
  header.is_refresh_off = true;
  EXPECT_FALSE(has(page_of(header), "http-equiv"));
  EXPECT_TRUE(has(page_of(header), "<a href=\"/haproxy?stats\">Enable refresh</a>"));
}

TEST(Page, links_to_its_other_forms) {
  PageHeader header = lab();
  const std::string html = page_of(header);
  EXPECT_TRUE(has(html, "<a href=\"/haproxy?stats;csv\">CSV export</a>"));
  EXPECT_TRUE(has(html, "<a href=\"/haproxy?stats\">Refresh now</a>"));
  EXPECT_TRUE(has(html, "<a href=\"/haproxy?stats;up\">Hide 'DOWN' servers</a>"));
  header.hides_down = true;
  EXPECT_TRUE(has(page_of(header), "<a href=\"/haproxy?stats\">Show all servers</a>"));
  EXPECT_TRUE(has(page_of(header), "<a href=\"/haproxy?stats;up\">Refresh now</a>"));
  const std::array<StatsRow, 1> rows = {queueing_server()};
  EXPECT_FALSE(has(page_of(header, rows), ">q1</a>"));
}

TEST(Page, fetches_nothing_and_runs_nothing) {
  const std::array<StatsRow, 2> rows = {web_frontend(), queueing_server()};
  const std::string html = page_of(lab(), rows);
  for (const std::string_view word : {"<script", "http:", "https:", "//", "src=", "@import", "url("})
    EXPECT_FALSE(has(html, word)) << word;
}

TEST(Page, everything_from_outside_is_escaped) {
  PageHeader header = lab();
  header.product = header.version = header.revision = header.node = header.description = header.uri = "<b a=\"'&";
  StatsRow row = web_frontend();
  row.proxy = row.mode = row.algorithm = "<b a=\"'&";
  const std::string html = page_of(header, std::span(&row, 1));
  EXPECT_FALSE(has(html, "<b "));
  EXPECT_TRUE(has(html, "<title>Statistics Report for pid 25845 on &lt;b a=&quot;&#39;&amp;: &lt;b"));
  EXPECT_TRUE(has(html, "<a href=\"&lt;b a=&quot;&#39;&amp;;csv\">CSV export</a>"));
}

}  // namespace
}  // namespace poise::l7::report
