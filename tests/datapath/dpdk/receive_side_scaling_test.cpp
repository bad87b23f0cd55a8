#include "datapath/dpdk/receive_side_scaling.hpp"

#include <rte_ethdev.h>

#include <algorithm>

#include "tests/datapath/dpdk/environment.hpp"

namespace poise::datapath::dpdk {
namespace {

rte_eth_dev_info able_device() {
  rte_eth_dev_info facts{};
  facts.max_rx_queues = 8;
  facts.hash_key_size = 40;
  facts.reta_size = 512;
  facts.flow_type_rss_offloads = RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP;
  return facts;
}

TEST(ReceiveSideScaling, a_device_steers_only_if_key_table_queues_and_hashes_all_fit) {
  EXPECT_TRUE(can_steer(able_device(), 4));
  EXPECT_FALSE(can_steer(able_device(), 1)) << "one worker needs no spreading";
  EXPECT_FALSE(can_steer(able_device(), 9));
  auto refuses = [](auto&& change) {
    rte_eth_dev_info facts = able_device();
    change(facts);
    return !can_steer(facts, 4);
  };
  EXPECT_TRUE(refuses([](auto& facts) { facts.reta_size = 64; }));
  EXPECT_TRUE(refuses([](auto& facts) { facts.reta_size = 0; }));
  EXPECT_TRUE(refuses([](auto& facts) { facts.hash_key_size = 16; }));
  EXPECT_TRUE(refuses([](auto& facts) { facts.flow_type_rss_offloads = RTE_ETH_RSS_IP; }));
  EXPECT_FALSE(refuses([](auto& facts) { facts.hash_key_size = 52; }));
}

using ReceiveSideScalingOnADevice = DpdkTest;

TEST_F(ReceiveSideScalingOnADevice, has_our_key_and_our_table_repeated) {
  const auto port = open("net_null0", 2);
  ASSERT_NE(port, nullptr);
  ASSERT_TRUE(port->hardware_rss());
  std::uint16_t id = 0;
  ASSERT_EQ(rte_eth_dev_get_port_by_name("net_null0", &id), 0);
  const Steering steering(2);
  DeviceKey key{};
  rte_eth_rss_conf conf{key.data(), 40, 0};
  ASSERT_EQ(rte_eth_dev_rss_hash_conf_get(id, &conf), 0);
  EXPECT_TRUE(std::equal(steering.key().begin(), steering.key().end(), key.begin()));
  std::array<rte_eth_rss_reta_entry64, 2> rows{};
  for (auto& row : rows) row.mask = ~0ull;
  ASSERT_EQ(rte_eth_dev_rss_reta_query(id, rows.data(), 128), 0);
  for (std::size_t i = 0; i < 128; ++i) EXPECT_EQ(rows[i / 64].reta[i % 64], steering.table()[i]) << i;
}

}  // namespace
}  // namespace poise::datapath::dpdk
