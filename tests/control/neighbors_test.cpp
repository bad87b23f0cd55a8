#include "control/neighbors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/support/frames.hpp"

namespace poise::control {
namespace {

using datapath::AskNeighborUse;
using datapath::EraseNeighbor;
using datapath::ethernet;
using datapath::faults;
using datapath::hex;
using datapath::icmpv6;
using datapath::ip;
using datapath::ip_packet;
using datapath::mac;
using datapath::SetNeighbor;
using datapath::tagged;
using datapath::to_hex;
using namespace std::chrono_literals;

constexpr InterfaceIndex lan{0}, wan{1};
constexpr const char* our_mac = "02:00:00:00:00:01";
constexpr const char* their_mac = "02:00:00:00:00:02";
constexpr const char* other_mac = "02:00:00:00:00:03";
constexpr Instant start{Duration(1000s)};

Link lan_link() {
  return {"lan",
          PortIndex{0},
          0,
          mac(our_mac),
          {{ip("192.0.2.1"), 24}, {ip("2001:db8::1"), 64}},
          ip("fe80::1"),
          {ip("192.0.2.1"), ip("2001:db8::1")}};
}
Link wan_link() { return {"wan", PortIndex{1}, 100, mac("02:00:00:00:01:01"), {{ip("198.51.100.1"), 24}}, {}, {}}; }

// A machine whose links are up and announced.
struct Bench {
  explicit Bench(std::size_t capacity = 1024) : neighbors({30000, 1000, 3}, capacity) {
    neighbors.set_links(start - 10s, {lan_link(), wan_link()});
    neighbors.on_deadline(start - 8s);
  }
  // Everything that happens by itself until `until`.
  NeighborActions pass(Instant until) {
    NeighborActions all;
    while (neighbors.deadline() <= until) {
      for (NeighborAction& action : neighbors.on_deadline(neighbors.deadline())) all.push_back(std::move(action));
    }
    return all;
  }
  Neighbors neighbors;
};

template <class Kind>
std::vector<Kind> only(const NeighborActions& actions) {
  std::vector<Kind> found;
  for (const NeighborAction& action : actions)
    if (const Kind* kind = std::get_if<Kind>(&action)) found.push_back(*kind);
  return found;
}
std::string hex_of(const SendFrame& send) { return to_hex(send.frame); }

FrameBytes arp(std::uint8_t operation, const char* sender_mac, const char* sender, const char* target) {
  const auto octets = [](const char* address) {
    const IpAddr parsed = ip(address);
    return FrameBytes(parsed.octets.begin() + 12, parsed.octets.end());
  };
  const MacAddr from = mac(sender_mac);
  using datapath::operator+;
  return ethernet("ff:ff:ff:ff:ff:ff", sender_mac, 0x0806,
                  hex("0001 0800 0604 00") + FrameBytes{operation} +
                      FrameBytes(from.octets.begin(), from.octets.end()) + octets(sender) + FrameBytes(6) +
                      octets(target));
}

// A neighbor solicitation or advertisement with an option.
FrameBytes nd(std::uint8_t type, std::uint32_t flags, const char* source, const char* destination, const char* target,
              const char* option_mac = their_mac) {
  using datapath::operator+;
  const IpAddr about = ip(target);
  FrameBytes body(about.octets.begin(), about.octets.end());
  if (option_mac != nullptr) {
    const MacAddr told = mac(option_mac);
    body = body + FrameBytes{std::uint8_t(type == 135 ? 1 : 2), 1} + FrameBytes(told.octets.begin(), told.octets.end());
  }
  return ethernet(our_mac, their_mac, 0x86dd,
                  ip_packet({source, destination}, 58, icmpv6({source, destination}, type, 0, flags, body), {255}));
}

TEST(Neighbors, a_miss_asks_everybody_and_the_reply_tells_the_workers) {
  Bench bench;
  const auto asked = bench.neighbors.on_miss(start, lan, ip("192.0.2.7"));
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(
      hex_of(only<SendFrame>(asked).at(0)),
      to_hex(hex("ffffffffffff 020000000001 0806 0001 0800 0604 0001 020000000001 c0000201 000000000000 c0000207")));
  EXPECT_TRUE(bench.neighbors.on_miss(start, lan, ip("192.0.2.7")).empty()) << "another worker's miss changes nothing";
  const auto told =
      only<SetNeighbor>(bench.neighbors.on_arp(start + 1ms, lan, arp(2, their_mac, "192.0.2.7", "192.0.2.1")));
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].address, ip("192.0.2.7"));
  EXPECT_EQ(told[0].mac, mac(their_mac));
  EXPECT_TRUE(told[0].resolved);
  const auto later = only<SetNeighbor>(bench.neighbors.on_miss(start + 1s, lan, ip("192.0.2.7")));
  ASSERT_EQ(later.size(), 1u) << "a worker that comes later is told at once";
  EXPECT_EQ(later[0].mac, mac(their_mac));
}

