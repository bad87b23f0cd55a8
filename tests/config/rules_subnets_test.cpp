#include "tests/config/support.hpp"

namespace poise::config {
namespace {

TEST(RulesSubnets, an_interface_address_is_a_host_in_a_subnet) {
  struct Row {
    const char *address, *words;
  };
  for (auto [address, words] :
       {Row{"10.9.0.0/24", "is the subnet"}, Row{"10.9.0.255/24", "the broadcast address of the subnet"},
        Row{"2001:db8:9::/64", "is the subnet"}, Row{"0.0.0.0/8", "no address of a host"},
        Row{"224.0.0.1/24", "multicast"}, Row{"127.0.0.1/8", "loopback"}, Row{"::1", "loopback"},
        Row{"10.9.0.1/0", "every address a neighbour"}, Row{"255.255.255.255/32", "broadcast"}})
    expect_refused({R"({"interfaces": {"x": {"device": "d", "addresses": [")" + std::string(address) + "\"]}}}",
                    "interfaces.x.addresses[0]", words});
  for (const char* address :
       {"10.9.0.0/31", "10.9.0.1/31", "10.9.0.0/32", "10.9.0.254/24", "2001:db8:9::/127", "2001:db8:9::ffff/112"})
    expect_accepted(R"({"interfaces": {"x": {"device": "d", "addresses": [")" + std::string(address) + "\"]}}}");
}

TEST(RulesSubnets, an_address_is_used_once) {
  expect_refused({R"({"interfaces": {"x": {"device": "d", "addresses": ["10.0.0.1/32"]}}})",
                  "interfaces.x.addresses[0]", "10.0.0.1 is at interfaces.lan.addresses[0] already"});
  expect_refused({R"({"interfaces": {"x": {"device": "d", "addresses": ["10.9.0.1/24", "10.9.0.1/25"]}}})",
                  "interfaces.x.addresses[1]", "already"});
  expect_accepted(
      R"({"interfaces": {"x": {"device": "d", "addresses": ["fe80::1/64"]},
          "y": {"device": "e", "addresses": ["fe80::1/64"]}}})");
}

TEST(RulesSubnets, subnets_of_different_interfaces_do_not_overlap) {
  struct Row {
    const char *address, *path;  // the narrower one of the two is reported
  };
  for (auto [address, path] :
       {Row{"10.0.0.9/24", "interfaces.x.addresses[0]"}, Row{"10.0.0.9/25", "interfaces.x.addresses[0]"},
        Row{"10.0.9.9/16", "interfaces.lan.addresses[0]"}, Row{"10.0.0.9/30", "interfaces.x.addresses[0]"},
        Row{"203.0.113.130/25", "interfaces.x.addresses[0]"}, Row{"2001:db8:2::9/63", "interfaces.lan.addresses[1]"}})
    expect_refused({R"({"interfaces": {"x": {"device": "d", "addresses": [")" + std::string(address) + "\"]}}}", path,
                    "overlaps"});
}

TEST(RulesSubnets, a_subnet_may_have_several_addresses_on_one_interface) {
  expect_accepted(
      R"({"interfaces": {"x": {"device": "d", "addresses": ["10.9.0.1/24", "10.9.0.2/24", "10.9.0.3/25", "10.9.0.4/32"]}}})");
  expect_accepted(R"({"interfaces": {"x": {"device": "d", "addresses": ["10.0.0.200/32"]}}})");
}

TEST(RulesSubnets, an_overlap_is_found_behind_a_nested_subnet_of_the_same_interface) {
  expect_refused({R"({"interfaces": {"x": {"device": "d", "addresses": ["10.9.0.1/16", "10.9.1.1/24"]},
          "y": {"device": "e", "addresses": ["10.9.2.1/24"]}}})",
                  "interfaces.y.addresses[0]", "overlaps 10.9.0.1/16 at interfaces.x.addresses[0]"});
}

}  // namespace
}  // namespace poise::config
