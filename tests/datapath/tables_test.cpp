#include "datapath/tables.hpp"

#include <gtest/gtest.h>

#include "tests/datapath/compiled.hpp"

namespace poise::datapath {
namespace {

IpAddr ip(const char* text) { return *parse_ip(text); }

TEST(Tables, the_source_towards_a_neighbor_is_the_address_in_its_subnet_else_the_first_of_its_family) {
  config::Config config = one_service(1);
  config.interfaces["eth0"].addresses.push_back(*parse_prefix("10.1.0.1/16"));
  const Compiled compiled(config);
  const Interface& interface = compiled.tables->interfaces[0];
  EXPECT_EQ(interface.source_for(ip("10.1.2.3")), ip("10.1.0.1"));
  EXPECT_EQ(interface.source_for(ip("8.8.8.8")), ip("10.0.0.1"));
  EXPECT_EQ(interface.source_for(ip("2001:db8:a::9")), ip("2001:db8:a::1"));
  EXPECT_EQ(interface.source_for(ip("fe80::9")), interface.link_local);
  config.interfaces["eth0"].addresses.clear();
  const Compiled bare(config);
  EXPECT_FALSE(bare.tables->interfaces[0].source_for(ip("8.8.8.8")));
}

TEST(Tables, a_hop_is_found_by_destination_and_chosen_by_hash) {
  config::Config config = one_service(1);
  config.routes = {{*parse_prefix("0.0.0.0/0"), {{ip("10.0.0.10"), {}, 1}, {ip("10.0.0.11"), {}, 1}}}};
  const Compiled compiled(config);
  EXPECT_EQ(find_hop(*compiled.tables, ip("8.8.8.8"), 0)->gateway, ip("10.0.0.10"));
  EXPECT_EQ(find_hop(*compiled.tables, ip("8.8.8.8"), 1)->gateway, ip("10.0.0.11"));
  EXPECT_EQ(find_hop(*compiled.tables, ip("8.8.8.8"), 2)->gateway, ip("10.0.0.10"));
  EXPECT_TRUE(find_hop(*compiled.tables, ip("10.0.0.9"), 7)->on_link);
  EXPECT_EQ(find_hop(*compiled.tables, ip("fd00::1"), 0), nullptr);
}

}  // namespace
}  // namespace poise::datapath
