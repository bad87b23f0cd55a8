#include "datapath/flow_table.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <map>
#include <random>
#include <vector>

namespace poise::datapath {
namespace {

const HashKey secret{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

FlowTable::New nat_flow(std::uint32_t number) {
  FlowTable::New flow;
  flow.client = {IpAddr::v4(0x0a000000 + number), IpAddr::v4(0xc0000201), std::uint16_t(1024 + number % 60000), 80,
                 IPPROTO_TCP};
  flow.server = IpAddr::v4(0xc6336401);
  flow.server_port = 8080;
  flow.local = flow.client.source;
  flow.local_port = flow.client.source_port;
  flow.reply = {flow.server, flow.local, flow.server_port, flow.local_port, IPPROTO_TCP};
  flow.two_keys = true;
  return flow;
}

FlowTable::New nat64_flow(std::uint8_t number) {
  FlowTable::New flow = nat_flow(number);
  IpAddr client, service;
  client.octets = {0x20, 1, 0xd, 0xb8};
  client.octets[15] = number;
  service.octets = {0x20, 1, 0xd, 0xb8, 1};
  flow.client.source = client;
  flow.client.destination = service;
  return flow;
}

FlowTable::Found find(const FlowTable& table, const FlowKey& key) { return table.find(key, table.hash(key)); }

}  // namespace

TEST(FlowTable, a_flow_is_found_by_the_clients_key_and_its_reply_by_the_second) {
  FlowTable table({16, 16}, secret);
  for (const FlowTable::New& flow : {nat_flow(1), nat64_flow(2)}) {
    const FlowRef ref = table.create(flow);
    ASSERT_TRUE(ref.valid());
    EXPECT_EQ(find(table, flow.client).flow, ref);
    EXPECT_FALSE(find(table, flow.client).to_client);
    EXPECT_EQ(find(table, flow.reply).flow, ref);
    EXPECT_TRUE(find(table, flow.reply).to_client);
    EXPECT_EQ(table.client_key(ref), flow.client);
    EXPECT_EQ(table.reply_key(ref), flow.reply);
  }
}

TEST(FlowTable, a_key_that_differs_in_any_part_is_another_flow) {
  FlowTable table({16, 16}, secret);
  for (const FlowTable::New& flow : {nat_flow(1), nat64_flow(2)}) {
    table.create(flow);
    FlowKey other = flow.client;
    other.protocol = IPPROTO_UDP;
    EXPECT_FALSE(find(table, other).flow.valid());
    other = flow.client;
    ++other.source_port;
    EXPECT_FALSE(find(table, other).flow.valid());
    other = flow.client;
    ++other.destination.octets[15];
    EXPECT_FALSE(find(table, other).flow.valid());
    EXPECT_FALSE(find(table, flow.client.reversed()).flow.valid());
  }
}

TEST(FlowTable, a_flow_without_a_second_key_is_not_found_by_its_reply) {
  FlowTable table({16, 0}, secret);
  FlowTable::New flow = nat_flow(1);
  flow.two_keys = false;
  ASSERT_TRUE(table.create(flow).valid());
  EXPECT_FALSE(find(table, flow.reply).flow.valid());
}

TEST(FlowTable, every_entry_can_be_used_and_the_next_one_is_refused_without_a_trace) {
  for (const std::uint32_t entries : {1u, 7u, 1000u, 50000u}) {
    FlowTable table({entries, 0}, secret);
    for (std::uint32_t i = 0; i < entries; ++i)
      ASSERT_TRUE(table.create(nat_flow(i)).valid()) << i << " of " << entries;
    EXPECT_EQ(table.used(), entries);
    EXPECT_FALSE(table.create(nat_flow(entries)).valid());
    EXPECT_FALSE(find(table, nat_flow(entries).client).flow.valid());
    for (std::uint32_t i = 0; i < entries; ++i) {
      ASSERT_TRUE(find(table, nat_flow(i).client).flow.valid()) << i;
      ASSERT_TRUE(find(table, nat_flow(i).reply).to_client) << i;
    }
  }
}

TEST(FlowTable, an_erased_flow_is_gone_and_its_entry_free_again) {
  FlowTable table({1, 1}, secret);
  for (int round = 0; round < 100; ++round) {
    const FlowTable::New flow = nat_flow(std::uint32_t(round));
    const FlowRef ref = table.create(flow);
    ASSERT_TRUE(ref.valid());
    EXPECT_EQ(table.at(0), ref);
    table.erase(ref);
    EXPECT_FALSE(find(table, flow.client).flow.valid());
    EXPECT_FALSE(find(table, flow.reply).flow.valid());
    EXPECT_FALSE(table.at(0).valid());
    EXPECT_EQ(table.used(), 0u);
  }
}

TEST(FlowTable, agrees_with_a_plain_map_over_random_creations_and_erasures_at_full_load) {
  constexpr std::uint32_t entries = 4096;
  FlowTable table({entries, 0}, secret);
  std::map<std::uint32_t, FlowRef> model;
  std::mt19937 random(7);
  for (int step = 0; step < 200000; ++step) {
    const auto number = std::uint32_t(random() % (entries + entries / 4));
    const auto known = model.find(number);
    if (known != model.end()) {
      table.erase(known->second);
      model.erase(known);
    } else {
      const FlowRef ref = table.create(nat_flow(number));
      ASSERT_EQ(ref.valid(), model.size() < entries) << step;
      if (ref.valid()) model[number] = ref;
    }
  }
  for (std::uint32_t number = 0; number < entries + entries / 4; ++number) {
    const auto known = model.find(number);
    const FlowRef expected = known == model.end() ? FlowRef{} : known->second;
    ASSERT_EQ(find(table, nat_flow(number).client).flow, expected);
    ASSERT_EQ(find(table, nat_flow(number).reply).flow, expected);
  }
}

TEST(FlowTable, costs_at_most_128_bytes_for_an_ipv4_flow_all_in) {
  for (const std::uint32_t flows : {1u << 16, 100'000u, 1'000'000u, 1'600'000u, 10'000'000u})
    EXPECT_LE(double(FlowTable::bytes_for({flows, 0})) / flows, 128.0) << flows;
}

TEST(FlowTable, buckets_depend_on_the_secret_key) {
  const FlowTable one({16, 0}, secret), other({16, 0}, HashKey{{9}});
  int equal = 0;
  for (std::uint32_t i = 0; i < 1000; ++i)
    equal += (one.hash(nat_flow(i).client) & 0xff) == (other.hash(nat_flow(i).client) & 0xff) ? 1 : 0;
  EXPECT_LT(equal, 20);  // 1 in 256 by chance
}

TEST(FlowTable, keyed_hash_spreads_sequential_clients_evenly) {
  const FlowTable table({16, 0}, secret);
  std::vector<int> buckets(256);
  for (std::uint32_t i = 0; i < 256 * 400; ++i) ++buckets[table.hash(nat_flow(i).client) & 0xff];
  double chi_squared = 0;
  for (const int count : buckets) chi_squared += (count - 400.0) * (count - 400.0) / 400.0;
  EXPECT_LT(chi_squared, 255 + 6 * 22.6);  // six standard deviations
}

}  // namespace poise::datapath
