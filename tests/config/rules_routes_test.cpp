#include "tests/config/support.hpp"

namespace poise::config {
namespace {

Refusal route(const std::string& route, const std::string& path, const std::string& words) {
  return {"{\"routes\": [" + route + "]}", path, words};
}

TEST(RulesRoutes, a_route_has_a_network_and_a_way) {
  for (const Refusal& row :
       {route(R"({"prefix": "10.1.2.3/8", "via": [{"gateway": "10.0.0.254"}]})", "routes[0].prefix",
              "write 10.0.0.0/8"),
        route(R"({"prefix": "224.0.0.0/4", "via": [{"gateway": "10.0.0.254"}]})", "routes[0].prefix",
              "cannot be routed"),
        route(R"({"prefix": "127.0.0.0/8", "via": [{"gateway": "10.0.0.254"}]})", "routes[0].prefix",
              "cannot be routed"),
        route(R"({"prefix": "10.1.0.0/16", "via": []})", "routes[0].via", "no next hop"),
        route(R"({"prefix": "10.1.0.0/16", "via": [{}]})", "routes[0].via[0]", "neither gateway nor interface"),
        route(
            R"({"prefix": "10.1.0.0/16", "via": [{"gateway": "10.0.0.254"}, {"gateway": "10.0.0.254", "weight": 2}]})",
            "routes[0].via[1]", "twice"),
        route(
            R"({"prefix": "10.1.0.0/16", "via": [{"gateway": "10.0.0.254"}]},
               {"prefix": "10.1.0.0/16", "via": [{"gateway": "10.0.0.253"}]})",
            "routes[1].prefix", "10.1.0.0/16 is at routes[0] already")})
    expect_refused(row);
  expect_accepted(
      R"({"routes": [{"prefix": "10.1.0.0/16", "via": [{"gateway": "10.0.0.254"}, {"gateway": "10.0.0.253", "weight": 9}]}]})");
}

TEST(RulesRoutes, a_gateway_is_a_neighbour_of_the_routes_family) {
  for (const Refusal& row :
       {route(R"({"prefix": "10.1.0.0/16", "via": [{"gateway": "2001:db8:1::1"}]})", "routes[0].via[0].gateway",
              "not of the route's family, IPv4"),
        route(R"({"prefix": "2001:db8:9::/48", "via": [{"gateway": "10.0.0.254"}]})", "routes[0].via[0].gateway",
              "not of the route's family, IPv6"),
        route(R"({"prefix": "10.1.0.0/16", "via": [{"gateway": "192.168.1.1"}]})", "routes[0].via[0].gateway",
              "on no subnet of an interface"),
        route(R"({"prefix": "10.1.0.0/16", "via": [{"gateway": "10.0.0.1"}]})", "routes[0].via[0].gateway",
              "own address, at interfaces.lan.addresses[0]"),
        route(R"({"prefix": "10.1.0.0/16", "via": [{"gateway": "0.0.0.0"}]})", "routes[0].via[0].gateway",
              "no address of a host"),
        route(R"({"prefix": "::/0", "via": [{"gateway": "fe80::1"}]})", "routes[0].via[0].gateway", "link-local"),
        route(R"({"prefix": "::/0", "via": [{"gateway": "fe80::1", "interface": "wam"}]})",
              "routes[0].via[0].interface", "did you mean \"wan\"?")})
    expect_refused(row);
  for (const char* hop : {R"({"gateway": "192.168.1.1", "interface": "lan"})", R"({"interface": "lan.100"})",
                          R"({"gateway": "10.100.0.9"})"})
    expect_accepted(R"({"routes": [{"prefix": "10.1.0.0/16", "via": [)" + std::string(hop) + "]}]}");
  expect_accepted(R"({"routes": [{"prefix": "::/0", "via": [{"gateway": "fe80::1", "interface": "wan"}]}]})");
}

TEST(RulesRoutes, a_single_address_makes_no_subnet_for_a_gateway) {
  expect_accepted(
      R"({"interfaces": {"x": {"device": "d", "addresses": ["192.168.1.2/31"]}},
          "routes": [{"prefix": "0.0.0.0/0", "via": [{"gateway": "192.168.1.3"}]}]})");
  expect_refused({R"({"interfaces": {"x": {"device": "d", "addresses": ["192.168.1.2/32"]}},
          "routes": [{"prefix": "0.0.0.0/0", "via": [{"gateway": "192.168.1.3"}]}]})",
                  "routes[0].via[0].gateway", "on no subnet"});
}

TEST(RulesRoutes, snat_pools_have_addresses_of_their_own_and_ports) {
  for (const Refusal& row :
       {Refusal{R"({"snat_pools": {"x": {"addresses": []}}})", "snat_pools.x.addresses", "no address"},
        Refusal{R"({"snat_pools": {"x": {"addresses": ["10.0.0.9"], "port_first": 2000, "port_last": 1999}}})",
                "snat_pools.x.port_first", "swap them"},
        Refusal{R"({"snat_pools": {"x": {"addresses": ["10.0.0.9", "10.0.0.9"]}}})", "snat_pools.x.addresses[1]",
                "already"},
        Refusal{R"({"snat_pools": {"x": {"addresses": ["10.0.0.2"]}}})", "snat_pools.x.addresses[0]",
                "at snat_pools.both.addresses[0] already"},
        Refusal{R"({"snat_pools": {"x": {"addresses": ["224.1.1.1"]}}})", "snat_pools.x.addresses[0]", "multicast"}})
    expect_refused(row);
  expect_accepted(R"({"snat_pools": {"x": {"addresses": ["10.0.0.1"], "port_first": 2000, "port_last": 2000}}})");
}

TEST(RulesRoutes, snat_rules_name_what_exists_and_can_match) {
  const auto rule = [](const std::string& text) { return "{\"snat_rules\": [" + text + "]}"; };
  for (const Refusal& row : {Refusal{rule(R"({"source": "10.0.0.0/24", "interface": "wna", "snat_pool": "both"})"),
                                     "snat_rules[0].interface", "did you mean \"wan\"?"},
                             Refusal{rule(R"({"source": "10.0.0.0/24", "interface": "wan", "snat_pool": "bot"})"),
                                     "snat_rules[0].snat_pool", "did you mean \"both\"?"},
                             Refusal{rule(R"({"source": "10.0.0.1/24", "interface": "wan", "snat_pool": "both"})"),
                                     "snat_rules[0].source", "write 10.0.0.0/24"},
                             Refusal{rule(
                                         R"({"source": "10.0.0.0/24", "interface": "wan", "snat_pool": "both"},
                   {"source": "10.0.0.0/24", "interface": "wan", "snat_pool": "both"})"),
                                     "snat_rules[1]", "it never matches"},
                             Refusal{
                                 R"({"snat_pools": {"six": {"addresses": ["2001:db8:2::9"]}},
               "snat_rules": [{"source": "10.0.0.0/24", "interface": "wan", "snat_pool": "six"}]})",
                                 "snat_rules[0].snat_pool", "no IPv4 address"}})
    expect_refused(row);
  expect_accepted(rule(R"({"source": "10.0.0.0/24", "interface": "lan.100", "snat_pool": "both"})"));
}

}  // namespace
}  // namespace poise::config
