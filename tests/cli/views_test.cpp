#include "control/cli/views.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace poise::control::cli {
namespace {

nlohmann::json operator""_j(const char* text, std::size_t length) { return nlohmann::json::parse(text, text + length); }

TEST(Views, services_show_where_they_are_and_how_many_servers_are_up) {
  EXPECT_EQ(
      view_services(R"([{"name":"web","address":"192.0.2.10","ports":80,"protocol":"tcp","mode":"nat","connections":12,
                               "packets":1234567,"bytes":5000,"refused":0,
                               "servers":[{"name":"a","status":"up"},{"name":"b","status":"down"}]},
                              {"name":"dns","address":"2001:db8::1","ports":"53-54","protocol":"udp","mode":"dr","servers":[]}])"_j,
                    {}),
      "SERVICE  ADDRESS              PROTOCOL  MODE  SERVERS UP  CONNECTIONS  PACKETS   BYTES  REFUSED\n"
      "web      192.0.2.10:80        tcp       nat   1/2                  12    1.2 M  5.0 kB        0\n"
      "dns      [2001:db8::1]:53-54  udp       dr    0/0                   -        -       -        -\n");
}

TEST(Views, one_service_shows_its_servers) {
  EXPECT_EQ(
      view_services(
          R"({"name":"web","address":"192.0.2.10","ports":80,"protocol":"tcp","mode":"nat","connections":1,"packets":2,
                              "bytes":3,"refused":4,
                              "servers":[{"name":"a","address":"10.0.0.1","port":8080,"status":"up","weight":1,"connections":1,
                                          "packets":2,"bytes":3}]})"_j,
          {}),
      "SERVICE  ADDRESS        PROTOCOL  MODE  SERVERS UP  CONNECTIONS  PACKETS  BYTES  REFUSED\n"
      "web      192.0.2.10:80  tcp       nat   1/1                   1        2    3 B        4\n"
      "\n"
      "SERVER  ADDRESS        STATUS  WEIGHT  CONNECTIONS  PACKETS  BYTES\n"
      "a       10.0.0.1:8080  up           1            1        2    3 B\n");
}

TEST(Views, a_name_with_an_escape_sequence_does_not_reach_the_terminal) {
  const nlohmann::json evil = {{{"name", "a\x1b[2Jb"}, {"servers", nlohmann::json::array()}}};
  EXPECT_EQ(view_services(evil, {}).find('\x1b'), std::string::npos);
  EXPECT_EQ(view_document("x\x1b[2J", {}).find('\x1b'), std::string::npos);
  EXPECT_EQ(view_status({{"k\x1b[2J", "v\x1b"}}, {}).find('\x1b'), std::string::npos);
}

TEST(Views, changes_tell_what_goes_what_comes_and_what_waits_for_a_restart) {
  EXPECT_EQ(view_changes(R"({"changes":[{"kind":"add","path":"services.web","after":{"port":80}},
                                        {"kind":"remove","path":"pools.old","before":null},
                                        {"kind":"update","path":"node.name","before":"a","after":"b"},
                                        {"kind":"update","path":"memory.flows","before":1,"after":2,
                                         "needs_restart":true}]})"_j,
                         {}),
            "+ services.web: {\"port\":80}\n"
            "- pools.old\n"
            "~ node.name: a -> b\n"
            "~ memory.flows: 1 -> 2  (takes effect after a restart)\n");
  EXPECT_EQ(view_changes(R"({"changes":[]})"_j, {}), "nothing changes\n");
}

TEST(Views, drops_that_never_happened_are_shown_only_on_demand_and_the_most_frequent_first) {
  const auto drops = R"([{"reason":"no_route","count":3,"meaning":"m"},{"reason":"ttl","count":0,"meaning":"n"},
                         {"reason":"no_service","count":20000,"meaning":"o"}])"_j;
  EXPECT_EQ(view_drops(drops, {}),
            "REASON       COUNT  MEANING\n"
            "no_service  20.0 k  o\n"
            "no_route         3  m\n");
  EXPECT_NE(view_all_drops(drops, {}).find("ttl"), std::string::npos);
  EXPECT_EQ(view_drops(R"([{"reason":"ttl","count":0}])"_j, {}), "nothing was dropped\n");
}

TEST(Views, stages_show_cycles_per_packet) {
  EXPECT_EQ(view_stages(R"([{"stage":"parse","packets":1000,"cycles":25500}])"_j, {}),
            "STAGE  PACKETS  CYCLES  CYCLES/PACKET\n"
            "parse     1000  25.5 k           25.5\n");
}

