#include "tests/config/import/imported.hpp"

namespace poise::config::importing {
namespace {

std::string holding(const std::string& addresses, const std::string& lines = "") {
  return "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n priority 100\n virtual_ipaddress {\n" +
         addresses + "\n }\n" + lines + "\n}\n";
}
const std::string at = "/vrrp/instances/VI_1/";

TEST(KeepalivedAddresses, are_taken_without_what_is_for_the_kernel) {
  for (const PartRow& row :
       {PartRow{holding("192.168.1.100"), at + "addresses", R"(["192.168.1.100"])"},
        PartRow{
            holding("192.168.1.100/24 brd 192.168.1.255 dev eth0 scope global label eth0:1\n192.168.1.101/32 no_track"),
            at + "addresses", R"(["192.168.1.100","192.168.1.101"])"},
        PartRow{holding("192.168.1.100 192.168.1.101 dev eth0 192.168.1.102"), at + "addresses",
                R"(["192.168.1.100","192.168.1.101","192.168.1.102"])"},
        PartRow{holding("fe80::100\n2001:db8::100/64"), at + "addresses", R"(["fe80::100","2001:db8::100"])"},
        PartRow{holding("192.168.1.100", "unicast_peer {\n 192.168.1.2\n 192.168.1.3 min_ttl 250 max_ttl 254\n}"),
                at + "unicast_peers", R"(["192.168.1.2","192.168.1.3"])"},
        PartRow{holding("192.168.1.100", "unicast_peer {\n 192.168.1.3 min_ttl 250 max_ttl 254\n}"),
                at + "unicast_ttl_min", "250"},
        PartRow{holding("192.168.1.100", "virtual_routes {\n 10.0.0.0/8 via 192.168.1.9 dev eth0\n}"), "/routes", ""}})
    expect_part(row);
  const Imported found = imported(holding("192.168.1.100/24 label eth0:1\n192.168.1.101/24"));
  EXPECT_NE(notes_on(found, "192.168.1.100/24").find("changed: without label eth0:1"), std::string::npos);
  EXPECT_NE(notes_on(found, "192.168.1.101/24").find("changed: without /24"), std::string::npos);
}

TEST(KeepalivedAddresses, what_cannot_be_held_is_refused_or_left_out) {
  for (const RefusedRow& row :
       {RefusedRow{holding("192.168.1.300"), "k.conf:6: \"192.168.1.300\" is no address"},
        RefusedRow{holding("10.0.0.7 dev eth1"), "10.0.0.7 is on eth1, the advertisements are on eth0"},
        RefusedRow{holding("192.168.1.100", "virtual_ipaddress_excluded {\n 192.168.1.101\n}"),
                   "k.conf:9: an address that is not in the advertisements cannot be held"},
        RefusedRow{holding("192.168.1.100\nfe80::5"), "is of the other family"},
        RefusedRow{holding("192.168.1.1"), "is this node's own address"},
        RefusedRow{holding("2001:db8::100"), "the first IPv6 address must be link-local"},
        RefusedRow{holding(""), "there is no address"},
        RefusedRow{holding("192.168.1.100", "unicast_peer {\n nobody\n}"), "k.conf:9: \"nobody\" is no address"}})
    expect_refused(row);
  const Imported found = imported(holding("192.168.1.100", "virtual_ipaddress_excluded {\n 192.168.1.101\n}"), true);
  EXPECT_EQ(text_of_errors(found), "");
  EXPECT_NE(notes_on(found, "192.168.1.101").find("problem: left out"), std::string::npos);
}

TEST(KeepalivedAddresses, more_than_fit_into_a_packet_are_refused) {
  std::string many;
  for (int i = 2; i < 254; ++i) many += "10.1.1." + std::to_string(i) + "\n10.1.2." + std::to_string(i) + "\n";
  expect_refused({holding(many), "k.conf"});
}

}  // namespace
}  // namespace poise::config::importing
