#include "datapath/sizing.hpp"

#include <gtest/gtest.h>

namespace poise::datapath {
namespace {

constexpr std::uint64_t gibibyte = 1ull << 30;

config::Config config_with_ports(int ports) {
  config::Config config;
  for (int i = 0; i < ports; ++i) config.interfaces["if" + std::to_string(i)].device = "net_tap" + std::to_string(i);
  return config;
}

TEST(Sizing, flows_grow_with_the_machine_up_to_a_million_a_worker) {
  struct Row {
    std::uint64_t available;
    std::size_t workers;
    std::uint64_t least, most;
  };
  for (const Row& row : {Row{gibibyte, 1, 100'000, 1'000'000}, Row{24 * gibibyte, 1, 1u << 20, 1u << 20},
                         Row{24 * gibibyte, 4, 1u << 22, 1u << 22}, Row{512 * gibibyte, 16, 1u << 24, 1u << 24}}) {
    const auto sizes = size_for(config_with_ports(2), row.workers, {row.available, 0});
    ASSERT_TRUE(sizes) << to_string(sizes.error());
    const std::uint64_t flows =
        (std::uint64_t(sizes->flows_per_worker.v4) + sizes->flows_per_worker.wide) * row.workers;
    EXPECT_GE(flows, row.least) << row.available;
    EXPECT_LE(flows, row.most) << row.available;
    EXPECT_LE(FlowTable::bytes_for(sizes->flows_per_worker) * row.workers, row.available / 8);
  }
}

TEST(Sizing, configured_flows_are_divided_among_the_workers) {
  config::Config config = config_with_ports(2);
  config.memory.flows = 300'000;
  const auto sizes = size_for(config, 3, {8 * gibibyte, 0});
  ASSERT_TRUE(sizes);
  EXPECT_EQ(sizes->flows_per_worker.v4 + sizes->flows_per_worker.wide, 100'000u);
  EXPECT_GT(sizes->flows_per_worker.v4, sizes->flows_per_worker.wide);
  EXPECT_GT(sizes->flows_per_worker.wide, 0u);
}

TEST(Sizing, more_flows_than_memory_are_refused_with_both_numbers) {
  config::Config config = config_with_ports(2);
  config.memory.flows = 100'000'000;
  const auto sizes = size_for(config, 2, {4 * gibibyte, 0});
  ASSERT_FALSE(sizes);
  EXPECT_EQ(sizes.error().path, "memory.flows");
  EXPECT_NE(sizes.error().problem.find("100000000 flows"), std::string::npos);
  EXPECT_NE(sizes.error().problem.find("4096 MiB"), std::string::npos);
  EXPECT_NE(sizes.error().fix, "");
}

TEST(Sizing, a_machine_that_is_too_small_for_anything_is_refused) {
  EXPECT_FALSE(size_for(config_with_ports(1), 1, {100u << 20, 0}));
  EXPECT_TRUE(size_for(config_with_ports(1), 1, {gibibyte / 2, 0}));
}

TEST(Sizing, a_buffer_holds_the_largest_packet_of_any_interface_or_vlan) {
  config::Config config = config_with_ports(2);
  const auto ordinary = size_for(config, 1, {8 * gibibyte, 0});
  config.interfaces["if0"].mtu = 9000;
  const auto jumbo = size_for(config, 1, {8 * gibibyte, 0});
  config.interfaces["if1"].vlans["lan.7"].mtu = 9216;
  const auto vlan = size_for(config, 1, {8 * gibibyte, 0});
  ASSERT_TRUE(ordinary && jumbo && vlan);
  EXPECT_EQ(ordinary->buffer_bytes, 128 + 2048);
  EXPECT_GE(jumbo->buffer_bytes, 128 + 9000 + 18);
  EXPECT_GE(vlan->buffer_bytes, 128 + 9216 + 18);
}

TEST(Sizing, packet_buffers_outnumber_what_all_queues_of_all_devices_hold) {
  config::Config config = config_with_ports(2);
  config.interfaces["bond"].bond = config::Bond{config::BondMode::balance, {"a", "b", "c"}};
  const auto sizes = size_for(config, 2, {8 * gibibyte, 0});
  ASSERT_TRUE(sizes);
  EXPECT_GT(sizes->packet_buffers, 5u * 2 * 2 * descriptors_per_queue);
  EXPECT_GT(std::uint64_t(sizes->eal_megabytes) << 20, std::uint64_t(sizes->packet_buffers) * sizes->buffer_bytes);
}

TEST(Sizing, too_few_packet_buffers_are_refused_with_the_number_that_would_do) {
  config::Config config = config_with_ports(2);
  config.memory.packet_buffers = 2048;
  const auto refused = size_for(config, 2, {8 * gibibyte, 0});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().path, "memory.packet_buffers");
  config.memory.packet_buffers = 10'240;
  EXPECT_NE(refused.error().problem.find("10240"), std::string::npos);
  EXPECT_TRUE(size_for(config, 2, {8 * gibibyte, 0}));
}

TEST(Sizing, huge_pages_are_used_if_free_needed_if_required_and_left_alone_if_never) {
  config::Config config = config_with_ports(1);
  using enum config::HugePages;
  struct Row {
    config::HugePages wanted;
    std::uint64_t free;
    bool accepted, used;
  };
  for (const Row& row :
       {Row{automatic, gibibyte, true, true}, Row{automatic, 0, true, false}, Row{require, gibibyte, true, true},
        Row{require, 2u << 20, false, false}, Row{never, gibibyte, true, false}}) {
    config.memory.huge_pages = row.wanted;
    const auto sizes = size_for(config, 1, {8 * gibibyte, row.free});
    ASSERT_EQ(sizes.has_value(), row.accepted);
    if (!sizes) {
      EXPECT_NE(sizes.error().fix.find("vm.nr_hugepages"), std::string::npos);
      continue;
    }
    EXPECT_EQ(sizes->huge_pages, row.used);
  }
}

TEST(Sizing, proxies_of_the_workers_have_buffers_for_their_connections) {
  config::Config config = config_with_ports(2);
  const auto without = size_for(config, 2, {8 * gibibyte, 0});
  ASSERT_TRUE(without);
  EXPECT_EQ(without->header_buffers, 0u);
  EXPECT_GT(without->proxy_buffers_per_worker, 0u) << "for proxies that come later";
  config.frontends["web"].transport = config::ProxyTransport::kernel;
  EXPECT_FALSE(has_worker_proxies(config));
  config.backends["servers"].transport = config::ProxyTransport::datapath;
  EXPECT_TRUE(has_worker_proxies(config));
  config.memory.proxy_connections = 50'000;
  const auto with = size_for(config, 2, {8 * gibibyte, 0});
  ASSERT_TRUE(with);
  EXPECT_EQ(with->packet_buffers, without->packet_buffers + 2 * 50'000);
  EXPECT_GE(with->proxy_buffers_per_worker, 40'000u);
  EXPECT_GT(with->header_buffers, 16'000u);
  EXPECT_GT(with->frame_pieces, with->header_buffers);
  EXPECT_GT(with->eal_megabytes, without->eal_megabytes + 200);
  config.memory.proxy_connections = 1u << 24;
  EXPECT_FALSE(size_for(config, 2, {8 * gibibyte, 0}));
}

}  // namespace
}  // namespace poise::datapath