TEST(Views, a_route_with_two_next_hops_takes_two_lines) {
  EXPECT_EQ(view_routes(R"([{"prefix":"0.0.0.0/0","via":[{"gateway":"192.0.2.1","interface":"wan","weight":1},
                                                         {"gateway":"192.0.2.2","interface":"wan","weight":2}]},
                            {"prefix":"192.0.2.0/24","interface":"wan","source":"connected"}])"_j,
                        {}),
            "PREFIX        VIA        INTERFACE  WEIGHT  SOURCE\n"
            "0.0.0.0/0     192.0.2.1  wan             1  -\n"
            "              192.0.2.2  wan             2  -\n"
            "192.0.2.0/24  on-link    wan             -  connected\n");
}

TEST(Views, packets_show_who_told_whom_and_what_became_of_it) {
  EXPECT_EQ(view_vrrp_packets(R"([{"time":"2026-01-02T03:04:05.000000001Z","direction":"received","kind":"advert",
                                   "source":"192.0.2.2","destination":"224.0.0.18","priority":90,"interval_ms":100.0,
                                   "verdict":"checksum"},
                                  {"time":"2026-01-02T03:04:05.100000001Z","direction":"sent","kind":"gratuitous_arp",
                                   "source":"192.0.2.100","destination":"192.0.2.100","priority":null,
                                   "interval_ms":null,"verdict":"sent"}])"_j,
                              {}),
            "TIME                            DIRECTION  KIND            FROM -> TO                  PRIORITY  INTERVAL "
            " VERDICT\n"
            "2026-01-02T03:04:05.000000001Z  received   advert          192.0.2.2 -> 224.0.0.18           90     100ms "
            " checksum\n"
            "2026-01-02T03:04:05.100000001Z  sent       gratuitous_arp  192.0.2.100 -> 192.0.2.100         -         - "
            " sent\n");
  EXPECT_EQ(view_vrrp_packets("[]"_j, {}), "no packets yet\n");
}

TEST(Views, explain_numbers_its_steps_and_ends_with_the_verdict) {
  EXPECT_EQ(
      view_explain(
          R"({"steps":["service web","server a"],"reason":"sent to a","service":"web","drop":null,"server":null})"_j,
          {}),
      "1. service web\n2. server a\nforwarded: sent to a\nservice  web\n");
  EXPECT_EQ(view_explain(R"({"steps":[],"reason":"no service there","drop":"no_service"})"_j, {}),
            "dropped: no service there [no_service]\n");
}

TEST(Views, status_reads_units_from_the_names) {
  EXPECT_EQ(
      view_status(R"({"uptime_ms":7380000,"memory":{"flows_bytes":1500000},"revision":12345,"restart_needed":false})"_j,
                  {}),
      "revision        12345\n"
      "uptime          2h 3m\n"
      "memory flows    1.5 MB\n"
      "restart needed  no\n");
}

TEST(Views, help_is_printed_as_it_is_with_one_end_of_line) {
  EXPECT_EQ(view_help(R"({"text":"a\nb\n"})"_j, {}), "a\nb\n");
  EXPECT_EQ(view_help(R"("a")"_j, {}), "a\n");
}

TEST(Views, a_member_without_value_loses_its_unit_too) {
  EXPECT_EQ(view_status(R"({"confirm_within_ms":null})"_j, {}), "confirm within  -\n");
}

TEST(Views, every_view_survives_every_kind_of_answer) {
  std::string (*const all[])(const nlohmann::json&, const Style&) = {
      view_document,     view_status,   view_changes,   view_revisions,  view_help,      view_vrrp,
      view_vrrp_packets, view_services, view_pools,     view_interfaces, view_neighbors, view_routes,
      view_workers,      view_drops,    view_all_drops, view_stages,     view_explain};
  for (const char* text : {"null", "true", "7", "\"text\"", "[]", "{}", "[1,\"a\",null,[],{}]", "{\"a\":{\"b\":[{}]}}",
                           "{\"changes\":[1,{}]}", "{\"servers\":5,\"address\":[]}", "{\"steps\":[{}],\"drop\":7}",
                           "[{\"via\":[1,null]}]", "[{\"count\":\"x\"},{\"count\":1}]", "[{\"servers\":{\"a\":{}}}]"})
    for (const auto view : all) EXPECT_NO_THROW(view(nlohmann::json::parse(text), {})) << text;
}

}  // namespace
}  // namespace poise::control::cli
