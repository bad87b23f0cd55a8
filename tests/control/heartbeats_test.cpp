#include "control/heartbeats.hpp"

#include <gtest/gtest.h>

#include "control/ethernet_frame.hpp"
#include "tests/control/fake_machine.hpp"
#include "tests/support/frames.hpp"

namespace poise::control {
namespace {

using datapath::Bytes;
using datapath::hex;

constexpr std::size_t lan = 1;  // ports are in order of their names

// Node number 1 or 2 of a pair on "lan" that shares 192.0.2.200, with version 2 adverts each second and a heartbeat of
// 5 ms.
nlohmann::json node_document(int number) {
  nlohmann::json document = small_document();
  document["services"] = nlohmann::json::object();
  document["interfaces"]["lan"]["addresses"] = {"192.0.2." + std::to_string(number) + "/24"};
  document["interfaces"]["lan"]["mac"] = "02:00:00:00:01:0" + std::to_string(number);
  document["vrrp"]["instances"]["VI_1"] = {{"interface", "lan"},
                                           {"virtual_router_id", 51},
                                           {"version", 2},
                                           {"priority", 200 - 50 * number},
                                           {"addresses", {"192.0.2.200"}}};
  document["vrrp"]["heartbeats"]["peer"] = {{"interface", "lan"}, {"peer", "192.0.2." + std::to_string(3 - number)}};
  return document;
}

// Two nodes in memory whose frames reach one another.
struct Segment {
  Segment() {
    for (Appliance* node : {&first, &second}) node->machine.links.assign(2, true);
    pass(6s);
  }
  void pass(Duration time) {
    for (Duration passed{}; passed < time; passed += 1ms) {
      if (!first_hangs) first.pass(1ms);
      second.pass(1ms);
      if (first_hangs) {  // its workers go on
        first.now += 1ms;
        first.machine.run_workers(first.now);
      }
      carry(first, second);
      carry(second, first);
    }
  }
  void carry(Appliance& from, Appliance& to) const {
    for (std::size_t worker = 0; worker < 2; ++worker)
      for (const Bytes& frame : from.machine.port(worker, lan).take())
        if (!cut) to.machine.port(0, lan).give(frame);
  }
  static std::string vrrp(Appliance& node) { return node.get("/v1/vrrp/VI_1")["state"]; }
  static nlohmann::json heartbeat(Appliance& node) { return node.get("/v1/heartbeats").at(0); }
  bool holds(Appliance& node) const { return node.machine.engine().holds()[HoldIndex{0}].answers(node.now); }

  Appliance first{node_document(1)}, second{node_document(2)};
  bool cut = false, first_hangs = false;
};

TEST(Heartbeats, both_nodes_come_up_and_one_is_master) {
  Segment segment;
  EXPECT_EQ(Segment::heartbeat(segment.first)["state"], "up");
  EXPECT_EQ(Segment::heartbeat(segment.second)["state"], "up");
  EXPECT_EQ(Segment::heartbeat(segment.second)["detection_time_ms"], 15);
  EXPECT_EQ(Segment::vrrp(segment.first), "master");
  EXPECT_EQ(Segment::vrrp(segment.second), "backup");
}

TEST(Heartbeats, when_the_master_falls_silent_the_backup_takes_over_within_milliseconds) {
  Segment segment;
  segment.cut = true;
  Duration passed{};
  for (; Segment::vrrp(segment.second) == "backup" && passed < 1s; passed += 1ms) segment.pass(1ms);
  EXPECT_LE(passed, 25ms);
  EXPECT_EQ(segment.second.get("/v1/vrrp/VI_1")["reason"], "peer_silent");
  EXPECT_EQ(Segment::heartbeat(segment.second)["lost"], 1);
}

TEST(Heartbeats, a_hung_master_falls_silent_before_the_other_answers) {
  Segment segment;
  segment.first_hangs = true;
  for (int i = 0; i < 100; ++i) {
    segment.pass(1ms);
    ASSERT_FALSE(segment.holds(segment.first) && segment.holds(segment.second)) << "after " << i << " ms";
  }
  EXPECT_TRUE(segment.holds(segment.second));
}

TEST(Heartbeats, a_node_that_stops_says_so_and_is_not_taken_for_silent) {
  Segment segment;
  segment.first.core.leave_virtual_routers();
  for (int i = 0; i < 3000 && !segment.first.core.has_left_virtual_routers(); ++i) segment.pass(1ms);
  segment.pass(50ms);
  EXPECT_EQ(Segment::heartbeat(segment.second)["lost"], 0);
  EXPECT_EQ(segment.second.get("/v1/vrrp/VI_1")["reason"], "master_left");
}

TEST(Heartbeats, one_that_stays_in_the_configuration_is_not_touched_by_another_change) {
  Segment segment;
  const auto received = [&] { return Segment::heartbeat(segment.first)["received"].get<std::uint64_t>(); };
  const std::uint64_t before = received();
  ASSERT_EQ(segment.first.ask("PATCH", "/v1/config", R"({"forwarding": false})").status, 200);
  segment.pass(20ms);
  EXPECT_EQ(Segment::heartbeat(segment.first)["state"], "up");
  EXPECT_GT(received(), before);
  ASSERT_EQ(segment.first.ask("DELETE", "/v1/config/vrrp/heartbeats/peer").status, 200);
  EXPECT_TRUE(segment.first.get("/v1/heartbeats").empty());
}

TEST(EthernetFrame, a_vlan_has_its_tag_and_what_is_too_short_is_empty) {
  const Bytes packet = hex("45000014 00000000 40700000 00000000 00000000");
  const MacAddr to{{1, 2, 3, 4, 5, 6}}, from{{2, 2, 2, 2, 2, 2}};
  EXPECT_EQ(ethernet_frame(to, from, 0, packet).size(), 34u);
  const FrameBytes tagged = ethernet_frame(to, from, 100, packet);
  EXPECT_EQ(Bytes(tagged.begin() + 12, tagged.begin() + 18), hex("8100 0064 0800"));
  const auto inside = packet_of(tagged);
  EXPECT_EQ(Bytes(inside.begin(), inside.end()), packet);
  EXPECT_TRUE(packet_of(std::span(tagged).first(18)).empty());
}

}  // namespace
}  // namespace poise::control
