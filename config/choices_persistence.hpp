#pragma once
#include "config/choices.hpp"

// The enums of persistence, as an operator writes them.
namespace poise::config {

template <>
inline constexpr auto choices<CookieMode> = std::array{
    choice(CookieMode::insert, "insert", "the proxy sets the cookie itself"),
    choice(CookieMode::prefix, "prefix", "the server's cookie of that name gets the server before its value"),
    choice(CookieMode::rewrite, "rewrite", "the server's cookie of that name gets the server as its value")};

template <>
inline constexpr auto choices<StickKeyType> = std::array{
    choice(StickKeyType::ip, "ip", "IPv4 addresses"), choice(StickKeyType::ipv6, "ipv6", "addresses of both families"),
    choice(StickKeyType::integer, "integer", "whole numbers of 32 bits"),
    choice(StickKeyType::string, "string", "texts of up to length_max characters; longer ones are cut"),
    choice(StickKeyType::binary, "binary", "length_max bytes; longer ones are cut, shorter ones filled up with zeros")};

template <>
inline constexpr auto choices<StickData> = std::array{
    choice(StickData::server_id, "server_id",
           "the id of the server that a client belongs to; kept wherever stick rules name the table"),
    choice(StickData::gpc0, "gpc0", "a counter for any use"),
    choice(StickData::gpc0_rate, "gpc0_rate", "how fast gpc0 grows"),
    choice(StickData::gpc1, "gpc1", "another"),
    choice(StickData::gpc1_rate, "gpc1_rate", "how fast gpc1 grows"),
    choice(StickData::gpt0, "gpt0", "a tag for any use"),
    choice(StickData::conn_cnt, "conn_cnt", "connections"),
    choice(StickData::conn_cur, "conn_cur", "connections that are open"),
    choice(StickData::conn_rate, "conn_rate", "connections in a period"),
    choice(StickData::sess_cnt, "sess_cnt", "connections that no rule has refused"),
    choice(StickData::sess_rate, "sess_rate", "these in a period"),
    choice(StickData::http_req_cnt, "http_req_cnt", "requests, valid or not"),
    choice(StickData::http_req_rate, "http_req_rate", "requests in a period"),
    choice(StickData::http_err_cnt, "http_err_cnt", "bad, late or denied requests, and responses 4xx"),
    choice(StickData::http_err_rate, "http_err_rate", "these in a period"),
    choice(StickData::http_fail_cnt, "http_fail_cnt", "bad, late or cut responses, and 5xx but for 501 and 505"),
    choice(StickData::http_fail_rate, "http_fail_rate", "these in a period"),
    choice(StickData::bytes_in_cnt, "bytes_in_cnt", "bytes from clients, counted when a session ends"),
    choice(StickData::bytes_in_rate, "bytes_in_rate", "these in a period"),
    choice(StickData::bytes_out_cnt, "bytes_out_cnt", "bytes to clients, counted when a session ends"),
    choice(StickData::bytes_out_rate, "bytes_out_rate", "these in a period")};

template <>
inline constexpr auto choices<KeySource> =
    std::array{choice(KeySource::src, "src", "the client's address"),
               choice(KeySource::header, "header", "the header `name`"),
               choice(KeySource::cookie, "cookie", "the cookie `name`"),
               choice(KeySource::url_param, "url_param", "the parameter `name` of the query"),
               choice(KeySource::path, "path", "the path"),
               choice(KeySource::url, "url", "the path with the query"),
               choice(KeySource::sni, "sni", "the name that a TLS client asks for, in mode tcp with inspect_delay_ms")};

template <>
inline constexpr auto choices<StickAction> = std::array{
    choice(StickAction::on, "on", "match and store_request in one"),
    choice(StickAction::match, "match", "who has an entry goes to its server"),
    choice(StickAction::store_request, "store_request", "the server that answers becomes that of the request's key"),
    choice(StickAction::store_response, "store_response",
           "the server that answers becomes that of the response's key")};

template <>
inline constexpr auto choices<TrackPlace> =
    std::array{choice(TrackPlace::connection, "connection", "from the connection's beginning to its end"),
               choice(TrackPlace::request, "request", "from a request's beginning to its end")};

}  // namespace poise::config
