#include "tests/config/support.hpp"

namespace poise::config {
namespace {

TEST(RulesInterfaces, an_interface_is_one_device_or_a_bond_of_some) {
  for (const Refusal& row : {
           Refusal{R"({"interfaces": {"x": {}}})", "interfaces.x", "neither device nor bond"},
           Refusal{R"({"interfaces": {"x": {"device": "a", "bond": {"devices": ["b"]}}}})", "interfaces.x",
                   "both device and bond"},
           Refusal{R"({"interfaces": {"x": {"bond": {"devices": []}}}})", "interfaces.x.bond.devices", "no member"},
           Refusal{R"({"interfaces": {"x": {"bond": {"devices": ["a", "a"]}}}})", "interfaces.x.bond.devices[1]",
                   "used by interfaces.x.bond.devices[0]"},
           Refusal{R"({"interfaces": {"x": {"bond": {"devices": ["a", ""]}}}})", "interfaces.x.bond.devices[1]",
                   "empty"},
           Refusal{R"({"interfaces": {"x": {"device": "net_tap0,iface=other"}}})", "interfaces.x.device",
                   "net_tap0 is used by interfaces.wan.device"},
           Refusal{R"({"interfaces": {"x": {"device": "0000:03:00.0"}, "y": {"device": "03:00.0,opt=1"}}})",
                   "interfaces.y.device", "0000:03:00.0 is used"},
       })
    expect_refused(row);
  expect_accepted(R"({"interfaces": {"x": {"bond": {"devices": ["a", "b"]}}}})");
}

TEST(RulesInterfaces, a_mac_is_of_one_station) {
  expect_refused(
      {R"({"interfaces": {"wan": {"mac": "01:00:5e:00:00:01"}}})", "interfaces.wan.mac", "no address of one station"});
  expect_refused(
      {R"({"interfaces": {"wan": {"mac": "00:00:00:00:00:00"}}})", "interfaces.wan.mac", "no address of one station"});
  expect_accepted(R"({"interfaces": {"wan": {"mac": "02:00:5e:00:00:01"}}})");
}

TEST(RulesInterfaces, ipv6_needs_its_least_mtu) {
  expect_refused({R"({"interfaces": {"wan": {"mtu": 1279}}})", "interfaces.wan.mtu", "below 1280"});
  expect_accepted(R"({"interfaces": {"wan": {"mtu": 1280}}})");
  expect_accepted(
      R"({"interfaces": {"lan": {"addresses": ["10.0.0.1/24"], "mtu": 576}},
          "snat_pools": {"both": {"addresses": ["10.0.0.2"]}}})");
  expect_refused(
      {R"({"interfaces": {"lan": {"vlans": {"lan.100": {"mtu": 1000, "addresses": ["2001:db8:9::1/64"]}}}}})",
       "interfaces.lan.vlans[\"lan.100\"].mtu", "below 1280"});
}

TEST(RulesInterfaces, vlans_have_numbers_of_their_own_and_fit_their_interface) {
  expect_refused({R"({"interfaces": {"lan": {"vlans": {"other": {"id": 100}}}}})", "interfaces.lan.vlans.other.id",
                  "VLAN 100 is \"lan.100\" already"});
  expect_accepted(R"({"interfaces": {"wan": {"vlans": {"other": {"id": 100}}}}})");
  expect_refused({R"({"interfaces": {"lan": {"vlans": {"lan.100": {"mtu": 1501}}}}})",
                  "interfaces.lan.vlans[\"lan.100\"].mtu", "above the interface's 1500"});
}

TEST(RulesInterfaces, names_of_interfaces_and_vlans_all_differ) {
  expect_refused({R"({"interfaces": {"wan": {"vlans": {"lan": {"id": 5}}}}})", "interfaces.wan.vlans.lan",
                  "taken by interfaces.lan"});
  expect_refused({R"({"interfaces": {"wan": {"vlans": {"lan.100": {"id": 5}}}}})", "interfaces.wan.vlans[\"lan.100\"]",
                  "is taken by"});
}

TEST(RulesInterfaces, a_host_path_needs_a_name_that_the_kernel_takes) {
  expect_refused({R"({"interfaces": {"ten_letter": {"device": "x", "host_path": true}}})",
                  "interfaces.ten_letter.host_path", "at most 9"});
  expect_accepted(R"({"interfaces": {"ten_lette": {"device": "x", "host_path": true}}})");
}

TEST(RulesInterfaces, ports_and_interfaces_are_bounded) {
  Config config;
  for (int i = 0; i < 33; ++i)
    config.interfaces["p" + std::to_string(i)] = Interface{.device = "d" + std::to_string(i), .host_path = true};
  EXPECT_TRUE(mentions(validate(config), "interfaces", "66 ports")) << text_of(validate(config));
  Config vlans;
  for (std::uint16_t i = 0; i < 1024; ++i)
    vlans.interfaces["x"].vlans["v" + std::to_string(i)] = Vlan{.id = std::uint16_t(i + 1)};
  vlans.interfaces["x"].device = "d";
  EXPECT_TRUE(mentions(validate(vlans), "interfaces", "1025 interfaces and VLANs")) << text_of(validate(vlans));
}

}  // namespace
}  // namespace poise::config
