#include <gtest/gtest.h>
#include <netinet/in.h>

#include "tests/datapath/service_bench.hpp"

namespace poise::datapath {
namespace {

constexpr const char* everybody = "ff:ff:ff:ff:ff:ff";

std::unique_ptr<Tables> changed(void (*change)(Tables&)) {
  auto tables = two_interfaces();
  change(*tables);
  return tables;
}

// Runs parse and local on one frame; true when the packet is still in the batch.
bool run(StageBench& bench, const Bytes& frame) {
  Batch& batch = bench.load({frame});
  parse(bench.worker, batch);
  local(bench.worker, batch);
  return batch.live_count == 1;
}
Bytes ip_of(const StageBench& bench) {
  const Packet& packet = bench.worker.batch.packets[0];
  return Bytes(packet.l3(), packet.data + packet.length);
}

Bytes arp_request(const char* sender, const char* target, const char* sender_mac = their_mac) {
  const IpAddr from = ip(sender), to = ip(target);
  const MacAddr at = mac(sender_mac);
  return ethernet(everybody, sender_mac, 0x0806,
                  hex("0001 0800 0604 0001") + Bytes(at.octets.begin(), at.octets.end()) +
                      Bytes(from.octets.begin() + 12, from.octets.end()) + Bytes(6) +
                      Bytes(to.octets.begin() + 12, to.octets.end()) + Bytes(18, 0xee));
}

TEST(Local, an_arp_request_for_our_address_is_turned_round_byte_for_byte) {
  StageBench bench;
  ASSERT_TRUE(run(bench, arp_request("192.0.2.9", "192.0.2.1")));
  EXPECT_EQ(
      to_hex(StageBench::bytes(bench.packet(0))),
      to_hex(hex("020000000002 020000000001 0806 0001 0800 0604 0002 020000000001 c0000201 020000000002 c0000209")));
  EXPECT_TRUE(is_finished(bench.packet(0)));
  EXPECT_EQ(bench.packet(0).out_interface, InterfaceIndex{0});
  EXPECT_EQ(bench.packet(0).neighbor, NeighborTable::no_row);
  EXPECT_EQ(bench.worker.counters.arp_replies.read(), 1u);
  const auto punts = bench.take_punts();
  ASSERT_EQ(punts.size(), 1u) << "control learns who asked";
  EXPECT_EQ(punts[0].kind, Punt::arp);
  EXPECT_EQ(Bytes(punts[0].bytes.begin(), punts[0].bytes.begin() + punts[0].length),
            arp_request("192.0.2.9", "192.0.2.1"));
}

TEST(Local, arp_is_answered_for_every_kind_of_our_addresses_where_it_belongs) {
  StageBench bench;
  EXPECT_TRUE(run(bench, arp_request("192.0.2.9", "203.0.113.10"))) << "a service address";
  EXPECT_TRUE(run(bench, arp_request("192.0.2.9", "192.0.2.50"))) << "a snat address";
  EXPECT_TRUE(run(bench, arp_request("0.0.0.0", "192.0.2.1"))) << "a probe";
  EXPECT_FALSE(run(bench, arp_request("192.0.2.9", "10.1.0.1"))) << "another interface's";
  EXPECT_FALSE(run(bench, arp_request("192.0.2.9", "192.0.2.77"))) << "somebody else's";
  EXPECT_EQ(bench.dropped(Drop::multicast_unhandled), 2u);
}

TEST(Local, on_a_vlan_the_tag_stays) {
  StageBench bench;
  const Bytes plain = arp_request("10.1.0.9", "10.1.0.1");
  ASSERT_TRUE(run(bench, tagged(everybody, their_mac, 100, 0x0806, Bytes(plain.begin() + 14, plain.end()))));
  EXPECT_EQ(to_hex(Bytes(bench.packet(0).data + 12, bench.packet(0).data + 18)), "81 00 00 64 08 06");
  EXPECT_EQ(bench.packet(0).length, 18 + 28);
}

TEST(Local, replies_announcements_and_conflicts_go_to_control_only) {
  StageBench bench;
  Bytes reply = arp_request("192.0.2.9", "192.0.2.1");
  reply[21] = 2;
  EXPECT_FALSE(run(bench, reply));
  EXPECT_FALSE(run(bench, arp_request("192.0.2.9", "192.0.2.9"))) << "announcement";
  EXPECT_FALSE(run(bench, arp_request("192.0.2.1", "192.0.2.1"))) << "conflict";
  EXPECT_EQ(bench.take_punts().size(), 3u);
  EXPECT_FALSE(run(bench, arp_request("192.0.2.1", "192.0.2.1", our_mac))) << "our own announcement come back";
  EXPECT_TRUE(bench.take_punts().empty());
}

TEST(Local, broken_arp_is_dropped) {
  StageBench bench;
  const Bytes whole = arp_request("192.0.2.9", "192.0.2.1");
  EXPECT_FALSE(run(bench, Bytes(whole.begin(), whole.begin() + 41)));
  Bytes reverse = whole;
  reverse[21] = 3;
  EXPECT_FALSE(run(bench, reverse));
  EXPECT_EQ(bench.dropped(Drop::arp_invalid), 2u);
}

Bytes solicitation(const char* source, const char* destination, const char* target, bool with_mac = true,
                   std::uint8_t hops = 255) {
  const IpAddr about = ip(target);
  Bytes body(about.octets.begin(), about.octets.end());
  if (with_mac) body = body + hex("01 01 020000000002");
  const Bytes message = icmpv6({source, destination}, 135, 0, 0, body);
  return ethernet(destination[0] == 'f' && destination[1] == 'f' ? "33:33:ff:00:00:01" : our_mac, their_mac, 0x86dd,
                  ip_packet({source, destination}, IPPROTO_ICMPV6, message, {hops}));
}

TEST(Local, a_solicitation_for_our_address_becomes_an_advertisement) {
  StageBench bench;
  ASSERT_TRUE(run(bench, solicitation("2001:db8:1::9", "ff02::1:ff00:1", "2001:db8:1::1")));
  EXPECT_EQ(faults(ip_of(bench)), "");
  EXPECT_EQ(to_hex(StageBench::bytes(bench.packet(0))),
            to_hex(ethernet(their_mac, our_mac, 0x86dd,
                            ip_packet({"2001:db8:1::1", "2001:db8:1::9"}, IPPROTO_ICMPV6,
                                      icmpv6({"2001:db8:1::1", "2001:db8:1::9"}, 136, 0, 0xe0000000,
                                             hex("20010db8000100000000000000000001 02 01 020000000001")),
                                      {255}))));
  EXPECT_EQ(bench.take_punts().size(), 1u);
  EXPECT_EQ(bench.worker.counters.neighbor_advertisements.read(), 1u);
}

TEST(Local, a_unicast_solicitation_without_option_is_answered_with_one) {
  StageBench bench;
  ASSERT_TRUE(run(bench, solicitation("fe80::9", "fe80::1", "fe80::1", false)));
  EXPECT_EQ(faults(ip_of(bench)), "");
  EXPECT_EQ(bench.packet(0).length, 14 + 40 + 32);
}

TEST(Local, who_looks_for_a_duplicate_of_our_address_is_told_in_front_of_all_nodes) {
  StageBench bench;
  ASSERT_TRUE(run(bench, solicitation("::", "ff02::1:ff00:1", "2001:db8:1::1", false)));
  EXPECT_EQ(to_hex(StageBench::bytes(bench.packet(0))),
            to_hex(ethernet("33:33:00:00:00:01", our_mac, 0x86dd,
                            ip_packet({"2001:db8:1::1", "ff02::1"}, IPPROTO_ICMPV6,
                                      icmpv6({"2001:db8:1::1", "ff02::1"}, 136, 0, 0xa0000000,
                                             hex("20010db8000100000000000000000001 02 01 020000000001")),
                                      {255}))));
}

TEST(Local, neighbor_discovery_from_afar_or_damaged_is_dropped) {
  StageBench bench;
  EXPECT_FALSE(run(bench, solicitation("2001:db8:1::9", "ff02::1:ff00:1", "2001:db8:1::1", true, 254)));
  Bytes damaged = solicitation("2001:db8:1::9", "ff02::1:ff00:1", "2001:db8:1::1");
  damaged.back() ^= 1;
  EXPECT_FALSE(run(bench, damaged));
  EXPECT_EQ(bench.dropped(Drop::nd_invalid), 2u);
  EXPECT_FALSE(run(bench, solicitation("2001:db8:1::9", "ff02::1:ff00:1", "2001:db8:7::1"))) << "not ours";
  EXPECT_EQ(bench.dropped(Drop::multicast_unhandled), 1u);
  EXPECT_TRUE(bench.take_punts().empty());
}

TEST(Local, a_ping_is_answered_in_place) {
  StageBench bench;
  const Ends to_us{"192.0.2.9", "203.0.113.10"}, back{"203.0.113.10", "192.0.2.9"};
  const Bytes sent = ip_packet(to_us, IPPROTO_ICMP, icmp(8, 0, 0x12340001, text("payload")), {3, 0x10, 99});
  ASSERT_TRUE(run(bench, ethernet(our_mac, their_mac, 0x0800, sent + Bytes(11, 0))));
  EXPECT_EQ(to_hex(StageBench::bytes(bench.packet(0))),
            to_hex(ethernet(their_mac, our_mac, 0x0800,
                            ip_packet(back, IPPROTO_ICMP, icmp(0, 0, 0x12340001, text("payload")), {64, 0x10, 99}))));
  EXPECT_EQ(bench.worker.counters.echo_replies.read(), 1u);
}

TEST(Local, an_ipv6_ping_is_answered_without_its_extension_headers) {
  StageBench bench;
  const Ends to_us{"2001:db8:9::9", "2001:db8:1::1"}, back{"2001:db8:1::1", "2001:db8:9::9"};
  const Bytes echo = icmpv6(to_us, 128, 0, 0x12340001, text("data"));
  ASSERT_TRUE(
      run(bench, ethernet(our_mac, their_mac, 0x86dd,
                          ip_packet(to_us, IPPROTO_ICMPV6, echo, {7, 0, 0, 0, hex("3a00 0104 00000000"), 60}))));
  EXPECT_EQ(to_hex(ip_of(bench)),
            to_hex(ip_packet(back, IPPROTO_ICMPV6, icmpv6(back, 129, 0, 0x12340001, text("data")))));
}

TEST(Local, ping_options_are_not_sent_back) {
  StageBench bench;
  const Bytes sent =
      ip_packet({"192.0.2.9", "192.0.2.1"}, IPPROTO_ICMP, icmp(8, 0, 1, {}), {64, 0, 0, 0, hex("0707040000000000")});
  ASSERT_TRUE(run(bench, ethernet(our_mac, their_mac, 0x0800, sent)));
  EXPECT_EQ(faults(ip_of(bench)), "");
  EXPECT_EQ(to_hex(Bytes(bench.packet(0).l3() + 20, bench.packet(0).l3() + 28)), "01 01 01 01 01 01 01 01");
}

TEST(Local, a_ping_that_must_not_be_answered_is_not) {
  const Bytes echo = icmp(8, 0, 1, {});
  const Bytes to_us = ethernet(our_mac, their_mac, 0x0800, ip_packet({"192.0.2.9", "192.0.2.1"}, IPPROTO_ICMP, echo));
  StageBench off(changed([](Tables& tables) { tables.icmp.echo = false; }));
  EXPECT_FALSE(run(off, to_us));
  EXPECT_EQ(off.dropped(Drop::echo_disabled), 1u);
  StageBench bench;
  EXPECT_FALSE(
      run(bench, ethernet(our_mac, their_mac, 0x0800, ip_packet({"192.0.2.1", "192.0.2.1"}, IPPROTO_ICMP, echo))));
  EXPECT_EQ(bench.dropped(Drop::martian_source), 1u) << "as if we had sent it";
  Bytes broadcast = to_us;
  std::fill_n(broadcast.begin(), 6, 0xff);
  EXPECT_FALSE(run(bench, broadcast));
  EXPECT_EQ(bench.dropped(Drop::multicast_unhandled), 1u);
  ASSERT_TRUE(
      run(bench, ethernet(our_mac, their_mac, 0x0800, ip_packet({"192.0.2.9", "198.51.100.9"}, IPPROTO_ICMP, echo))));
  EXPECT_FALSE(is_finished(bench.packet(0))) << "for somebody else: forwarded";
  ASSERT_TRUE(run(bench, ethernet(our_mac, their_mac, 0x0800,
                                  ip_packet({"192.0.2.9", "192.0.2.1"}, IPPROTO_ICMP, icmp(8, 0, 1, Bytes(8)),
                                            {64, 0, 1, 0x2000}))));
  EXPECT_FALSE(is_finished(bench.packet(0))) << "a fragment is not the whole question";
}

TEST(Local, what_nobody_here_listens_to_goes_to_the_host_or_is_dropped) {
  const Bytes hello = ip_packet({"192.0.2.9", "224.0.0.5"}, 89, Bytes(24));
  StageBench bench;
  EXPECT_FALSE(run(bench, ethernet("01:00:5e:00:00:05", their_mac, 0x0800, hello)));
  EXPECT_EQ(bench.dropped(Drop::multicast_unhandled), 1u);
  EXPECT_FALSE(run(bench, ethernet(our_mac, their_mac, 0x88cc, Bytes(46))));
  EXPECT_EQ(bench.dropped(Drop::no_address_family), 1u);
  EXPECT_TRUE(bench.take_punts().empty());
  EXPECT_FALSE(run(bench, tagged("01:00:5e:00:00:05", their_mac, 100, 0x0800, hello)));
  EXPECT_FALSE(run(bench, tagged(our_mac, their_mac, 100, 0x88cc, Bytes(46))));
  const Bytes solicit = icmpv6({"fe80::9", "ff02::2"}, 133, 0, 0, {});
  EXPECT_FALSE(run(bench, tagged("33:33:00:00:00:02", their_mac, 100, 0x86dd,
                                 ip_packet({"fe80::9", "ff02::2"}, IPPROTO_ICMPV6, solicit, {255}))));
  const auto punts = bench.take_punts();
  ASSERT_EQ(punts.size(), 3u);
  EXPECT_EQ(punts[0].kind, Punt::host);
  EXPECT_EQ(bench.worker.counters.host_path_frames.read(), 3u);
}

TEST(Local, a_full_punt_ring_does_not_stop_answers) {
  StageBench bench;
  for (int i = 0; i < 70; ++i) EXPECT_TRUE(run(bench, arp_request("192.0.2.9", "192.0.2.1")));
  EXPECT_EQ(bench.dropped(Drop::punt_full), 6u);
  EXPECT_EQ(bench.worker.counters.arp_replies.read(), 70u);
}

TEST(Local, ordinary_traffic_passes_untouched) {
  StageBench bench;
  const Ends ends{"192.0.2.9", "203.0.113.10", 1000, 80};
  const Bytes frame = ethernet(our_mac, their_mac, 0x0800, ip_packet(ends, IPPROTO_TCP, tcp(ends, 2, {})));
  ASSERT_TRUE(run(bench, frame));
  EXPECT_EQ(StageBench::bytes(bench.packet(0)), frame);
  EXPECT_FALSE(is_finished(bench.packet(0)));
}

TEST(Local, a_shared_address_is_answered_by_its_virtual_mac_and_only_while_it_is_held) {
  ServiceBench bench(shared_service());
  const Bytes request = ethernet("ff:ff:ff:ff:ff:ff", their_mac, 0x0806,
                                 hex("0001 0800 06 04 0001 020000000002 0a000009 000000000000 cb00710a"));
  const Bytes ping = from_neighbor(ip_packet({"10.0.0.9", "203.0.113.10"}, IPPROTO_ICMP, icmp(8, 0, 1, text("ping"))));
  EXPECT_FALSE(is_finished(bench.packet((bench.run("local", {ping}), 0)))) << "somebody else's";
  EXPECT_EQ(bench.run("local", {request}).live_count, 0);
  bench.holds[HoldIndex{0}].set(never, never);
  ASSERT_EQ(bench.run("local", {request, ping}).live_count, 2);
  for (std::uint8_t row = 0; row < 2; ++row) {
    const Bytes answer = bench.bytes(bench.packet(row));
    EXPECT_EQ(Bytes(answer.begin() + 6, answer.begin() + 12), hex("00005e000133"));
  }
  const Bytes arp = bench.bytes(bench.packet(0));
  EXPECT_EQ(Bytes(arp.begin() + 22, arp.begin() + 28), hex("00005e000133"));
}

TEST(Local, vrrp_is_for_control_where_there_are_virtual_routers) {
  const Bytes advert = ip_packet({"10.0.0.9", "224.0.0.18"}, 112, hex("31336401000a067cc0a80164"), {.ttl = 255});
  for (const bool shared : {true, false}) {
    ServiceBench bench(shared ? shared_service() : one_service(1));
    EXPECT_EQ(bench
                  .run("local", {ethernet(our_mac, their_mac, 0x0800, advert),
                                 ethernet("01:00:5e:00:00:12", their_mac, 0x0800, advert)})
                  .live_count,
              0);
    const auto punts = bench.take_punts();
    ASSERT_EQ(std::count_if(punts.begin(), punts.end(), [](const Punt& punt) { return punt.kind == Punt::vrrp; }),
              shared ? 2 : 0);
  }
}

// A million adverts of somebody else's virtual routers do not fill the way to control.
TEST(Local, adverts_of_virtual_routers_that_are_not_ours_end_here) {
  ServiceBench bench(shared_service());
  const auto advert = [](const char* message) {
    return ethernet("01:00:5e:00:00:12", their_mac, 0x0800,
                    ip_packet({"10.0.0.9", "224.0.0.18"}, 112, hex(message), {.ttl = 255}));
  };
  bench.run("local", {advert("31346401000a067cc0a80164"), advert("3133")});
  EXPECT_TRUE(bench.take_punts().empty());
  EXPECT_EQ(bench.dropped(Drop::vrrp_unknown_vrid), 2u);
  const Bytes with_ah = ip_packet({"10.0.0.9", "224.0.0.18"}, 51,
                                  hex("70040000 c0a80101 00000001 e2c9b98918d93194a962caac 21336401 0201b6bd c0a80164"
                                      "0000000000000000"),
                                  {.ttl = 255});
  bench.run("local", {ethernet("01:00:5e:00:00:12", their_mac, 0x0800, with_ah)});
  EXPECT_EQ(bench.take_punts().size(), 1u);
}

TEST(Local, queries_for_groups_are_for_control) {
  ServiceBench bench(one_service(1));
  const auto query = [](const char* message) {
    return ethernet("01:00:5e:00:00:01", their_mac, 0x0800,
                    ip_packet({"10.0.0.9", "224.0.0.1"}, 2, hex(message), {.ttl = 1}));
  };
  bench.run("local", {query("1164ee9b00000000"), query("1600f9fd00000000")});
  const auto punts = bench.take_punts();
  ASSERT_EQ(punts.size(), 1u);
  EXPECT_EQ(punts[0].kind, Punt::group_query);
}

TEST(Local, answers_of_probed_servers_to_the_ports_of_health_checks_are_for_control) {
  config::Config config = one_service(1);  // its server is 10.0.0.100, our address there 10.0.0.1
  const Ends ours{"10.0.0.1", "10.0.0.100", 800, 53}, back{"10.0.0.100", "10.0.0.1", 53, 800};
  const auto frame = [](const Bytes& packet) { return ethernet(our_mac, their_mac, 0x0800, packet); };
  const auto datagram = [&](const Ends& ends) { return frame(ip_packet(ends, IPPROTO_UDP, udp(ends, text("x")))); };
  const auto echo = [&](std::uint32_t identifier) {
    return frame(ip_packet(back, IPPROTO_ICMP, icmp(0, 0, identifier << 16, text("x"))));
  };
  const Bytes error = frame(ip_packet({"192.0.2.77", "10.0.0.1"}, IPPROTO_ICMP,
                                      icmp(3, 3, 0, ip_packet(ours, IPPROTO_UDP, udp(ours, text("x"))))));
  const Bytes segment = frame(ip_packet(back, IPPROTO_TCP, tcp(back, tcp_syn | tcp_ack, {})));
  const std::vector<Bytes> answers{datagram(back), segment, echo(768), echo(1023), error};
  const std::vector<Bytes> others{datagram({"10.0.0.100", "10.0.0.1", 53, 1024}),
                                  datagram({"10.0.0.101", "10.0.0.1", 53, 800}),
                                  datagram({"10.0.0.100", "203.0.113.10", 53, 800}), echo(767), echo(1024)};
  const auto punted = [&](const std::vector<Bytes>& frames) {
    ServiceBench bench(config);
    bench.run("local", frames);
    const auto punts = bench.take_punts();
    return std::count_if(punts.begin(), punts.end(), [](const Punt& punt) { return punt.kind == Punt::probe; });
  };
  EXPECT_EQ(punted(answers), 0) << "nobody is probed";
  config.pools["web"].checks["ping"].kind = config::CheckKind::icmp;
  EXPECT_EQ(punted(answers), 5);
  EXPECT_EQ(punted(others), 0);
}

TEST(Local, without_accept_a_shared_address_is_no_host_but_its_service_is_served) {
  config::Config config = shared_service();
  config.vrrp.instances["VI_1"].accept = false;
  ServiceBench bench(config);
  bench.holds[HoldIndex{0}].set(never, never);
  bench.run("local", {from_neighbor(ip_packet({"10.0.0.9", "203.0.113.10"}, IPPROTO_ICMP, icmp(8, 0, 1, text("x"))))});
  EXPECT_FALSE(is_finished(bench.packet(0)));
  bench.run("service", {segment(client_to_web, tcp_syn)});
  EXPECT_EQ(bench.packet(0).service, ServiceIndex{0});
}

}  // namespace
}  // namespace poise::datapath