TEST(Neighbors, an_ipv6_miss_solicits_the_group_of_the_address_byte_for_byte) {
  Bench bench;
  const auto asked = only<SendFrame>(bench.neighbors.on_miss(start, lan, ip("2001:db8::7")));
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(hex_of(asked[0]),
            to_hex(hex("3333ff000007 020000000001 86dd 60000000 0020 3a ff 20010db8000000000000000000000001"
                       "ff0200000000000000000001ff000007 87 00 1c1d 00000000 20010db8000000000000000000000007"
                       "01 01 020000000001")));
  EXPECT_EQ(faults(FrameBytes(asked[0].frame.begin() + 14, asked[0].frame.end())), "");
  const auto told = bench.neighbors.on_nd(start, lan, nd(136, 0x60000000, "2001:db8::7", "2001:db8::1", "2001:db8::7"));
  ASSERT_EQ(only<SetNeighbor>(told).size(), 1u);
  EXPECT_EQ(only<SetNeighbor>(told)[0].mac, mac(their_mac));
}

TEST(Neighbors, a_link_local_neighbor_is_asked_from_our_link_local_address) {
  Bench bench;
  const auto asked = only<SendFrame>(bench.neighbors.on_miss(start, lan, ip("fe80::7")));
  EXPECT_EQ(IpAddr::v6(asked.at(0).frame.data() + 14 + 8), ip("fe80::1"));
}

TEST(Neighbors, frames_for_a_vlan_carry_its_tag) {
  Bench bench;
  const auto asked = only<SendFrame>(bench.neighbors.on_miss(start, wan, ip("198.51.100.9")));
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].port, PortIndex{1});
  EXPECT_EQ(to_hex(FrameBytes(asked[0].frame.begin() + 12, asked[0].frame.begin() + 18)), "81 00 00 64 08 06");
  const FrameBytes plain = arp(2, their_mac, "198.51.100.9", "198.51.100.1");
  const FrameBytes reply = tagged(our_mac, their_mac, 100, 0x0806, FrameBytes(plain.begin() + 14, plain.end()));
  bench.neighbors.set_links(start, {lan_link(), [] {
                                      Link link = wan_link();
                                      link.ours = {ip("198.51.100.1")};
                                      return link;
                                    }()});
  EXPECT_EQ(only<SetNeighbor>(bench.neighbors.on_arp(start, wan, reply)).size(), 1u);
}

TEST(Neighbors, who_never_answers_is_asked_three_times_then_failed_then_forgotten) {
  Bench bench;
  bench.neighbors.on_miss(start, lan, ip("192.0.2.7"));
  const auto retries = bench.pass(start + 2999ms);
  EXPECT_EQ(only<SendFrame>(retries).size(), 2u);
  const auto failed = bench.pass(start + 3s);
  ASSERT_EQ(only<SetNeighbor>(failed).size(), 1u);
  EXPECT_FALSE(only<SetNeighbor>(failed)[0].resolved);
  EXPECT_EQ(bench.neighbors.rows(start + 3s).at(0).state, Neighbors::State::failed);
  const auto again = only<SetNeighbor>(bench.neighbors.on_miss(start + 3s, lan, ip("192.0.2.7")));
  ASSERT_EQ(again.size(), 1u);
  EXPECT_FALSE(again[0].resolved);
  EXPECT_EQ(only<EraseNeighbor>(bench.pass(start + 7s)).size(), 1u);
  EXPECT_EQ(bench.neighbors.size(), 0u);
  EXPECT_EQ(bench.neighbors.deadline(), never);
  EXPECT_EQ(only<SendFrame>(bench.neighbors.on_miss(start + 8s, lan, ip("192.0.2.7"))).size(), 1u) << "asked anew";
}

