#include "l7/report/csv.hpp"

#include <string_view>
#include <variant>

namespace poise::l7::report {
namespace {

using Row = StatsRow;
using Number = Row::Number Row::*;
using Seconds = Row::Seconds Row::*;
using Text = Row::Text Row::*;
struct ServerName {};
struct Type {};
struct Dash {};    // the column "-" parts those that every version has from those that vary
struct Nobody {};  // counts it here
using Value = std::variant<Nobody, Number, Seconds, Text, ServerName, Type, Dash>;

struct Column {
  std::string_view name;
  Value value;
};

// The order is the interface: tools count columns.
constexpr Column columns[] = {
    {"pxname", &Row::proxy},
    {"svname", ServerName{}},
    {"qcur", &Row::queue_now},
    {"qmax", &Row::queue_most},
    {"scur", &Row::sessions_now},
    {"smax", &Row::sessions_most},
    {"slim", &Row::sessions_limit},
    {"stot", &Row::sessions},
    {"bin", &Row::bytes_in},
    {"bout", &Row::bytes_out},
    {"dreq", &Row::denied_requests},
    {"dresp", &Row::denied_responses},
    {"ereq", &Row::request_errors},
    {"econ", &Row::connection_errors},
    {"eresp", &Row::response_errors},
    {"wretr", &Row::retries},
    {"wredis", &Row::redispatches},
    {"status", &Row::status},
    {"weight", &Row::weight},
    {"act", &Row::active},
    {"bck", &Row::backup},
    {"chkfail", &Row::check_fails},
    {"chkdown", &Row::downs},
    {"lastchg", &Row::last_change_s},
    {"downtime", &Row::downtime_s},
    {"qlimit", &Row::queue_limit},
    {"pid", &Row::process},
    {"iid", &Row::proxy_id},
    {"sid", &Row::server_id},
    {"throttle", &Row::throttle},
    {"lbtot", &Row::balanced},
    {"tracked", &Row::tracked},
    {"type", Type{}},
    {"rate", &Row::session_rate},
    {"rate_lim", &Row::session_rate_limit},
    {"rate_max", &Row::session_rate_most},
    {"check_status", &Row::check_status},
    {"check_code", &Row::check_code},
    {"check_duration", &Row::check_ms},
    {"hrsp_1xx", &Row::responses_1xx},
    {"hrsp_2xx", &Row::responses_2xx},
    {"hrsp_3xx", &Row::responses_3xx},
    {"hrsp_4xx", &Row::responses_4xx},
    {"hrsp_5xx", &Row::responses_5xx},
    {"hrsp_other", &Row::responses_other},
    {"hanafail", &Row::observed_failures},
    {"req_rate", &Row::request_rate},
    {"req_rate_max", &Row::request_rate_most},
    {"req_tot", &Row::requests},
    {"cli_abrt", &Row::client_aborts},
    {"srv_abrt", &Row::server_aborts},
    {"comp_in", &Row::compression_in},
    {"comp_out", &Row::compression_out},
    {"comp_byp", &Row::compression_bypassed},
    {"comp_rsp", &Row::compressed_responses},
    {"lastsess", &Row::last_session_s},
    {"last_chk", &Row::check_output},
    {"last_agt", &Row::agent_output},
    {"qtime", &Row::queue_ms},
    {"ctime", &Row::connect_ms},
    {"rtime", &Row::response_ms},
    {"ttime", &Row::total_ms},
    {"agent_status", &Row::agent_status},
    {"agent_code", &Row::agent_code},
    {"agent_duration", &Row::agent_ms},
    {"check_desc", &Row::check_description},
    {"agent_desc", &Row::agent_description},
    {"check_rise", &Row::check_rise},
    {"check_fall", &Row::check_fall},
    {"check_health", &Row::check_health},
    {"agent_rise", &Row::agent_rise},
    {"agent_fall", &Row::agent_fall},
    {"agent_health", &Row::agent_health},
    {"addr", &Row::address},
    {"cookie", &Row::cookie},
    {"mode", &Row::mode},
    {"algo", &Row::algorithm},
    {"conn_rate", &Row::connection_rate},
    {"conn_rate_max", &Row::connection_rate_most},
    {"conn_tot", &Row::connections},
    {"intercepted", &Row::intercepted},
    {"dcon", &Row::denied_connections},
    {"dses", &Row::denied_sessions},
    {"wrew", &Row::rewrite_failures},
    {"connect", &Row::connects},
    {"reuse", &Row::reuses},
    {"cache_lookups", &Row::cache_lookups},
    {"cache_hits", &Row::cache_hits},
    {"srv_icur", &Row::idle_now},
    {"src_ilim", &Row::idle_limit},
    {"qtime_max", &Row::queue_ms_most},
    {"ctime_max", &Row::connect_ms_most},
    {"rtime_max", &Row::response_ms_most},
    {"ttime_max", &Row::total_ms_most},
    {"eint", &Row::internal_errors},
    {"idle_conn_cur", &Row::unsafe_idle_now},
    {"safe_conn_cur", &Row::safe_idle_now},
    {"used_conn_cur", &Row::used_now},
    {"need_conn_est", &Row::needed_estimate},
    {"uweight", &Row::user_weight},
    {"agg_server_status", &Row::servers_by_status},
    {"agg_server_check_status", &Row::servers_by_check},
    {"agg_check_status", &Row::servers_by_check_status},
    {"-", Dash{}},
    {"ssl_sess", Nobody{}},
    {"ssl_reused_sess", Nobody{}},
    {"ssl_failed_handshake", Nobody{}},
    {"h2_headers_rcvd", Nobody{}},
    {"h2_data_rcvd", Nobody{}},
    {"h2_settings_rcvd", Nobody{}},
    {"h2_rst_stream_rcvd", Nobody{}},
    {"h2_goaway_rcvd", Nobody{}},
    {"h2_detected_conn_protocol_errors", Nobody{}},
    {"h2_detected_strm_protocol_errors", Nobody{}},
    {"h2_rst_stream_resp", Nobody{}},
    {"h2_goaway_resp", Nobody{}},
    {"h2_open_connections", Nobody{}},
    {"h2_backend_open_streams", Nobody{}},
    {"h2_total_connections", Nobody{}},
    {"h2_backend_total_streams", Nobody{}},
    {"h1_open_connections", Nobody{}},
    {"h1_open_streams", Nobody{}},
    {"h1_total_connections", Nobody{}},
    {"h1_total_streams", Nobody{}},
    {"h1_bytes_in", Nobody{}},
    {"h1_bytes_out", Nobody{}},
    {"h1_spliced_bytes_in", Nobody{}},
    {"h1_spliced_bytes_out", Nobody{}},
};

// Quoted where a comma, a quote or the end of a line would be taken for one of the table's.
void put_text(std::string_view text, std::string& to) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    to += text;
    return;
  }
  to += '"';
  for (const char character : text) {
    if (character == '"') to += '"';
    to += character;
  }
  to += '"';
}

std::string_view server_name(const Row& row) {
  if (row.kind == Row::Kind::frontend) return "FRONTEND";
  if (row.kind == Row::Kind::backend) return "BACKEND";
  return row.server;
}

// Put - one value of a row, by what its column holds.
struct Put {
  const Row& row;
  std::string& to;
  void operator()(Nobody) const {}
  void operator()(Dash) const { to += '-'; }
  void operator()(Type) const { to += std::to_string(unsigned(row.kind)); }
  void operator()(ServerName) const { put_text(server_name(row), to); }
  void operator()(Text text) const { put_text(row.*text, to); }
  void operator()(Number number) const {
    if (row.*number) to += std::to_string(*(row.*number));
  }
  void operator()(Seconds seconds) const {
    if (row.*seconds) to += std::to_string(*(row.*seconds));
  }
};

}  // namespace

void write_csv(std::span<const StatsRow> rows, std::string& to) {
  to += "# ";
  for (const Column& column : columns) to.append(column.name) += ',';
  to += '\n';
  for (const StatsRow& row : rows) {
    for (const Column& column : columns) {
      std::visit(Put{row, to}, column.value);
      to += ',';
    }
    to += '\n';
  }
}

}  // namespace poise::l7::report
