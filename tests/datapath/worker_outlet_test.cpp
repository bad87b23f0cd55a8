#include "datapath/worker_outlet.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include "tests/datapath/proxy_bench.hpp"

namespace poise::datapath {
namespace {

const Ends from_own{"10.0.0.1", "10.0.0.9", 8080, 50000};

Bytes answer(const Ends& ends, std::string_view payload = "") {
  return ip_packet(ends, IPPROTO_TCP, tcp(ends, tcp_ack, text(payload)));
}
std::vector<Bytes> sent_by(ProxyBench& bench) {
  bench.worker.outlet.flush();
  return bench.port.take();
}

TEST(WorkerOutlet, a_packet_leaves_with_the_header_of_its_next_hop) {
  ProxyBench bench;
  bench.resolve("10.0.0.9", "02:00:00:00:00:09");
  ASSERT_TRUE(bench.local_tcp.send(bench.worker.outlet, answer(from_own, "hello")));
  const auto sent = sent_by(bench);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(Bytes(sent[0].begin(), sent[0].begin() + 14), hex("0200 0000 0009 0200 0000 0001 0800"));
  EXPECT_EQ(Bytes(sent[0].begin() + 14, sent[0].end()), answer(from_own, "hello"));
  EXPECT_EQ(bench.worker.counters.ports[0].transmitted.packets.read(), 1u);
}

TEST(WorkerOutlet, who_is_not_resolved_yet_is_asked_for_and_waited_for) {
  ProxyBench bench;
  ASSERT_TRUE(bench.local_tcp.send(bench.worker.outlet, answer(from_own)));
  EXPECT_TRUE(sent_by(bench).empty());
  const auto punts = bench.take_punts();
  ASSERT_EQ(punts.size(), 1u);
  EXPECT_EQ(punts[0].kind, Punt::neighbor_miss);
  bench.resolve("10.0.0.9");
  EXPECT_EQ(bench.sent().size(), 1u);
}

TEST(WorkerOutlet, what_has_no_way_is_dropped_for_a_reason) {
  ProxyBench bench;
  EXPECT_TRUE(bench.local_tcp.send(bench.worker.outlet, answer({"10.0.0.77", "10.0.0.9", 80, 50000})));
  EXPECT_EQ(bench.dropped(Drop::address_not_held), 1u);
  EXPECT_TRUE(bench.local_tcp.send(bench.worker.outlet, answer({"10.0.0.1", "198.51.100.1", 80, 50000})));
  EXPECT_EQ(bench.dropped(Drop::no_route), 1u);
  bench.resolve("10.0.0.9", their_mac, false);
  EXPECT_TRUE(bench.local_tcp.send(bench.worker.outlet, answer(from_own)));
  EXPECT_EQ(bench.dropped(Drop::neighbor_unresolved), 1u);
  bench.resolve("10.0.0.9");
  EXPECT_TRUE(bench.local_tcp.send(bench.worker.outlet, answer(from_own, std::string(2000, 'x'))));
  EXPECT_EQ(bench.dropped(Drop::packet_too_big), 1u);
  EXPECT_TRUE(sent_by(bench).empty());
}

TEST(WorkerOutlet, what_a_port_does_not_take_waits_and_then_the_sender_is_told) {
  ProxyBench bench;
  bench.resolve("10.0.0.9");
  bench.port.accept_at_most(10);
  std::size_t taken = 0;
  while (taken < 1000 && bench.local_tcp.send(bench.worker.outlet, answer(from_own))) ++taken;
  EXPECT_EQ(taken, 10u + 2 * limits::burst);
  EXPECT_FALSE(bench.worker.outlet.is_empty());
  EXPECT_EQ(bench.dropped(Drop::transmit_full), 0u);
  bench.port.accept_at_most(1000);
  EXPECT_EQ(sent_by(bench).size(), 10u + 2 * limits::burst);
  EXPECT_TRUE(bench.worker.outlet.is_empty());
}

TEST(WorkerOutlet, a_virtual_routers_address_is_sent_from_with_its_mac_while_it_is_held) {
  config::Config config = with_frontends();
  config::VrrpInstance instance;
  instance.interface = "eth0";
  instance.virtual_router_id = 51;
  instance.virtual_mac = true;
  instance.addresses = {*parse_ip("10.0.0.50")};
  config.vrrp.instances["VI_1"] = instance;
  ProxyBench bench(config);
  bench.resolve("10.0.0.9");
  const Bytes packet = answer({"10.0.0.50", "10.0.0.9", 8080, 50000});
  EXPECT_TRUE(bench.local_tcp.send(bench.worker.outlet, packet));
  EXPECT_EQ(bench.dropped(Drop::address_not_held), 1u);
  const Instant later = bench.worker.now + std::chrono::seconds(1);
  bench.holds[HoldIndex{0}].set(later, later);
  EXPECT_TRUE(bench.local_tcp.send(bench.worker.outlet, packet));
  const auto sent = sent_by(bench);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(Bytes(sent[0].begin() + 6, sent[0].begin() + 12), hex("0000 5e00 0133"));
  bench.worker.now = later;
  EXPECT_TRUE(bench.local_tcp.send(bench.worker.outlet, packet));
  EXPECT_TRUE(sent_by(bench).empty()) << "and falls silent by itself";
}

TEST(WorkerOutlet, connections_leave_from_the_interface_towards_the_server) {
  ProxyBench bench;
  EXPECT_EQ(bench.worker.outlet.source_to(ip("10.0.0.100")), ip("10.0.0.1"));
  EXPECT_EQ(bench.worker.outlet.source_to(ip("2001:db8:a::100")), ip("2001:db8:a::1"));
  EXPECT_EQ(bench.worker.outlet.source_to(ip("198.51.100.1")), std::nullopt);
}

TEST(WorkerOutlet, a_workers_round_gives_its_tcp_a_turn_and_sends_what_that_sends) {
  ProxyBench bench;
  bench.resolve("10.0.0.9");
  bench.local_tcp.to_send = {answer(from_own), answer(from_own)};
  bench.local_tcp.due = bench.worker.now + std::chrono::seconds(5);
  EXPECT_EQ(run_once(bench.worker, bench.worker.now), 2u);
  EXPECT_EQ(bench.local_tcp.turns, 1);
  EXPECT_EQ(bench.port.take().size(), 2u);
  EXPECT_EQ(deadline_of(bench.worker), bench.local_tcp.due);
  bench.port.accept_at_most(0);
  bench.local_tcp.to_send = {answer(from_own)};
  run_once(bench.worker, bench.worker.now);
  EXPECT_EQ(deadline_of(bench.worker), bench.worker.now) << "a frame waits for its port";
  bench.worker.local_tcp = nullptr;
  EXPECT_EQ(deadline_of(bench.worker), never);
}

}  // namespace
}  // namespace poise::datapath
