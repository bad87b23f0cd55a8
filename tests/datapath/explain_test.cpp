#include "datapath/explain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "tests/datapath/compiled.hpp"

namespace poise::datapath {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

FlowKey key_to(const char* destination, std::uint16_t port, std::uint8_t protocol = IPPROTO_TCP) {
  const IpAddr to = *parse_ip(destination);
  return {to.is_v4() ? *parse_ip("198.51.100.7") : *parse_ip("2001:db8:c::7"), to, 5555, port, protocol};
}

// One service on eth0 and the world behind eth1, whose router is 192.0.2.254.
config::Config appliance() {
  config::Config config = one_service(2, config::Scheduler::wlc);
  config.interfaces["eth1"].addresses = {*parse_prefix("192.0.2.1/24"), *parse_prefix("2001:db8:b::1/64")};
  config.routes = {{*parse_prefix("0.0.0.0/0"), {{*parse_ip("192.0.2.254"), {}, 1}}}};
  return config;
}

Verdict explained(const Compiled& compiled, const FlowKey& key, bool is_held = true) {
  return explain(*compiled.tables, compiled.states, key, [is_held](HoldIndex) { return is_held; });
}

TEST(Explain, a_flow_to_a_service_is_followed_to_its_server) {
  Compiled compiled(appliance());
  compiled.server("s0").connections = 1;
  const Verdict verdict = explained(compiled, key_to("203.0.113.10", 80));
  EXPECT_THAT(verdict.steps, ElementsAre("203.0.113.10:80/tcp is service \"web\" (fullnat, wlc)",
                                         "wlc picks server \"s1\" at 10.0.0.101:80",
                                         "the source becomes 10.0.0.1, the address of the interface towards the server",
                                         "10.0.0.101 is reached through \"eth0\", on link"));
  EXPECT_EQ(verdict.drop, Drop::count_);
  EXPECT_EQ(verdict.stage, "route");
  EXPECT_EQ(verdict.reason, verdict.steps.back());
  EXPECT_EQ(verdict.service, compiled.service("web").index);
  EXPECT_EQ(verdict.real, compiled.service("web").reals[1]);
  EXPECT_EQ(verdict.next_hop, *parse_ip("10.0.0.101"));
  EXPECT_EQ(compiled.tables->interfaces[verdict.out_interface.value].name, "eth0");
}

TEST(Explain, each_mode_says_what_becomes_of_the_packet) {
  struct Row {
    config::Mode mode;
    const char* sentence;
  };
  for (auto [mode, sentence] : {Row{config::Mode::nat, "the packet keeps its source 198.51.100.7"},
                                Row{config::Mode::dr, "the packet keeps its addresses; only the MAC address changes"},
                                Row{config::Mode::tunnel, "the packet travels to it inside gue"}}) {
    config::Config config = appliance();
    config.services["web"].mode = mode;
    config.services["web"].encapsulation = config::Encapsulation::gue;
    EXPECT_EQ(explained(Compiled(config), key_to("203.0.113.10", 80)).steps.at(2), sentence);
  }
}

TEST(Explain, a_scheduler_that_remembers_or_draws_names_an_example_and_persistence_is_mentioned) {
  config::Config config = appliance();
  config.services["web"].scheduler = config::Scheduler::rr;
  config.services["web"].persistence = config::Persistence{300000, 32, 128};
  const Verdict verdict = explained(Compiled(config), key_to("203.0.113.10", 80));
  EXPECT_EQ(verdict.steps.at(1), "a client seen in the last 300 s keeps its server; any other is scheduled");
  EXPECT_EQ(verdict.steps.at(2), "rr has a choice of servers, for example \"s0\" at 10.0.0.100:80");
}

TEST(Explain, when_no_server_takes_the_flow_it_says_why_of_each) {
  config::Config config = appliance();
  auto& servers = config.pools["web"].servers;
  servers["s0"].state = config::ServerState::down;
  servers["s1"].state = config::ServerState::drain;
  servers["s2"].weight = 0;
  servers["s2"].address = servers["s3"].address = *parse_ip("10.0.0.110");
  servers["s3"].connections_max = 5;
  Compiled compiled(config);
  compiled.server("s3").connections = 5;
  const Verdict verdict = explained(compiled, key_to("203.0.113.10", 80));
  EXPECT_EQ(verdict.drop, Drop::no_server_available);
  EXPECT_EQ(verdict.stage, "schedule");
  EXPECT_EQ(verdict.reason,
            "no server takes new flows: \"s0\" is down, \"s1\" drains, \"s2\" has weight 0, \"s3\" is at its limit of "
            "5 connections; "
            "dropped (no_server_available)");
  for (auto& [name, server] : servers) server = {.address = server.address};
  Compiled unwell(config);
  unwell.server("s0").health = unwell.server("s1").health = ServerState::failed;
  unwell.server("s2").health = unwell.server("s3").health = ServerState::inhibited;
  EXPECT_TRUE(
      explained(unwell, key_to("203.0.113.10", 80))
          .reason.starts_with("no server takes new flows: \"s0\" fails its health checks, \"s1\" fails its health "
                              "checks, \"s2\" is inhibited by its health checks"));
}

TEST(Explain, the_sorry_server_is_named_as_such) {
  config::Config config = appliance();
  config.pools["web"].sorry_server = "s1";
  config.pools["web"].servers["s0"].state = config::ServerState::down;
  EXPECT_THAT(explained(Compiled(config), key_to("203.0.113.10", 80)).steps.at(1),
              HasSubstr("the sorry server \"s1\""));
}

struct DropRow {
  const char* what;
  FlowKey key;
  void (*change)(config::Config&);
  Drop drop;
  const char* stage;
};

TEST(Explain, every_refusal_names_its_stage_and_its_drop_counter) {
  const auto nothing = [](config::Config&) {};
  FlowKey from_loopback = key_to("203.0.113.10", 80), mixed = from_loopback, from_link = key_to("2001:db8:a::99", 80);
  from_loopback.source = *parse_ip("127.0.0.1");
  mixed.source = *parse_ip("2001:db8::1");
  from_link.source = *parse_ip("fe80::1");
  const DropRow rows[] = {
      {"disabled", key_to("203.0.113.10", 80), [](config::Config& c) { c.services["web"].enabled = false; },
       Drop::service_disabled, "service"},
      {"other port", key_to("203.0.113.10", 81), nothing, Drop::no_service_port, "service"},
      {"loopback", from_loopback, nothing, Drop::martian_source, "parse"},
      {"two families", mixed, nothing, Drop::malformed_ipv6, "parse"},
      {"multicast", key_to("224.0.0.5", 0), nothing, Drop::multicast_unhandled, "local"},
      {"echo", key_to("192.0.2.1", 0, IPPROTO_ICMP), [](config::Config& c) { c.icmp.echo = false; },
       Drop::echo_disabled, "local"},
      {"interface", key_to("192.0.2.1", 22), nothing, Drop::no_service_port, "route"},
      {"snat address", key_to("192.0.2.50", 22), nothing, Drop::no_flow, "route"},
      {"no route", key_to("fd00::1", 22), nothing, Drop::no_route, "route"},
      {"link-local", from_link, nothing, Drop::martian_source, "route"},
      {"forwarding", key_to("8.8.8.8", 22), [](config::Config& c) { c.forwarding = false; }, Drop::forwarding_off,
       "route"},
      {"snat of sctp", key_to("8.8.8.8", 0, IPPROTO_SCTP), nothing, Drop::unsupported_protocol, "route"},
      {"no server", key_to("203.0.113.10", 80), [](config::Config& c) { c.pools["web"].servers.clear(); },
       Drop::no_server_available, "schedule"},
      {"pool of the other family", key_to("203.0.113.10", 80),
       [](config::Config& c) { c.snat_pools["out"].addresses = {*parse_ip("2001:db8:b::50")}; }, Drop::no_snat_port,
       "schedule"},
      {"unreachable server", key_to("203.0.113.10", 80),
       [](config::Config& c) {
         c.pools["web"].servers = {{"s0", {*parse_ip("fd00::5")}}};
         c.services["web"].mode = config::Mode::tunnel;
       },
       Drop::no_route, "route"},
  };
  for (const DropRow& row : rows) {
    config::Config config = appliance();
    config.snat_pools["out"].addresses = {*parse_ip("192.0.2.50")};
    config.snat_rules = {{*parse_prefix("0.0.0.0/0"), "eth1", "out"}};
    config.services["web"].snat_pool = "out";
    row.change(config);
    const Verdict verdict = explained(Compiled(config), row.key);
    EXPECT_EQ(verdict.drop, row.drop) << row.what << ": " << verdict.reason;
    EXPECT_EQ(verdict.stage, row.stage) << row.what;
    EXPECT_EQ(verdict.reason, verdict.steps.back()) << row.what;
  }
}

TEST(Explain, forwarded_packets_are_followed_to_the_next_hop_and_their_snat_rule) {
  config::Config config = appliance();
  config.snat_pools["out"].addresses = {*parse_ip("192.0.2.50")};
  config.snat_rules = {{*parse_prefix("198.51.100.0/24"), "eth1", "out"}};
  const Verdict verdict = explained(Compiled(config), key_to("8.8.8.8", 53, IPPROTO_UDP));
  EXPECT_THAT(
      verdict.steps,
      ElementsAre(
          "8.8.8.8 is not ours: the packet is forwarded", "8.8.8.8 is reached through \"eth1\" via 192.0.2.254",
          "the source becomes an address of snat pool \"out\": the snat rule for 198.51.100.0/24 through \"eth1\""));
  EXPECT_EQ(verdict.drop, Drop::count_);
}

TEST(Explain, an_echo_request_is_answered_and_the_rest_for_an_interface_goes_to_its_host_path) {
  config::Config config = appliance();
  config.interfaces["eth1"].host_path = true;
  const Compiled compiled(config);
  EXPECT_EQ(explained(compiled, key_to("192.0.2.1", 0, IPPROTO_ICMP)).reason,
            "an echo request to 192.0.2.1 is answered here");
  EXPECT_EQ(explained(compiled, key_to("192.0.2.1", 22)).reason,
            "192.0.2.1 is the address of interface \"eth1\": given to the host");
  EXPECT_EQ(explained(compiled, key_to("192.0.2.1", 22)).drop, Drop::count_);
}

TEST(Explain, the_owner_is_the_worker_that_the_hash_of_the_packet_or_of_its_client_names) {
  config::Config config = appliance();
  const Compiled compiled(config, 4);
  const FlowKey key = key_to("203.0.113.10", 80);
  const Verdict verdict = explained(compiled, key);
  EXPECT_EQ(verdict.owner, compiled.steering->owner(key, true));
  EXPECT_EQ(verdict.steps.front(), "worker " + std::to_string(verdict.owner.value) + " of 4 handles the flow");
  config.services["web"].mode = config::Mode::nat;
  const Compiled nat(config, 4);
  FlowKey other_port = key;
  for (other_port.source_port = 1; other_port.source_port < 50; ++other_port.source_port)
    EXPECT_EQ(explained(nat, other_port).owner, explained(nat, key).owner);
}

TEST(Explain, a_shared_address_is_ours_while_it_is_held_and_else_a_strangers) {
  config::Config config = appliance();
  config::VrrpInstance& instance = config.vrrp.instances["VI_1"];
  instance.interface = "eth1";
  instance.virtual_router_id = 51;
  instance.addresses = {config.services["web"].address};
  Compiled compiled(config);
  const Verdict ours = explained(compiled, key_to("203.0.113.10", 80), true);
  EXPECT_THAT(ours.steps.at(0), HasSubstr("held here, as master of virtual router \"VI_1\""));
  EXPECT_EQ(ours.service, compiled.service("web").index);
  const Verdict theirs = explained(compiled, key_to("203.0.113.10", 80), false);
  EXPECT_THAT(theirs.steps.at(0), HasSubstr("another node's now"));
  EXPECT_EQ(theirs.service, ServiceIndex{~0u});
  EXPECT_EQ(theirs.next_hop, *parse_ip("192.0.2.254"));
}

}  // namespace
}  // namespace poise::datapath
