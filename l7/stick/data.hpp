#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace poise::l7::stick {

// What an entry of a table may hold; HAProxy's names and meanings.
enum class Data : std::uint8_t {
  server_id,  // of the server that a client belongs to; 0: none
  gpc0,
  gpc0_rate,
  gpc1,
  gpc1_rate,
  gpt0,
  conn_cnt,
  conn_cur,
  conn_rate,
  sess_cnt,
  sess_rate,
  http_req_cnt,
  http_req_rate,
  http_err_cnt,
  http_err_rate,
  http_fail_cnt,
  http_fail_rate,
  bytes_in_cnt,
  bytes_in_rate,
  bytes_out_cnt,
  bytes_out_rate,
  count_
};
inline constexpr std::size_t data_count = std::size_t(Data::count_);

inline constexpr std::array<std::string_view, data_count> data_names = {
    "server_id",     "gpc0",          "gpc0_rate",     "gpc1",          "gpc1_rate",      "gpt0",
    "conn_cnt",      "conn_cur",      "conn_rate",     "sess_cnt",      "sess_rate",      "http_req_cnt",
    "http_req_rate", "http_err_cnt",  "http_err_rate", "http_fail_cnt", "http_fail_rate", "bytes_in_cnt",
    "bytes_in_rate", "bytes_out_cnt", "bytes_out_rate"};
constexpr std::string_view name_of(Data data) { return data_names[std::size_t(data)]; }
constexpr bool is_rate(Data data) { return name_of(data).ends_with("_rate"); }
std::optional<Data> data_named(std::string_view name);

// Events that are counted both ways: since the entry is there, and per period.
struct Counted {
  Data count, rate;
};
inline constexpr Counted connections{Data::conn_cnt, Data::conn_rate}, sessions{Data::sess_cnt, Data::sess_rate},
    requests{Data::http_req_cnt, Data::http_req_rate}, errors{Data::http_err_cnt, Data::http_err_rate},
    failures{Data::http_fail_cnt, Data::http_fail_rate}, bytes_in{Data::bytes_in_cnt, Data::bytes_in_rate},
    bytes_out{Data::bytes_out_cnt, Data::bytes_out_rate};

}  // namespace poise::l7::stick
