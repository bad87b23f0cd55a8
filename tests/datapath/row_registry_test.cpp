#include <gtest/gtest.h>

#include "datapath/compile.hpp"
#include "tests/datapath/compiled.hpp"

namespace poise::datapath {
namespace {

IpAddr ip(const char* text) { return *parse_ip(text); }

std::vector<std::string> server_names(const Tables& tables, const Service& service) {
  std::vector<std::string> names;
  for (const RealIndex real : service.reals) names.push_back(tables.reals[real.value].server_name);
  return names;
}

TEST(RowRegistry, rows_stay_when_others_come_and_go) {
  Compiled compiled(one_service(3));
  const ServerIndex before = compiled.rows.find_server("web", "s2");
  const RealIndex real_before = compiled.service("web").reals[2];
  const ServiceIndex service_before = compiled.service("web").index;
  compiled.server("s2").connections = 5;
  compiled.config.pools["web"].servers.erase("s0");
  compiled.config.pools["a"].servers["first"].address = ip("10.0.0.9");
  compiled.config.services["a"] = compiled.config.services["web"];
  compiled.config.services["a"].pool = "a";
  compiled.config.services["a"].ports = {81, 81};
  compiled.commit();
  EXPECT_EQ(compiled.rows.find_server("web", "s2"), before);
  EXPECT_EQ(compiled.service("web").reals.back(), real_before);
  EXPECT_EQ(compiled.service("web").index, service_before);
  EXPECT_EQ(compiled.server("s2").connections, 5u);
}

TEST(RowRegistry, a_removed_server_is_marked_and_its_row_is_reused_only_after_its_last_connection) {
  Compiled compiled(one_service(2));
  const RealIndex removed = compiled.service("web").reals[0];
  const ServerIndex server = compiled.rows.find_server("web", "s0");
  compiled.states[server].connections = 1;
  compiled.config.pools["web"].servers.erase("s0");
  compiled.commit();
  EXPECT_EQ(server_names(*compiled.tables, compiled.service("web")), std::vector<std::string>{"s1"});
  EXPECT_TRUE(compiled.tables->reals[removed.value].in_use);
  EXPECT_TRUE(compiled.tables->reals[removed.value].removed);
  EXPECT_EQ(compiled.tables->reals[removed.value].server_name, "s0");
  EXPECT_EQ(compiled.states[server].status, ServerState::removed);
  EXPECT_EQ(compiled.rows.find_server("web", "s0"), ServerIndex{~0u});
  EXPECT_FALSE(compiled.rows.recycle(compiled.states));
  compiled.config.pools["web"].servers["new"].address = ip("10.0.0.200");
  compiled.commit();
  EXPECT_NE(compiled.rows.find_server("web", "new"), server);
  compiled.states[server].connections = 0;
  const auto in_time_wait = [&](RealIndex real) { return real == removed; };
  EXPECT_FALSE(compiled.rows.recycle(compiled.states, in_time_wait)) << "a flow that is no connection names it";
  EXPECT_TRUE(compiled.rows.recycle(compiled.states));
  EXPECT_FALSE(compiled.rows.recycle(compiled.states));
  compiled.commit();
  EXPECT_FALSE(compiled.tables->reals[removed.value].in_use);
  compiled.config.pools["web"].servers["newer"].address = ip("10.0.0.201");
  compiled.commit();
  EXPECT_EQ(compiled.rows.find_server("web", "newer"), server);
}

TEST(RowRegistry, a_server_that_comes_back_gets_its_rows_again) {
  Compiled compiled(one_service(2));
  const RealIndex real = compiled.service("web").reals[0];
  const config::Server server = compiled.config.pools["web"].servers["s0"];
  compiled.config.pools["web"].servers.erase("s0");
  compiled.commit();
  compiled.config.pools["web"].servers["s0"] = server;
  compiled.commit();
  EXPECT_EQ(compiled.service("web").reals[0], real);
  EXPECT_FALSE(compiled.tables->reals[real.value].removed);
  EXPECT_EQ(compiled.server("s0").status, ServerState::up);
}

TEST(RowRegistry, a_row_is_asked_for_by_name_and_a_real_also_by_its_end) {
  RowRegistry rows;
  const ServiceIndex web = rows.service("web");
  EXPECT_EQ(rows.service("web"), web);
  EXPECT_NE(rows.service("mail"), web);
  EXPECT_NE(rows.server("pool", "s1"), rows.server("pool", "s2"));
  EXPECT_NE(rows.server("pool", "s1"), rows.server("other", "s1"));
  const RealIndex real = rows.real("web", "pool", "s1", "10.0.0.1 80");
  EXPECT_EQ(rows.real("web", "pool", "s1", "10.0.0.1 80"), real);
  EXPECT_NE(rows.real("web", "pool", "s1", "10.0.0.2 80"), real);
  EXPECT_NE(rows.real("mail", "pool", "s1", "10.0.0.1 80"), real);
}

TEST(RowRegistry, when_every_row_is_taken_the_answer_is_none_until_one_is_recycled) {
  RowRegistry rows;
  ServerStates states;
  for (std::size_t i = 0; i < limits::services; ++i) ASSERT_EQ(rows.service(std::to_string(i)).value, i);
  EXPECT_EQ(rows.service("one more"), ServiceIndex{~0u});
  EXPECT_EQ(rows.real("one more", "pool", "s1", ""), RealIndex{~0u});
  rows.begin();
  for (std::size_t i = 1; i < limits::services; ++i) rows.service(std::to_string(i));
  rows.finish(states);
  EXPECT_EQ(rows.service("one more"), ServiceIndex{~0u});
  EXPECT_TRUE(rows.recycle(states));
  EXPECT_EQ(rows.service("one more"), ServiceIndex{0});
}

}  // namespace
}  // namespace poise::datapath
