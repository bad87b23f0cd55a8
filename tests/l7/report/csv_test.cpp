#include "l7/report/csv.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "tests/l7/report/rows.hpp"

namespace poise::l7::report {
namespace {

// All that HAProxy 2.6.12 has.
constexpr std::string_view header =
    "# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,"
    "status,weight,act,bck,chkfail,chkdown,lastchg,downtime,qlimit,pid,iid,sid,throttle,lbtot,tracked,"
    "type,rate,rate_lim,rate_max,check_status,check_code,check_duration,hrsp_1xx,hrsp_2xx,hrsp_3xx,"
    "hrsp_4xx,hrsp_5xx,hrsp_other,hanafail,req_rate,req_rate_max,req_tot,cli_abrt,srv_abrt,comp_in,"
    "comp_out,comp_byp,comp_rsp,lastsess,last_chk,last_agt,qtime,ctime,rtime,ttime,agent_status,"
    "agent_code,agent_duration,check_desc,agent_desc,check_rise,check_fall,check_health,agent_rise,"
    "agent_fall,agent_health,addr,cookie,mode,algo,conn_rate,conn_rate_max,conn_tot,intercepted,dcon,"
    "dses,wrew,connect,reuse,cache_lookups,cache_hits,srv_icur,src_ilim,qtime_max,ctime_max,rtime_max,"
    "ttime_max,eint,idle_conn_cur,safe_conn_cur,used_conn_cur,need_conn_est,uweight,agg_server_status,"
    "agg_server_check_status,agg_check_status,-,ssl_sess,ssl_reused_sess,ssl_failed_handshake,"
    "h2_headers_rcvd,h2_data_rcvd,h2_settings_rcvd,h2_rst_stream_rcvd,h2_goaway_rcvd,"
    "h2_detected_conn_protocol_errors,h2_detected_strm_protocol_errors,h2_rst_stream_resp,h2_goaway_resp,"
    "h2_open_connections,h2_backend_open_streams,h2_total_connections,h2_backend_total_streams,"
    "h1_open_connections,h1_open_streams,h1_total_connections,h1_total_streams,h1_bytes_in,h1_bytes_out,"
    "h1_spliced_bytes_in,h1_spliced_bytes_out,";
constexpr std::size_t columns = 128, fixed_columns = 104;

std::string csv_of(const StatsRow& row) {
  std::string text;
  write_csv(std::span(&row, 1), text);
  return text;
}

// The row's columns up to "-", that every version has; those after it are of protocols, and empty here.
std::string fixed_part(const StatsRow& row) {
  const std::string text = csv_of(row);
  const std::string line = text.substr(text.find('\n') + 1);
  const std::string rest(columns - fixed_columns, ',');
  EXPECT_TRUE(line.ends_with("-," + rest + "\n")) << line;
  return line.substr(0, line.size() - rest.size() - 1);
}

TEST(Csv, has_haproxy_s_columns) {
  std::string text;
  write_csv({}, text);
  EXPECT_EQ(text, std::string(header) + "\n");
  EXPECT_EQ(std::ranges::count(text, ','), std::ptrdiff_t(columns));
}

// The rows that follow were written by HAProxy 2.6.12.
TEST(Csv, a_frontend_is_haproxy_s) {
  EXPECT_EQ(fixed_part(web_frontend()),
            "web,FRONTEND,,,0,2,500,5,211,802,3,0,1,,,,,OPEN,,,,,,,,,1,2,0,,,,0,0,0,3,,,,0,1,0,4,0,0,,0,3,5,,"
            ",0,0,0,0,,,,,,,,,,,,,,,,,,,,,http,,0,3,5,0,0,0,0,,,0,0,,,,,,,0,,,,,,,,,-,");
}

TEST(Csv, a_backend_is_haproxy_s) {
  EXPECT_EQ(fixed_part(app_backend()),
            "app,BACKEND,0,0,0,1,100,2,116,300,0,0,,0,0,0,0,UP,1,1,0,,0,7,0,,1,7,0,,2,,1,0,,2,,,,0,2,0,0,0,0,"
            ",,,2,0,0,0,0,0,0,2,,,0,1,1,13,,,,,,,,,,,,,SRV,http,roundrobin,,,,,,,0,2,0,0,0,,,0,2,1,25,0,,,,,1"
            ",0,0,0,-,");
}

TEST(Csv, a_server_is_haproxy_s) {
  EXPECT_EQ(fixed_part(queueing_server()),
            "que,q1,0,0,0,0,1,0,0,0,,0,,0,0,0,0,DOWN,1,1,0,1,1,7,7,5,1,9,1,,0,,2,0,,0,L7STS,404,0,0,0,0,0,0,0"
            ",,,,0,0,0,,,,,-1,\"Bad, \"\"x\"\"\",,0,0,0,0,,,,Layer7 wrong "
            "status,,2,3,0,,,,127.0.0.1:28090,,http,,,,,,,,0,0,0,,,0,,0,0,0,0,0,0,0,0,1,1,,,,-,");
  EXPECT_EQ(fixed_part(backup_server()),
            "both,l2,0,0,0,0,,0,0,0,,0,,0,0,0,0,DOWN,0,0,1,1,1,5,5,,1,11,2,,0,,2,0,,0,L4CON,,0,0,0,0,0,0,0,,,"
            ",0,0,0,,,,,-1,Connection refused,,0,0,0,0,,,,Layer4 connection "
            "problem,,2,3,0,,,,[::1]:28090,\"x,y\"\"z\",http,,,,,,,,0,0,0,,,0,,0,0,0,0,0,0,0,0,1,0,,,,-,");
}

// The numbers of the columns, which tools count by.
struct Numbered {
  std::size_t column;
  StatsRow::Number StatsRow::* number;
};
constexpr Numbered numbered[] = {{2, &StatsRow::queue_now},
                                 {3, &StatsRow::queue_most},
                                 {4, &StatsRow::sessions_now},
                                 {5, &StatsRow::sessions_most},
                                 {6, &StatsRow::sessions_limit},
                                 {7, &StatsRow::sessions},
                                 {8, &StatsRow::bytes_in},
                                 {9, &StatsRow::bytes_out},
                                 {10, &StatsRow::denied_requests},
                                 {11, &StatsRow::denied_responses},
                                 {12, &StatsRow::request_errors},
                                 {13, &StatsRow::connection_errors},
                                 {14, &StatsRow::response_errors},
                                 {15, &StatsRow::retries},
                                 {16, &StatsRow::redispatches},
                                 {18, &StatsRow::weight},
                                 {19, &StatsRow::active},
                                 {20, &StatsRow::backup},
                                 {21, &StatsRow::check_fails},
                                 {22, &StatsRow::downs},
                                 {23, &StatsRow::last_change_s},
                                 {24, &StatsRow::downtime_s},
                                 {25, &StatsRow::queue_limit},
                                 {26, &StatsRow::process},
                                 {27, &StatsRow::proxy_id},
                                 {28, &StatsRow::server_id},
                                 {29, &StatsRow::throttle},
                                 {30, &StatsRow::balanced},
                                 {33, &StatsRow::session_rate},
                                 {34, &StatsRow::session_rate_limit},
                                 {35, &StatsRow::session_rate_most},
                                 {37, &StatsRow::check_code},
                                 {38, &StatsRow::check_ms},
                                 {39, &StatsRow::responses_1xx},
                                 {40, &StatsRow::responses_2xx},
                                 {41, &StatsRow::responses_3xx},
                                 {42, &StatsRow::responses_4xx},
                                 {43, &StatsRow::responses_5xx},
                                 {44, &StatsRow::responses_other},
                                 {45, &StatsRow::observed_failures},
                                 {46, &StatsRow::request_rate},
                                 {47, &StatsRow::request_rate_most},
                                 {48, &StatsRow::requests},
                                 {49, &StatsRow::client_aborts},
                                 {50, &StatsRow::server_aborts},
                                 {51, &StatsRow::compression_in},
                                 {52, &StatsRow::compression_out},
                                 {53, &StatsRow::compression_bypassed},
                                 {54, &StatsRow::compressed_responses},
                                 {58, &StatsRow::queue_ms},
                                 {59, &StatsRow::connect_ms},
                                 {60, &StatsRow::response_ms},
                                 {61, &StatsRow::total_ms},
                                 {63, &StatsRow::agent_code},
                                 {64, &StatsRow::agent_ms},
                                 {67, &StatsRow::check_rise},
                                 {68, &StatsRow::check_fall},
                                 {69, &StatsRow::check_health},
                                 {70, &StatsRow::agent_rise},
                                 {71, &StatsRow::agent_fall},
                                 {72, &StatsRow::agent_health},
                                 {77, &StatsRow::connection_rate},
                                 {78, &StatsRow::connection_rate_most},
                                 {79, &StatsRow::connections},
                                 {80, &StatsRow::intercepted},
                                 {81, &StatsRow::denied_connections},
                                 {82, &StatsRow::denied_sessions},
                                 {83, &StatsRow::rewrite_failures},
                                 {84, &StatsRow::connects},
                                 {85, &StatsRow::reuses},
                                 {86, &StatsRow::cache_lookups},
                                 {87, &StatsRow::cache_hits},
                                 {88, &StatsRow::idle_now},
                                 {89, &StatsRow::idle_limit},
                                 {90, &StatsRow::queue_ms_most},
                                 {91, &StatsRow::connect_ms_most},
                                 {92, &StatsRow::response_ms_most},
                                 {93, &StatsRow::total_ms_most},
                                 {94, &StatsRow::internal_errors},
                                 {95, &StatsRow::unsafe_idle_now},
                                 {96, &StatsRow::safe_idle_now},
                                 {97, &StatsRow::used_now},
                                 {98, &StatsRow::needed_estimate},
                                 {99, &StatsRow::user_weight},
                                 {100, &StatsRow::servers_by_status},
                                 {101, &StatsRow::servers_by_check},
                                 {102, &StatsRow::servers_by_check_status}};

TEST(Csv, every_number_has_its_own_column) {
  for (const Numbered& each : numbered) {
    StatsRow row;
    row.*each.number = 123456;
    const std::string text = csv_of(row);
    const std::size_t at = text.find("123456");
    ASSERT_NE(at, std::string::npos) << each.column;
    const std::string_view before = std::string_view(text).substr(0, at).substr(text.find('\n'));
    EXPECT_EQ(std::size_t(std::ranges::count(before, ',')), each.column);
    EXPECT_EQ(text.find("123456", at + 1), std::string::npos) << each.column;
  }
}

TEST(Csv, every_row_has_every_column) {
  const std::array<StatsRow, 3> rows = {web_frontend(), StatsRow{}, app_backend()};
  std::string text;
  write_csv(rows, text);
  EXPECT_EQ(std::ranges::count(text, ','), std::ptrdiff_t(4 * columns));
  EXPECT_EQ(std::ranges::count(text, '\n'), 4);
}

TEST(Csv, text_is_quoted_where_it_would_be_taken_for_the_table_s) {
  StatsRow row;
  row.proxy = "plain text\\";
  row.server = "a,b";
  EXPECT_NE(csv_of(row).find("\nplain text\\,\"a,b\",,"), std::string::npos);
  row.server = "say \"x\"";
  EXPECT_NE(csv_of(row).find(",\"say \"\"x\"\"\",,"), std::string::npos);
  row.server = "two\nlines";
  EXPECT_NE(csv_of(row).find(",\"two\nlines\",,"), std::string::npos);
}

}  // namespace
}  // namespace poise::l7::report
