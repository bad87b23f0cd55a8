#include <gtest/gtest.h>

#include <map>
#include <set>

#include "datapath/wire/bytes.hpp"
#include "tests/behaviours/bench.hpp"
#include "tests/support/frames.hpp"

// What a case with fixed frames cannot say, because the appliance may choose: that choices differ, agree or spread.
namespace poise::datapath {
namespace {

constexpr const char* our_mac = "02:00:00:00:01:02";  // of the port "outside"
constexpr const char* router_mac = "02:00:0a:01:00:fe";

config::Config little_network(config::Service service, int servers) {
  config::Config config;
  config.interfaces["inside"].addresses = {*parse_prefix("10.2.0.1/24"), *parse_prefix("2001:db8:2::1/64")};
  config.interfaces["outside"].addresses = {*parse_prefix("10.1.0.1/24"), *parse_prefix("2001:db8:1::1/64")};
  config.routes.push_back({*parse_prefix("0.0.0.0/0"), {{.gateway = ip("10.1.0.254")}}});
  service.address = ip("10.1.0.80");
  service.protocol = config::Protocol::udp;
  service.ports = {53, 53};
  service.pool = "web";
  for (int i = 0; i < servers; ++i)
    config.pools["web"].servers[std::string(1, char('a' + i))].address = IpAddr::v4(0x0a02000b + std::uint32_t(i));
  config.services["web"] = service;
  return config;
}

Bytes request(std::uint32_t client, std::uint16_t port, const IpOptions& options = {}) {
  const std::string source = to_string(IpAddr::v4(client));
  const Ends ends{source, "10.1.0.80", port, 53};
  return ethernet(our_mac, router_mac, 0x0800, ip_packet(ends, 17, udp(ends, text("hello")), options));
}

// The destination of the one frame that leaves for this request.
std::uint32_t server_of(Bench& bench, const Bytes& frame) {
  bench.receive(bench.port("outside"), frame, bench.now());
  const std::vector<Bytes> sent = bench.sent(bench.port("inside"));
  EXPECT_EQ(sent.size(), 1u);
  return sent.size() == 1 ? wire::load32(sent[0].data() + 2) : 0;  // dr: the server is in the MAC address
}

config::Service direct(config::Scheduler scheduler) {
  config::Service service;
  service.mode = config::Mode::dr;
  service.scheduler = scheduler;
  return service;
}

TEST(Pipeline, source_hashing_sends_every_flow_of_a_client_to_one_server) {
  Bench bench(little_network(direct(config::Scheduler::sh), 8), {});
  std::set<std::uint32_t> used;
  for (std::uint32_t client = 0xcb007100; client < 0xcb007110; ++client) {
    const std::uint32_t server = server_of(bench, request(client, 1000));
    used.insert(server);
    for (std::uint16_t port = 1001; port < 1010; ++port) EXPECT_EQ(server_of(bench, request(client, port)), server);
  }
  EXPECT_GT(used.size(), 3u);
  bench.finish();
}

TEST(Pipeline, destination_hashing_sends_every_flow_of_an_address_to_one_server) {
  Bench bench(little_network(direct(config::Scheduler::dh), 8), {});
  const std::uint32_t server = server_of(bench, request(0xcb007100, 1000));
  for (std::uint32_t client = 0xcb007101; client < 0xcb007120; ++client)
    EXPECT_EQ(server_of(bench, request(client, 1000)), server);
  bench.finish();
}

TEST(Pipeline, two_appliances_with_one_key_pick_the_same_servers_by_maglev) {
  Bench one(little_network(direct(config::Scheduler::maglev), 8), {});
  Bench other(little_network(direct(config::Scheduler::maglev), 8), {.seed = 99});
  std::map<std::uint32_t, int> share;
  for (std::uint16_t port = 1000; port < 1400; ++port) {
    const std::uint32_t server = server_of(one, request(0xcb007107, port));
    EXPECT_EQ(server_of(other, request(0xcb007107, port)), server);
    ++share[server];
  }
  EXPECT_EQ(share.size(), 8u);
  for (const auto& [server, flows] : share) EXPECT_GT(flows, 20) << server;
  one.finish();
  other.finish();
}

TEST(Pipeline, a_server_that_goes_down_moves_only_its_own_flows_by_maglev) {
  Bench bench(little_network(direct(config::Scheduler::maglev), 8), {});
  Bench without(little_network(direct(config::Scheduler::maglev), 8), {});
  without.engine().servers()[without.engine().server_index("web", "c")].status = ServerState::down;
  constexpr std::uint32_t server_c = 0x0a02000d;
  for (std::uint16_t port = 1000; port < 1400; ++port) {
    const std::uint32_t before = server_of(bench, request(0xcb007107, port));
    const std::uint32_t after = server_of(without, request(0xcb007107, port));
    EXPECT_TRUE(after == before || before == server_c);
    EXPECT_NE(after, server_c);
  }
  bench.finish();
  without.finish();
}

TEST(Pipeline, outer_identifications_of_a_flow_differ_when_packets_may_be_fragmented) {
  config::Service service = direct(config::Scheduler::rr);
  service.mode = config::Mode::tunnel;
  Bench bench(little_network(service, 1), {});
  std::set<std::uint16_t> identifications;
  for (std::uint16_t i = 0; i < 50; ++i) {
    bench.receive(bench.port("outside"), request(0xcb007107, 1000, {.identification = i}), bench.now());
    for (const Bytes& frame : bench.sent(bench.port("inside"))) identifications.insert(wire::load16(frame.data() + 18));
  }
  EXPECT_EQ(identifications.size(), 50u);
  bench.finish();
}

TEST(Pipeline, fullnat_spreads_source_ports_and_never_uses_one_twice_towards_a_server) {
  config::Service service;
  service.mode = config::Mode::fullnat;
  Bench bench(little_network(service, 1), {});
  std::set<std::uint16_t> ports;
  for (std::uint16_t port = 1000; port < 1500; ++port) {
    bench.receive(bench.port("outside"), request(0xcb007107, port), bench.now());
    for (const Bytes& frame : bench.sent(bench.port("inside"))) ports.insert(wire::load16(frame.data() + 34));
  }
  EXPECT_EQ(ports.size(), 500u);
  bench.finish();
}

TEST(Pipeline, weighted_round_robin_shares_flows_in_proportion) {
  config::Config config = little_network(direct(config::Scheduler::wrr), 3);
  config.pools["web"].servers["a"].weight = 5;
  config.pools["web"].servers["b"].weight = 3;
  Bench bench(config, {});
  std::map<std::uint32_t, int> share;
  for (std::uint16_t port = 1000; port < 1090; ++port) ++share[server_of(bench, request(0xcb007107, port))];
  EXPECT_EQ(share[0x0a02000b], 50);
  EXPECT_EQ(share[0x0a02000c], 30);
  EXPECT_EQ(share[0x0a02000d], 10);
  bench.finish();
}

}  // namespace
}  // namespace poise::datapath