// A neighbor that has just answered.
void resolve(Bench& bench, const char* address, Instant now) {
  bench.neighbors.on_miss(now, lan, ip(address));
  bench.neighbors.on_arp(now, lan, arp(2, their_mac, address, "192.0.2.1"));
}

TEST(Neighbors, a_used_neighbor_is_probed_by_unicast_and_stays) {
  Bench bench;
  resolve(bench, "192.0.2.7", start);
  EXPECT_TRUE(bench.pass(start + 29s).empty());
  ASSERT_EQ(only<AskNeighborUse>(bench.pass(start + 30s)).size(), 1u);
  EXPECT_TRUE(bench.neighbors.on_use_answer(start + 30s, {WorkerId{0}, lan, ip("192.0.2.7"), false}).empty());
  const auto probe =
      only<SendFrame>(bench.neighbors.on_use_answer(start + 30s, {WorkerId{1}, lan, ip("192.0.2.7"), true}));
  ASSERT_EQ(probe.size(), 1u);
  EXPECT_EQ(to_hex(FrameBytes(probe[0].frame.begin(), probe[0].frame.begin() + 6)), "02 00 00 00 00 02");
  EXPECT_TRUE(bench.neighbors.on_use_answer(start + 30s, {WorkerId{2}, lan, ip("192.0.2.7"), true}).empty());
  const auto answered = bench.neighbors.on_arp(start + 30s, lan, arp(2, their_mac, "192.0.2.7", "192.0.2.1"));
  EXPECT_TRUE(answered.empty()) << "the workers know that MAC";
  EXPECT_EQ(bench.neighbors.rows(start + 31s).at(0).state, Neighbors::State::reachable);
  EXPECT_EQ(bench.neighbors.rows(start + 31s).at(0).age, 1s);
}

TEST(Neighbors, a_used_neighbor_that_went_away_is_failed_after_probes_the_last_to_everybody) {
  Bench bench;
  resolve(bench, "192.0.2.7", start);
  bench.pass(start + 30s);
  NeighborActions actions = bench.neighbors.on_use_answer(start + 30s, {WorkerId{0}, lan, ip("192.0.2.7"), true});
  for (NeighborAction& action : bench.pass(start + 33s)) actions.push_back(std::move(action));
  const auto probes = only<SendFrame>(actions);
  ASSERT_EQ(probes.size(), 3u);
  EXPECT_EQ(probes[1].frame[0], 0x02);
  EXPECT_EQ(probes[2].frame[0], 0xff);
  ASSERT_EQ(only<SetNeighbor>(actions).size(), 1u);
  EXPECT_FALSE(only<SetNeighbor>(actions)[0].resolved);
}

TEST(Neighbors, one_that_nobody_uses_is_erased_after_ten_rounds) {
  Bench bench;
  resolve(bench, "192.0.2.7", start);
  const auto actions = bench.pass(start + 400s);
  EXPECT_EQ(only<AskNeighborUse>(actions).size(), 10u);
  EXPECT_EQ(only<EraseNeighbor>(actions).size(), 1u);
  EXPECT_EQ(bench.neighbors.size(), 0u);
}

TEST(Neighbors, a_gratuitous_arp_moves_a_known_neighbor_and_teaches_no_new_one) {
  Bench bench;
  resolve(bench, "192.0.2.7", start);
  const auto moved =
      only<SetNeighbor>(bench.neighbors.on_arp(start + 1s, lan, arp(1, other_mac, "192.0.2.7", "192.0.2.7")));
  ASSERT_EQ(moved.size(), 1u);
  EXPECT_EQ(moved[0].mac, mac(other_mac));
  EXPECT_EQ(only<AskNeighborUse>(bench.pass(start + 2s)).size(), 1u) << "to be confirmed soon";
  EXPECT_TRUE(bench.neighbors.on_arp(start, lan, arp(2, other_mac, "192.0.2.8", "192.0.2.8")).empty());
  EXPECT_EQ(bench.neighbors.size(), 1u);
}

