#include "config/types/limits.hpp"
#include "tests/config/support.hpp"

namespace poise::config {
namespace {

std::string service(const std::string& members) { return "{\"services\": {\"web\": {" + members + "}}}"; }
std::string with_server(const std::string& server, const std::string& members) {
  return R"({"pools": {"web": {"servers": {"a": {)" + server + R"(}, "b": null}}}, "services": {"web": {)" + members +
         "}}}";
}

TEST(RulesServices, pools_must_exist) {
  expect_refused(
      {service(R"("pool": "wbe")"), "services.web.pool", "no pool is named \"wbe\" (did you mean \"web\"?)"});
  expect_refused({service(R"("pool": "shop")"), "services.web.pool", "use web"});
  expect_refused({service(R"("snat_pool": "botth")"), "services.web.snat_pool", "did you mean \"both\"?"});
  expect_accepted(service(R"("snat_pool": "both")"));
}

TEST(RulesServices, an_address_can_be_connected_to) {
  expect_refused({service(R"("address": "0.0.0.0")"), "services.web.address", "no address of a host"});
  expect_refused({service(R"("address": "239.1.1.1")"), "services.web.address", "multicast"});
  expect_refused({service(R"("address": "127.0.0.1")"), "services.web.address", "loopback"});
}

TEST(RulesServices, an_interface_address_may_be_a_services_only_for_named_ports) {
  expect_accepted(service(R"("address": "203.0.113.2")"));
  expect_accepted(service(R"("address": "203.0.113.2", "ports": "8000-8010")"));
  expect_refused(
      {service(R"("address": "203.0.113.2", "ports": "any")"), "services.web.address", "an interface's own address"});
  expect_refused({service(R"("address": "203.0.113.2", "ports": "any", "protocol": "any", "mode": "nat")"),
                  "services.web.address", "name the ports"});
}

TEST(RulesServices, protocol_any_has_no_ports_and_no_fullnat) {
  expect_refused({service(R"("protocol": "any", "mode": "nat")"), "services.web.ports", "has no ports"});
  expect_refused(
      {service(R"("protocol": "any", "ports": "any")"), "services.web.mode", "tells replies apart by ports"});
  for (const char* mode : {"nat", "dr", "tunnel"})
    expect_accepted(service(R"("protocol": "any", "ports": "any", "mode": ")" + std::string(mode) + "\""));
}

TEST(RulesServices, the_client_address_travels_only_in_rewritten_tcp) {
  for (const char* way : {"toa", "proxy_v2"}) {
    const std::string option = R"("client_address": ")" + std::string(way) + "\"";
    expect_accepted(service(option));
    expect_accepted(service(option + R"(, "mode": "nat")"));
    expect_refused({service(option + R"(, "protocol": "udp")"), "services.web.client_address", "only TCP"});
    expect_refused(
        {service(option + R"(, "mode": "dr")"), "services.web.client_address", "in mode \"dr\" the server sees"});
    expect_refused({service(option + R"(, "mode": "tunnel")"), "services.web.client_address",
                    "in mode \"tunnel\" the server sees"});
  }
}

TEST(RulesServices, an_option_that_would_do_nothing_is_refused) {
  expect_refused(
      {service(R"("mode": "nat", "snat_pool": "both")"), "services.web.snat_pool", "keeps the client's address"});
  expect_refused({service(R"("encapsulation": "gre")"), "services.web.encapsulation", "does not encapsulate"});
  expect_accepted(service(R"("encapsulation": "gre", "mode": "tunnel")"));
}

TEST(RulesServices, a_mode_carries_only_some_families) {
  struct Row {
    const char *service, *server, *mode;
    bool accepted;
  };
  const char *v4 = "203.0.113.10", *v6 = "2001:db8:1::10", *server_v4 = "10.0.0.11", *server_v6 = "2001:db8:2::11";
  for (auto [address, server, mode, accepted] :
       {Row{v4, server_v4, "nat", true}, Row{v6, server_v6, "nat", true}, Row{v6, server_v4, "nat", false},
        Row{v4, server_v6, "nat", false}, Row{v4, server_v4, "dr", true}, Row{v6, server_v6, "dr", true},
        Row{v6, server_v4, "dr", false}, Row{v4, server_v6, "dr", false}, Row{v4, server_v4, "fullnat", true},
        Row{v6, server_v6, "fullnat", true}, Row{v6, server_v4, "fullnat", true}, Row{v4, server_v6, "fullnat", false},
        Row{v4, server_v4, "tunnel", true}, Row{v6, server_v6, "tunnel", true}, Row{v6, server_v4, "tunnel", true},
        Row{v4, server_v6, "tunnel", true}}) {
    const std::string document =
        with_server("\"address\": \"" + std::string(server) + "\"",
                    "\"address\": \"" + std::string(address) + "\", \"mode\": \"" + mode + "\"");
    if (accepted)
      expect_accepted(document);
    else
      expect_refused({document, "pools.web.servers.a.address", "cannot carry to"});
  }
}

