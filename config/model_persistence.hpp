#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// The part of the configuration that says which clients stay with which server; words are HAProxy's. See model.hpp.
namespace poise::config {

enum class CookieMode : std::uint8_t { insert, prefix, rewrite };

struct CookiePersistence {
  std::string name;
  CookieMode mode = CookieMode::insert;
  bool indirect = false, nocache = false, postonly = false, preserve = false, httponly = false, secure = false;
  std::vector<std::string> domains, attributes;
  std::uint32_t idle_max_s = 0, life_max_s = 0;  // 0: no limit
  bool dynamic = false;
  std::optional<std::string> dynamic_key;
  bool operator==(const CookiePersistence&) const = default;
};

struct CookieCapture {
  std::string name;
  std::uint16_t length_max = 63;
  bool operator==(const CookieCapture&) const = default;
};

enum class StickKeyType : std::uint8_t { ip, ipv6, integer, string, binary };
enum class StickData : std::uint8_t {
  server_id,
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
  bytes_out_rate
};
enum class KeySource : std::uint8_t { src, header, cookie, url_param, path, url, sni };
enum class StickAction : std::uint8_t { on, match, store_request, store_response };
enum class TrackPlace : std::uint8_t { connection, request };

struct StickStore {
  StickData data = StickData::server_id;
  std::optional<std::uint32_t> period_ms;  // of rates
  bool operator==(const StickStore&) const = default;
};

struct StickTable {
  StickKeyType type = StickKeyType::ip;
  std::uint16_t length_max = 32;  // of keys: string and binary
  std::uint32_t size = 0;
  std::uint32_t expire_ms = 0;  // 0: never
  bool nopurge = false;
  std::vector<StickStore> store;
  bool operator==(const StickTable&) const = default;
};

struct StickRule {
  StickAction action = StickAction::on;
  KeySource key = KeySource::src;
  std::optional<std::string> name;  // of the header, cookie or parameter
  std::string table;
  bool operator==(const StickRule&) const = default;
};

struct TrackRule {
  std::optional<std::uint8_t> counter;  // sc0, sc1, sc2; unset: its place in the list
  KeySource key = KeySource::src;
  std::optional<std::string> name;  // of the header, cookie or parameter
  std::string table;
  std::optional<TrackPlace> place;  // unset: connection, where the key is known then
  bool operator==(const TrackRule&) const = default;
};

}  // namespace poise::config
