#include "control/neighbor_frames.hpp"

#include <gtest/gtest.h>

#include "tests/datapath/fixture.hpp"

namespace poise::control {
namespace {

using datapath::ip;
using datapath::mac;

TEST(NeighborFrames, the_links_of_a_configuration_hold_what_is_answered_for_on_them) {
  auto tables = datapath::two_interfaces();
  datapath::Service service;
  service.address = ip("203.0.113.10");
  tables->services.push_back(service);
  service.address = ip("192.0.2.80");
  tables->local.insert(service.address, {datapath::LocalAddress::service_address, InterfaceIndex{0}});
  tables->services.push_back(service);
  tables->services.push_back(service);
  tables->snat_pools.push_back({"pool", {ip("192.0.2.50")}, {}});
  const std::vector<Link> links = links_of(*tables);
  ASSERT_EQ(links.size(), 2u);
  EXPECT_EQ(links[0].name, "lan");
  EXPECT_EQ(links[0].ours, (std::vector{ip("192.0.2.1"), ip("2001:db8:1::1"), ip("192.0.2.80"), ip("192.0.2.50")}))
      << "203.0.113.10 is in no subnet: nobody needs an announcement of it";
  EXPECT_EQ(links[1].vlan, 100);
  EXPECT_TRUE(links[0].is_ours(ip("fe80::1")));
}

TEST(NeighborFrames, a_link_knows_who_is_on_it_and_which_address_to_ask_from) {
  const Link link{"lan",
                  PortIndex{0},
                  0,
                  mac("02:00:00:00:00:01"),
                  {{ip("192.0.2.1"), 24}, {ip("10.0.0.1"), 8}, {ip("2001:db8::1"), 64}},
                  ip("fe80::1"),
                  {}};
  EXPECT_TRUE(link.is_on_link(ip("10.9.9.9")) && link.is_on_link(ip("fe80::7")) && link.is_on_link(ip("2001:db8::7")));
  EXPECT_FALSE(link.is_on_link(ip("198.51.100.1")) || link.is_on_link(ip("224.0.0.1")) ||
               link.is_on_link(ip("0.0.0.0")));
  EXPECT_EQ(link.source_for(ip("10.9.9.9")), ip("10.0.0.1"));
  EXPECT_EQ(link.source_for(ip("198.51.100.1")), ip("192.0.2.1"));
  EXPECT_EQ(link.source_for(ip("2001:db8::7")), ip("2001:db8::1"));
  EXPECT_EQ(link.source_for(ip("2001:db8:f::7")), ip("fe80::1"));
  EXPECT_EQ(Link{}.source_for(ip("10.0.0.1")), ip("0.0.0.0"));
}

TEST(NeighborFrames, without_an_address_of_our_own_a_question_does_not_say_where_we_are) {
  Link bare;
  bare.mac = mac("02:00:00:00:00:01");
  const FrameBytes frame = make_question(bare, ip("2001:db8::7"), nullptr);
  EXPECT_EQ(frame.size(), 14u + 40 + 24);
  EXPECT_EQ(datapath::faults(FrameBytes(frame.begin() + 14, frame.end())), "");
}

}  // namespace
}  // namespace poise::control
