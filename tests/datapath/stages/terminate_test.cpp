#include <gtest/gtest.h>
#include <netinet/in.h>

#include "tests/datapath/proxy_bench.hpp"

namespace poise::datapath {
namespace {

const Ends to_web{"10.0.0.9", "10.0.0.1", 50000, 8080}, to_shop{"10.0.0.9", "203.0.113.20", 50000, 80};

// Whether the frame was taken.
bool is_taken(ProxyBench& bench, const Bytes& frame) {
  const std::size_t before = bench.local_tcp.taken.size();
  const Batch& batch = bench.run("terminate", {frame});
  const bool taken = bench.local_tcp.taken.size() > before;
  EXPECT_EQ(batch.live_count, taken ? 0 : 1);
  return taken;
}

TEST(Terminate, segments_to_where_a_frontend_is_bound_end_here) {
  ProxyBench bench;
  EXPECT_TRUE(is_taken(bench, segment(to_web, tcp_syn)));
  EXPECT_TRUE(is_taken(bench, segment(to_web, tcp_ack, "bytes")));
  EXPECT_TRUE(is_taken(bench, segment(to_shop, tcp_syn)));
  EXPECT_TRUE(is_taken(bench, segment({"2001:db8:a::9", "2001:db8:a::1", 50000, 8080}, tcp_syn)));
  const Bytes& data = bench.local_tcp.taken[1];
  EXPECT_EQ(std::string(data.end() - 5, data.end()), "bytes");
  EXPECT_EQ(bench.local_tcp.asked, 0) << "a binding is enough";
  EXPECT_EQ(bench.worker.counters.terminated.read(), 4u);
}

TEST(Terminate, all_else_passes) {
  ProxyBench bench;
  EXPECT_FALSE(is_taken(bench, segment({"10.0.0.9", "10.0.0.1", 50000, 80}, tcp_syn))) << "another port";
  EXPECT_FALSE(is_taken(bench, segment({"10.0.0.9", "10.9.0.1", 50000, 8080}, tcp_syn))) << "not ours";
  EXPECT_FALSE(is_taken(bench, segment(client_to_web, tcp_syn))) << "a service's";
  EXPECT_FALSE(is_taken(bench, datagram(to_web))) << "UDP";
  bench.worker.local_tcp = nullptr;
  EXPECT_FALSE(is_taken(bench, segment(to_web, tcp_syn)));
}

TEST(Terminate, a_known_connection_ends_here_though_no_frontend_is_bound) {
  ProxyBench bench;
  const Ends reply{"10.0.0.100", "10.0.0.1", 80, 20000};
  EXPECT_FALSE(is_taken(bench, segment(reply, tcp_syn | tcp_ack)));
  bench.local_tcp.known = FlowKey{ip("10.0.0.100"), ip("10.0.0.1"), 80, 20000, IPPROTO_TCP};
  EXPECT_TRUE(is_taken(bench, segment(reply, tcp_syn | tcp_ack)));
  EXPECT_EQ(bench.local_tcp.asked, 2);
  EXPECT_FALSE(is_taken(bench, segment(reply, tcp_syn))) << "what opens a connection is looked up nowhere";
  EXPECT_EQ(bench.local_tcp.asked, 2);
}

TEST(Terminate, errors_about_such_segments_are_told_and_go) {
  ProxyBench bench;
  const Ends sent{"10.0.0.1", "10.0.0.9", 8080, 50000};
  const Bytes quoted = ip_packet(sent, IPPROTO_TCP, tcp(sent, tcp_ack, {}));
  const Bytes error = ip_packet({"10.0.0.254", "10.0.0.1"}, IPPROTO_ICMP, icmp(3, 4, 1400, quoted));
  const Batch& batch = bench.run("terminate", {from_neighbor(error)});
  EXPECT_EQ(batch.live_count, 0);
  ASSERT_EQ(bench.local_tcp.errors.size(), 1u);
  EXPECT_EQ(bench.local_tcp.errors[0], error);
}

TEST(Terminate, fragments_of_segments_are_dropped_not_answered) {
  ProxyBench bench;
  IpOptions first;
  first.fragment = 0x2000;
  EXPECT_EQ(bench.run("terminate", {segment(to_web, tcp_ack, "12345678", first)}).live_count, 0);
  EXPECT_TRUE(bench.local_tcp.taken.empty());
  EXPECT_EQ(bench.dropped(Drop::fragment_unsupported), 1u);
  EXPECT_TRUE(bench.take_generated().empty());
}

TEST(Terminate, an_address_of_a_virtual_router_counts_only_while_it_is_held) {
  config::Config config = with_frontends();
  config::VrrpInstance instance;
  instance.interface = "eth0";
  instance.virtual_router_id = 51;
  instance.addresses = {*parse_ip("203.0.113.20")};
  config.vrrp.instances["VI_1"] = instance;
  ProxyBench bench(config);
  EXPECT_FALSE(is_taken(bench, segment(to_shop, tcp_syn))) << "another node's";
  bench.holds[HoldIndex{0}].set(bench.worker.now + std::chrono::seconds(1), bench.worker.now + std::chrono::seconds(1));
  EXPECT_TRUE(is_taken(bench, segment(to_shop, tcp_syn)));
}

}  // namespace
}  // namespace poise::datapath
