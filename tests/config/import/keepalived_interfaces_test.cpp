#include "tests/config/import/imported.hpp"

namespace poise::config::importing {
namespace {

std::string on(const std::string& interface, const std::string& lines = "") {
  return "vrrp_instance VI_1 {\n interface " + interface +
         "\n virtual_router_id 51\n virtual_ipaddress {\n 192.168.1.100\n }\n" + lines + "\n}\n";
}

TEST(KeepalivedInterfaces, become_ports_and_vlans_with_what_the_machine_knows) {
  for (const PartRow& row :
       {PartRow{on("eth0"), "/interfaces",
                R"({"eth0":{"device":"0000:03:00.0","addresses":["192.168.1.1/24","fe80::1/64"]}})"},
        PartRow{on("eth1"), "/interfaces",
                R"({"eth1":{"device":"net_tap_eth1,iface=eth1","addresses":["10.0.0.1/24"]}})"},
        PartRow{on("eth7", "unicast_src_ip 10.9.9.9"), "/interfaces",
                R"({"eth7":{"device":"net_tap_eth7,iface=eth7"}})"},
        PartRow{on("eth0.100", "mcast_src_ip 10.9.9.9"), "/interfaces/eth0/vlans", R"({"eth0.100":{"id":100}})"},
        PartRow{on("eth0.100", "mcast_src_ip 10.9.9.9"), "/vrrp/instances/VI_1/interface", "\"eth0.100\""},
        PartRow{on("eth0.5000", "mcast_src_ip 10.9.9.9"), "/interfaces/eth0.5000/device",
                "\"net_tap_eth0.5000,iface=eth0.5000\""},
        PartRow{on("eth0", "track_interface {\n eth1\n eth0.7\n}"), "/interfaces/eth0/vlans",
                R"({"eth0.7":{"id":7}})"}})
    expect_part(row);
}

TEST(KeepalivedInterfaces, an_address_that_is_only_held_now_is_not_the_interfaces_own) {
  ImportOptions options = options_of_a_machine();
  options.addresses["eth0"] = {*parse_prefix("192.168.1.1/24"), *parse_prefix("192.168.1.100/32")};
  Imported found = import_keepalived(on("eth0"), options);
  EXPECT_EQ(text_of_errors(found), "");
  EXPECT_EQ(part(found, "/interfaces/eth0/addresses").dump(), R"(["192.168.1.1/24"])");
  found = import_keepalived(on("eth0", "priority 255"), options);  // the owner
  EXPECT_EQ(text_of_errors(found), "");
  EXPECT_EQ(part(found, "/interfaces/eth0/addresses").size(), 2u);
}

TEST(KeepalivedInterfaces, a_device_may_be_named_for_what_looks_like_a_vlan) {
  ImportOptions options = options_of_a_machine();
  options.devices["eth0.100"] = "0000:04:00.0";
  options.addresses["eth0.100"] = {*parse_prefix("192.168.1.2/24")};
  const Imported found = import_keepalived(on("eth0.100"), options);
  EXPECT_EQ(text_of_errors(found), "");
  EXPECT_EQ(part(found, "/interfaces").dump(),
            R"({"eth0.100":{"addresses":["192.168.1.2/24"],"device":"0000:04:00.0"}})");
}

TEST(KeepalivedInterfaces, without_a_source_address_the_option_that_gives_one_is_named) {
  const Imported found = imported(on("eth7"));
  ASSERT_EQ(found.errors.size(), 1u) << text_of_errors(found);
  EXPECT_EQ(found.errors[0].path, "k.conf:2");
  EXPECT_EQ(found.errors[0].problem, "no IPv4 address of eth7 is known, to send advertisements from");
  EXPECT_NE(found.errors[0].fix.find("--address eth7=192.168.1.1/24"), std::string::npos);
}

}  // namespace
}  // namespace poise::config::importing
