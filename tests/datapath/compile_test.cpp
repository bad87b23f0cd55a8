#include "datapath/compile.hpp"

#include <gtest/gtest.h>

#include "tests/datapath/compiled.hpp"

namespace poise::datapath {
namespace {

TEST(Compile, global_settings_are_carried_over) {
  config::Config config = one_service(1);
  config.forwarding = false;
  config.icmp.errors_per_second = 7;
  config.memory.embryonic_percent = 33;
  Compiled compiled(config, 3);
  EXPECT_FALSE(compiled.tables->forwarding);
  EXPECT_EQ(compiled.tables->icmp.errors_per_second, 7u);
  EXPECT_EQ(compiled.tables->embryonic_percent, 33);
  EXPECT_EQ(compiled.tables->steering->workers(), 3u);
  EXPECT_EQ(compiled.tables->hash_key, compiled.hash_key);
  EXPECT_EQ(compiled.tables->revision, 1u);
}

TEST(Compile, an_empty_configuration_makes_tables_in_which_nothing_is_found) {
  Compiled compiled{config::Config{}};
  const Tables& tables = *compiled.tables;
  EXPECT_EQ(tables.local.size(), 0u);
  EXPECT_TRUE(tables.services.empty());
  EXPECT_EQ(find_hop(tables, *parse_ip("192.0.2.1"), 0), nullptr);
  EXPECT_EQ(find_hop(tables, *parse_ip("2001:db8::1"), 0), nullptr);
}

TEST(Compile, each_commit_carries_its_revision_and_the_tables_before_it_stay_as_they_were) {
  Compiled compiled(one_service(2));
  const std::unique_ptr<const Tables> before = std::move(compiled.tables);
  compiled.config.pools["web"].servers.erase("s0");
  compiled.tables = compile(compiled.config, compiled.ports, compiled.steering, compiled.hash_key, compiled.rows,
                            compiled.states, before.get(), 2);
  EXPECT_EQ(before->revision, 1u);
  EXPECT_EQ(before->services[0].reals.size(), 2u);
  EXPECT_EQ(compiled.tables->revision, 2u);
  EXPECT_EQ(compiled.tables->services[0].reals.size(), 1u);
}

}  // namespace
}  // namespace poise::datapath