TEST(Neighbors, who_asks_us_is_learned_if_it_is_on_the_link) {
  Bench bench;
  EXPECT_EQ(only<SetNeighbor>(bench.neighbors.on_arp(start, lan, arp(1, their_mac, "192.0.2.7", "192.0.2.1"))).size(),
            1u);
  EXPECT_TRUE(bench.neighbors.on_arp(start, lan, arp(1, their_mac, "203.0.113.7", "192.0.2.1")).empty());
  EXPECT_TRUE(bench.neighbors.on_arp(start, lan, arp(1, their_mac, "0.0.0.0", "192.0.2.1")).empty()) << "a probe";
  EXPECT_TRUE(bench.neighbors.on_arp(start, lan, arp(1, their_mac, "192.0.2.9", "192.0.2.77")).empty()) << "not us";
  EXPECT_TRUE(bench.neighbors.on_arp(start, lan, arp(2, their_mac, "192.0.2.9", "192.0.2.1")).empty())
      << "not asked for";
  const auto solicited = bench.neighbors.on_nd(start, lan, nd(135, 0, "2001:db8::7", "2001:db8::1", "2001:db8::1"));
  EXPECT_EQ(only<SetNeighbor>(solicited).size(), 1u);
  EXPECT_TRUE(bench.neighbors.on_nd(start, lan, nd(135, 0, "2001:db8:f::7", "2001:db8::1", "2001:db8::1")).empty());
  EXPECT_EQ(bench.neighbors.size(), 2u);
}

TEST(Neighbors, advertisements_obey_the_override_and_solicited_flags) {
  Bench bench;
  constexpr std::uint32_t solicited = 0x40000000, override_old = 0x20000000;
  const auto advertise = [&](std::uint32_t flags, const char* option) {
    return only<SetNeighbor>(
        bench.neighbors.on_nd(start, lan, nd(136, flags, "2001:db8::7", "2001:db8::1", "2001:db8::7", option)));
  };
  EXPECT_TRUE(advertise(solicited | override_old, their_mac).empty()) << "nobody asked";
  bench.neighbors.on_miss(start, lan, ip("2001:db8::7"));
  EXPECT_TRUE(advertise(solicited, nullptr).empty()) << "says nothing about the MAC";
  EXPECT_EQ(advertise(solicited, their_mac).size(), 1u);
  EXPECT_TRUE(advertise(solicited, other_mac).empty()) << "may not override";
  EXPECT_EQ(only<AskNeighborUse>(bench.pass(start)).size(), 1u) << "but raises a doubt";
  const auto moved = advertise(override_old, other_mac);
  ASSERT_EQ(moved.size(), 1u);
  EXPECT_EQ(moved[0].mac, mac(other_mac));
  EXPECT_TRUE(advertise(solicited, nullptr).empty());
  EXPECT_EQ(bench.neighbors.rows(start).at(0).state, Neighbors::State::reachable) << "confirmed without naming the MAC";
}

TEST(Neighbors, a_damaged_or_foreign_neighbor_message_is_ignored) {
  Bench bench;
  bench.neighbors.on_miss(start, lan, ip("2001:db8::7"));
  const FrameBytes good = nd(136, 0x60000000, "2001:db8::7", "2001:db8::1", "2001:db8::7");
  for (std::size_t at = 14; at < good.size(); ++at) {
    FrameBytes bad = good;
    bad[at] ^= 0x10;
    const bool only_class_or_flow = at < 18 && at != 14;
    if (only_class_or_flow) continue;
    EXPECT_TRUE(bench.neighbors.on_nd(start, lan, bad).empty()) << at;
  }
  for (std::size_t length = 0; length < good.size(); ++length)
    EXPECT_TRUE(bench.neighbors.on_nd(start, lan, std::span(good).first(length)).empty());
  EXPECT_TRUE(bench.neighbors.on_nd(start, InterfaceIndex{9}, good).empty());
  EXPECT_EQ(bench.neighbors.on_nd(start, lan, good).size(), 1u);
}

