#include "datapath/maglev.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace poise::datapath {
namespace {

std::vector<std::string> names(std::size_t count) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back("server-" + std::to_string(i));
  return all;
}

std::vector<MaglevServer> equal_servers(const std::vector<std::string>& all) {
  std::vector<MaglevServer> servers;
  for (const std::string& name : all) servers.push_back({name, 1});
  return servers;
}

std::vector<std::size_t> slots_of_each(const std::vector<std::uint16_t>& table, std::size_t servers) {
  std::vector<std::size_t> counts(servers);
  for (const std::uint16_t server : table) ++counts.at(server);
  return counts;
}

TEST(Maglev, fills_the_table_of_the_papers_example_with_three_servers_and_after_one_has_left) {
  const std::vector<MaglevTurns> three = {{3, 4, 1}, {0, 2, 1}, {3, 1, 1}}, two = {{3, 4, 1}, {0, 2, 0}, {3, 1, 1}};
  EXPECT_EQ(fill_maglev_table(three, 7), (std::vector<std::uint16_t>{1, 0, 1, 0, 2, 2, 0}));
  EXPECT_EQ(fill_maglev_table(two, 7), (std::vector<std::uint16_t>{0, 0, 0, 0, 2, 2, 2}));
}

TEST(Maglev, servers_of_equal_weight_have_equal_shares_within_two_percent) {
  for (const std::size_t count : {1u, 3u, 10u, 100u, 1000u}) {
    const auto all = names(count);
    const auto counts = slots_of_each(maglev_table(equal_servers(all)), count);
    const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
    EXPECT_LE(double(*most) / double(*least), 1.02) << count << " servers";
  }
}

TEST(Maglev, shares_follow_weights_and_weight_0_has_none) {
  const std::vector<MaglevServer> servers = {{"a", 1}, {"b", 2}, {"c", 5}, {"d", 0}, {"e", 100}};
  const auto table = maglev_table(servers);
  const auto counts = slots_of_each(table, servers.size());
  for (std::size_t i = 0; i < servers.size(); ++i)
    EXPECT_NEAR(double(counts[i]), double(table.size()) * servers[i].weight / 108, double(table.size()) / 500)
        << servers[i].name;
  EXPECT_EQ(counts[3], 0u);
}

TEST(Maglev, without_any_weight_every_slot_is_nobodys) {
  const std::vector<MaglevServer> servers = {{"a", 0}, {"b", 0}};
  for (const auto& table : {maglev_table(servers), maglev_table({})}) {
    EXPECT_EQ(table.size(), limits::maglev_slots);
    EXPECT_TRUE(std::all_of(table.begin(), table.end(), [](std::uint16_t slot) { return slot == maglev_nobody; }));
  }
}

TEST(Maglev, the_order_of_servers_does_not_matter) {
  const std::vector<MaglevServer> servers = {{"a", 1}, {"b", 2}, {"c", 3}}, other = {{"c", 3}, {"a", 1}, {"b", 2}};
  const auto table = maglev_table(servers), reordered = maglev_table(other);
  for (std::size_t slot = 0; slot < table.size(); ++slot)
    ASSERT_EQ(servers[table[slot]].name, other[reordered[slot]].name) << slot;
}

struct Disruption {
  std::size_t had = 0, changed = 0;  // slots of the server that left; slots that have another server now
};
Disruption when_one_leaves(std::size_t count) {
  const auto all = names(count);
  auto servers = equal_servers(all);
  const auto before = maglev_table(servers);
  const std::size_t leaver = count / 2;
  servers[leaver].weight = 0;
  const auto after = maglev_table(servers);
  Disruption result;
  for (std::size_t slot = 0; slot < before.size(); ++slot) {
    result.had += before[slot] == leaver ? 1 : 0;
    result.changed += before[slot] != after[slot] ? 1 : 0;
  }
  return result;
}

TEST(Maglev, when_a_server_leaves_hardly_more_slots_change_hands_than_it_had) {
  for (const std::size_t count : {2u, 5u, 10u, 20u, 50u}) {
    const Disruption disruption = when_one_leaves(count);
    EXPECT_GE(disruption.changed, disruption.had);
    EXPECT_LT(disruption.changed, disruption.had * 3 / 2) << count << " servers";
  }
}

TEST(Maglev, even_among_a_thousand_servers_less_than_one_percent_of_the_slots_change_hands) {
  EXPECT_LT(when_one_leaves(1000).changed, limits::maglev_slots / 100);
}

}  // namespace
}  // namespace poise::datapath