TEST(RulesServices, only_nat_and_fullnat_change_the_port_and_only_of_one) {
  const std::string server = R"("address": "10.0.0.11", "port": 8080)";
  for (const char* mode : {"nat", "fullnat"})
    expect_accepted(with_server(server, R"("mode": ")" + std::string(mode) + "\""));
  for (const char* mode : {"dr", "tunnel"}) {
    expect_refused({with_server(server, R"("mode": ")" + std::string(mode) + "\""), "pools.web.servers.a.port",
                    "cannot change port 80 to 8080"});
    expect_accepted(with_server(server, R"("ports": 8080, "mode": ")" + std::string(mode) + "\""));
  }
  expect_refused(
      {with_server(server, R"("ports": "8000-8099")"), "pools.web.servers.a.port", "has the ports 8000-8099"});
  expect_refused({with_server(server, R"("ports": "any")"), "pools.web.servers.a.port", "has the ports any"});
}

TEST(RulesServices, a_dr_server_is_on_a_link) {
  const std::string far = R"("address": "10.50.0.11")", mode = R"("mode": "dr")";
  expect_refused({with_server(far, mode), "pools.web.servers.a.address", "on no subnet of an interface"});
  expect_accepted(with_server(R"("address": "10.100.0.11")", mode));
  expect_accepted(
      R"({"routes": [{"prefix": "10.50.0.0/16", "via": [{"interface": "lan"}]}],
          "pools": {"web": {"servers": {"a": {"address": "10.50.0.11"}, "b": null}}},
                      "services": {"web": {"mode": "dr"}}})");
  Config without_interfaces;
  without_interfaces.pools["p"].servers["a"].address = *parse_ip("10.0.0.1");
  without_interfaces.services["s"] =
      Service{.address = *parse_ip("10.9.9.9"), .ports = {80, 80}, .pool = "p", .mode = Mode::dr};
  EXPECT_EQ(text_of(validate(without_interfaces)), "");
}

TEST(RulesServices, fullnat_has_a_source_of_each_family_of_servers) {
  const std::string four = R"({"snat_pools": {"four": {"addresses": ["10.0.0.9"]}}, )";
  expect_refused({four + R"("pools": {"web": {"servers": {"a": {"address": "2001:db8:2::11"}, "b": null}}},
                            "services": {"web": {"address": "2001:db8:1::10", "snat_pool": "four"}}})",
                  "services.web.snat_pool", "has no IPv6 address"});
  expect_accepted(four + R"("services": {"web": {"address": "2001:db8:1::10", "snat_pool": "four"}}})");
  expect_refused({R"({"interfaces": {"wan": {"addresses": ["2001:db8:1::2/64"]},
          "lan": {"addresses": [], "vlans": null}}, "routes": [],
                      "services": {"web": {"address": "2001:db8:1::10"}}})",
                  "services.web.snat_pool", "no interface has an IPv4 address"});
}

TEST(RulesServices, one_bad_server_is_reported_and_not_all_of_them) {
  expect_refused(
      {R"({"pools": {"web": {"servers": {"a": {"port": 81}, "b": {"port": 82}}}}, "services": {"web": {"mode": "dr"}}})",
       "pools.web.servers.a.port", "cannot change"});
}

TEST(RulesServices, servers_over_all_services_are_bounded) {
  Config config;
  for (std::uint32_t i = 0; i < limits::servers_per_pool; ++i)
    config.pools["p"].servers["s" + std::to_string(i)].address = IpAddr::v4(0x0a000000 + i + 1);
  for (std::uint16_t i = 1; i <= 65; ++i)
    config.services["s" + std::to_string(i)] = Service{.address = *parse_ip("192.0.2.1"), .ports = {i, i}, .pool = "p"};
  EXPECT_EQ(text_of(validate(config)),
            "services: the services have 66560 servers together, more than 65536 (remove services or servers)\n");
}

}  // namespace
}  // namespace poise::config