TEST(Neighbors, our_addresses_are_announced_twice_when_they_come) {
  Neighbors neighbors({30000, 1000, 3});
  const auto first = only<SendFrame>(neighbors.set_links(start, {lan_link()}));
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(
      hex_of(first[0]),
      to_hex(hex("ffffffffffff 020000000001 0806 0001 0800 0604 0001 020000000001 c0000201 000000000000 c0000201")));
  EXPECT_EQ(hex_of(first[1]),
            to_hex(hex("333300000001 020000000001 86dd 60000000 0020 3a ff 20010db8000000000000000000000001"
                       "ff020000000000000000000000000001 88 00 792a a0000000 20010db8000000000000000000000001"
                       "02 01 020000000001")));
  EXPECT_EQ(faults(FrameBytes(first[1].frame.begin() + 14, first[1].frame.end())), "");
  EXPECT_EQ(neighbors.deadline(), start + 2s);
  EXPECT_EQ(only<SendFrame>(neighbors.on_deadline(start + 2s)).size(), 2u);
  EXPECT_EQ(neighbors.deadline(), never);

  Link more = lan_link();
  more.ours.push_back(ip("192.0.2.80"));
  const auto added = only<SendFrame>(neighbors.set_links(start + 10s, {more}));
  ASSERT_EQ(added.size(), 1u) << "only the new one";
  EXPECT_EQ(to_hex(FrameBytes(added[0].frame.end() - 4, added[0].frame.end())), "c0 00 02 50");
  neighbors.set_links(start + 11s, {lan_link()});
  EXPECT_EQ(neighbors.deadline(), never) << "one that was taken back is not announced again";
}

TEST(Neighbors, thousands_of_addresses_are_announced_in_small_groups) {
  Neighbors neighbors({30000, 1000, 3});
  Link link = lan_link();
  for (std::uint32_t i = 0; i < 1000; ++i) link.ours.push_back(IpAddr::v4(0xc6336400 + i));
  std::size_t frames = neighbors.set_links(start, {link}).size();
  EXPECT_EQ(frames, 64u);
  Instant now = start;
  while (neighbors.deadline() != never) {
    EXPECT_GE(neighbors.deadline(), now + 10ms);
    now = neighbors.deadline();
    const std::size_t count = neighbors.on_deadline(now).size();
    EXPECT_LE(count, 64u);
    frames += count;
  }
  EXPECT_EQ(frames, 2 * 1002u);
}

TEST(Neighbors, another_station_with_our_address_is_reported_and_answered_every_ten_seconds) {
  Bench bench;
  const auto first = bench.neighbors.on_arp(start, lan, arp(1, their_mac, "192.0.2.1", "192.0.2.7"));
  ASSERT_EQ(only<AddressConflict>(first).size(), 1u);
  EXPECT_EQ(only<AddressConflict>(first)[0].address, ip("192.0.2.1"));
  EXPECT_EQ(only<AddressConflict>(first)[0].other, mac(their_mac));
  EXPECT_EQ(only<SendFrame>(first).size(), 1u);
  EXPECT_TRUE(bench.neighbors.on_arp(start + 9s, lan, arp(1, their_mac, "192.0.2.1", "192.0.2.7")).empty());
  EXPECT_EQ(bench.neighbors.on_arp(start + 10s, lan, arp(2, their_mac, "192.0.2.1", "192.0.2.7")).size(), 2u);
  const auto v6 = bench.neighbors.on_nd(start, lan, nd(136, 0x20000000, "2001:db8::1", "ff02::1", "2001:db8::1"));
  EXPECT_EQ(only<AddressConflict>(v6).size(), 1u);
  EXPECT_TRUE(bench.neighbors.on_arp(start + 60s, lan, arp(1, our_mac, "192.0.2.1", "192.0.2.1")).empty())
      << "ourselves";
  EXPECT_EQ(bench.neighbors.size(), 0u);
}

