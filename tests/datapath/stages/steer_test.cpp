#include "datapath/stages/steer.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include "tests/datapath/fixture.hpp"

namespace poise::datapath {
namespace {

std::unique_ptr<Tables> two_workers(bool hardware_rss = false) {
  auto tables = two_interfaces(2);
  tables->ports[0].hardware_rss = hardware_rss;
  return tables;
}

// A frame whose flow is owned by this worker.
Bytes frame_of(const Tables& tables, WorkerId owner) {
  for (std::uint16_t port = 1000;; ++port) {
    const Ends ends{"192.0.2.9", "203.0.113.10", port, 80};
    if (tables.steering->owner({ip(ends.source), ip(ends.destination), port, 80, IPPROTO_TCP}, true) != owner) continue;
    return ethernet(our_mac, their_mac, 0x0800, ip_packet(ends, IPPROTO_TCP, tcp(ends, 2, {})));
  }
}

// True when the packet is still here after parse and steer.
bool stays(StageBench& bench, const Bytes& frame) {
  Batch& batch = bench.load({frame});
  parse(bench.worker, batch);
  steer(bench.worker, batch);
  return batch.live_count == 1;
}

TEST(Steer, a_packet_goes_to_the_worker_that_owns_its_flow) {
  StageBench bench(two_workers());
  EXPECT_TRUE(stays(bench, frame_of(*bench.worker.tables, WorkerId{0})));
  const Bytes other = frame_of(*bench.worker.tables, WorkerId{1});
  EXPECT_FALSE(stays(bench, other));
  HandOff item;
  ASSERT_TRUE(bench.to_other.pop(item));
  EXPECT_EQ(Bytes(item.frame.data, item.frame.data + item.frame.length), other);
  bench.pool.free({&item.frame.buffer, 1});
  EXPECT_EQ(bench.worker.counters.handed_off.read(), 1u);
}

TEST(Steer, what_goes_straight_to_a_nat_server_is_where_its_replies_will_be) {
  for (std::uint16_t port = 1000; port < 1032; ++port) {
    auto tables = two_workers();
    tables->steer_by_client = true;
    tables->nat_servers.insert(ip("198.51.100.7"), {LocalAddress::server_address, {0xffff}});
    StageBench bench(std::move(tables));
    const Ends there{"192.0.2.9", "198.51.100.7", port, 80}, back{"198.51.100.7", "192.0.2.9", 80, port};
    const auto frame = [](const Ends& ends) {
      return ethernet(our_mac, their_mac, 0x0800, ip_packet(ends, IPPROTO_TCP, tcp(ends, 2, {})));
    };
    EXPECT_EQ(stays(bench, frame(there)), stays(bench, frame(back))) << port;
  }
}

TEST(Steer, what_a_nic_has_hashed_stays_where_it_came) {
  StageBench bench(two_workers(true));
  EXPECT_TRUE(stays(bench, frame_of(*bench.worker.tables, WorkerId{1})));
}

TEST(Steer, what_was_handed_over_is_not_handed_on) {
  StageBench bench(two_workers());
  Batch& batch = bench.load({frame_of(*bench.worker.tables, WorkerId{1})});
  batch.packets[0].set(flag_steered);
  parse(bench.worker, batch);
  steer(bench.worker, batch);
  EXPECT_EQ(batch.live_count, 1);
}

TEST(Steer, a_full_ring_costs_the_packet_and_is_counted) {
  StageBench bench(two_workers());
  const Bytes other = frame_of(*bench.worker.tables, WorkerId{1});
  for (int i = 0; i < 70; ++i) EXPECT_FALSE(stays(bench, other));
  EXPECT_EQ(bench.worker.counters.handed_off.read(), 64u);
  EXPECT_EQ(bench.dropped(Drop::hand_off_full), 6u);
}

}  // namespace
}  // namespace poise::datapath