TEST(Neighbors, an_interface_that_goes_takes_its_neighbors_along) {
  Bench bench;
  resolve(bench, "192.0.2.7", start);
  bench.neighbors.on_miss(start, wan, ip("198.51.100.9"));
  const auto actions = only<EraseNeighbor>(bench.neighbors.set_links(start, {lan_link()}));
  ASSERT_EQ(actions.size(), 1u);
  EXPECT_EQ(actions[0].interface, wan);
  Link renamed = lan_link();
  renamed.name = "dmz";
  EXPECT_EQ(only<EraseNeighbor>(bench.neighbors.set_links(start, {renamed})).size(), 1u);
  EXPECT_EQ(bench.neighbors.size(), 0u);
}

TEST(Neighbors, a_neighbors_address_that_becomes_ours_is_no_neighbor_any_more) {
  Bench bench;
  resolve(bench, "192.0.2.7", start);
  Link link = lan_link();
  link.ours.push_back(ip("192.0.2.7"));
  EXPECT_EQ(only<EraseNeighbor>(bench.neighbors.set_links(start, {link, wan_link()})).size(), 1u);
  const auto refused = bench.neighbors.on_miss(start, lan, ip("192.0.2.7"));
  EXPECT_TRUE(only<SendFrame>(refused).empty());
  EXPECT_EQ(only<EraseNeighbor>(refused).size(), 1u);
}

TEST(Neighbors, a_scan_or_a_flood_of_requests_cannot_fill_the_table) {
  Bench bench(64);
  for (std::uint32_t i = 0; i < 200; ++i) bench.neighbors.on_miss(start, lan, IpAddr::v4(0xc0000202 + i));
  EXPECT_EQ(bench.neighbors.size(), 16u);
  for (std::uint32_t i = 2; i < 200; ++i) {
    const std::string sender = "2001:db8::" + std::to_string(i);
    bench.neighbors.on_nd(start, lan, nd(135, 0, sender.c_str(), "2001:db8::1", "2001:db8::1"));
  }
  EXPECT_EQ(bench.neighbors.size(), 16u + 32u);
  EXPECT_GT(bench.neighbors.refused(), 0u);
  const auto refused = bench.neighbors.on_miss(start, lan, ip("192.0.2.250"));
  ASSERT_EQ(refused.size(), 2u) << "the workers must not keep packets for it";
  EXPECT_FALSE(only<SetNeighbor>(refused).at(0).resolved);
  bench.pass(start + 7s);
  EXPECT_EQ(only<SendFrame>(bench.neighbors.on_miss(start + 7s, lan, ip("192.0.2.250"))).size(), 1u);
}

TEST(Neighbors, survives_any_bytes_at_any_time) {
  Bench bench(64);
  std::mt19937 random(5);
  Instant now = start;
  const FrameBytes samples[] = {arp(1, their_mac, "192.0.2.7", "192.0.2.1"),
                                arp(2, their_mac, "192.0.2.7", "192.0.2.1"),
                                nd(135, 0, "2001:db8::7", "2001:db8::1", "2001:db8::1"),
                                nd(136, 0x60000000, "2001:db8::7", "2001:db8::1", "2001:db8::7")};
  for (int round = 0; round < 30000; ++round) {
    FrameBytes frame = samples[random() % 4];
    for (auto changes = random() % 4; changes > 0; --changes) frame[random() % frame.size()] = std::uint8_t(random());
    frame.resize(random() % 8 == 0 ? random() % (frame.size() + 1) : frame.size());
    const InterfaceIndex interface{std::uint16_t(random() % 3)};
    switch (random() % 4) {
      case 0:
        bench.neighbors.on_arp(now, interface, frame);
        break;
      case 1:
        bench.neighbors.on_nd(now, interface, frame);
        break;
      case 2:
        bench.neighbors.on_miss(now, interface, IpAddr::v4(0xc0000200 + std::uint32_t(random() % 40)));
        break;
      default:
        now += std::chrono::milliseconds(random() % 3000);
        bench.pass(now);
    }
    ASSERT_LE(bench.neighbors.size(), 64u);
    ASSERT_GT(bench.neighbors.deadline(), now - 1s);
  }
}

}  // namespace
}  // namespace poise::control
