#include "tests/config/support.hpp"

namespace poise::config {
namespace {

std::string instance(const std::string& more, const std::string& name = "VI_1") {
  nlohmann::json fields =
      nlohmann::json::parse(R"({"interface": "lan", "virtual_router_id": 51, "addresses": ["10.0.0.100"]})");
  fields.merge_patch(nlohmann::json::parse("{" + more + "}"));
  return nlohmann::json{{"vrrp", {{"instances", {{name, fields}}}}}}.dump();
}

TEST(RulesVrrp, an_ordinary_instance_of_either_version_and_family_is_fine) {
  expect_accepted(instance(""));
  expect_accepted(instance(R"("version": 2, "authentication": "password", "password": "1111")"));
  expect_accepted(instance(R"("addresses": ["fe80::100", "2001:db8:2::100"])"));
  expect_accepted(instance(R"("interface": "lan.100", "addresses": ["10.100.0.100"], "advert_interval_ms": 10)"));
  expect_accepted(instance(R"("priority": 255, "addresses": ["10.0.0.1"])"));
}

TEST(RulesVrrp, what_cannot_be_said_on_the_wire_is_refused_with_what_can) {
  for (const auto& [fields, path, words] :
       {std::array<std::string, 3>{R"("version": 2, "advert_interval_ms": 100)", "advert_interval_ms", "use 1000"},
        {R"("advert_interval_ms": 15)", "advert_interval_ms", "use 20"},
        {R"("advert_interval_ms": 50000)", "advert_interval_ms", "at most 40950"},
        {R"("version": 2, "addresses": ["fe80::100"])", "version", "version 2 knows only IPv4"},
        {R"("addresses": ["2001:db8:2::100"])", "addresses[0]", "must be link-local"},
        {R"("addresses": [])", "addresses", "there is no address"},
        {R"("addresses": ["10.0.0.100", "fe80::1"])", "addresses[1]", "of the other family"},
        {R"("addresses": ["10.0.0.100", "10.0.0.100"])", "addresses[1]", "listed twice"},
        {R"("addresses": ["224.0.0.5"])", "addresses[0]", "multicast"},
        {R"("authentication": "password", "password": "1111")", "authentication", "version 3 has no authentication"},
        {R"("version": 2, "authentication": "password", "password": "123456789")", "password", "1 to 8 characters"},
        {R"("version": 2, "authentication": "password")", "password", "1 to 8 characters"},
        {R"("password": "1111")", "password", "no authentication"},
        {R"("source": "fe80::1")", "source", "another family"},
        {R"("unicast_peers": ["fe80::1"])", "unicast_peers[0]", "another family"}})
    expect_refused({instance(fields), "vrrp.instances.VI_1." + path, words});
}

TEST(RulesVrrp, more_addresses_than_a_packet_carries_are_refused) {
  nlohmann::json addresses = {"fe80::100"};
  for (int i = 0; i < 90; ++i) addresses.push_back("2001:db8:2::1:" + std::to_string(i));
  expect_refused({instance("\"addresses\": " + addresses.dump()), "vrrp.instances.VI_1.addresses",
                  "use at most 90; put the others into another instance"});
}

TEST(RulesVrrp, only_the_owner_shares_the_address_of_an_interface) {
  expect_refused({instance(R"("addresses": ["10.0.0.1"])"), "vrrp.instances.VI_1.addresses[0]",
                  "this node's own address, at interfaces.lan.addresses[0] (use priority 255"});
  expect_refused({instance(R"("priority": 255)"), "vrrp.instances.VI_1.addresses[0]", "no interface has it"});
}

TEST(RulesVrrp, interfaces_exist_and_have_an_address_to_speak_from) {
  expect_refused({instance(R"("interface": "lam")"), "vrrp.instances.VI_1.interface", "did you mean \"lan\""});
  nlohmann::json document = nlohmann::json::parse(instance(R"("interface": "lan.100")"));
  document["interfaces"]["lan"]["vlans"]["lan.100"]["addresses"] = {"2001:db8:3::1/64"};
  expect_refused({document.dump(), "vrrp.instances.VI_1.interface", "no IPv4 address to send advertisements from"});
}

TEST(RulesVrrp, numbers_and_addresses_belong_to_one_instance) {
  nlohmann::json two = nlohmann::json::parse(instance(""));
  two.merge_patch(nlohmann::json::parse(instance(R"("addresses": ["10.0.0.101"])", "VI_2")));
  expect_refused({two.dump(), "vrrp.instances.VI_2.virtual_router_id", "used by instance \"VI_1\""});
  two["vrrp"]["instances"]["VI_2"]["virtual_router_id"] = 52;
  expect_accepted(two.dump());
  two["vrrp"]["instances"]["VI_2"]["addresses"] = {"10.0.0.100"};
  expect_refused({two.dump(), "vrrp.instances.VI_2.addresses", "an address of instance \"VI_1\""});
  two["vrrp"]["instances"]["VI_2"]["addresses"] = {"fe80::100"};
  two["vrrp"]["instances"]["VI_2"]["virtual_router_id"] = 51;
  expect_accepted(two.dump());  // the other family
}

TEST(RulesVrrp, a_group_is_of_instances_and_an_instance_in_one_group) {
  nlohmann::json document = nlohmann::json::parse(instance(""));
  document["vrrp"]["groups"]["all"]["members"] = {"VI_2"};
  expect_refused({document.dump(), "vrrp.groups.all.members[0]", "no instance is named \"VI_2\""});
  document["vrrp"]["groups"]["all"]["members"] = {"VI_1"};
  expect_accepted(document.dump());
  document["vrrp"]["groups"]["more"]["members"] = {"VI_1"};
  expect_refused({document.dump(), "vrrp.groups.more.members[0]", "a member of group \"all\" already"});
}

TEST(RulesVrrp, a_server_is_not_at_a_virtual_address) {
  nlohmann::json document = nlohmann::json::parse(instance(R"("addresses": ["10.0.0.11"])"));
  expect_refused({document.dump(), "pools.web.servers.a.address", "an address of VRRP instance \"VI_1\""});
}

TEST(RulesVrrp, a_heartbeat_is_with_another_node_of_the_link_and_one_for_each) {
  const auto heartbeat = [](const std::string& fields) { return R"({"vrrp": {"heartbeats": {"b": )" + fields + "}}}"; };
  expect_accepted(heartbeat(R"({"interface": "lan", "peer": "10.0.0.3"})"));
  expect_accepted(heartbeat(R"({"interface": "lan", "peer": "fe80::3", "interval_ms": 1, "multiplier": 5})"));
  expect_refused({heartbeat(R"({"interface": "lam", "peer": "10.0.0.3"})"), "vrrp.heartbeats.b.interface",
                  "did you mean \"lan\""});
  expect_refused(
      {heartbeat(R"({"interface": "lan", "peer": "10.0.0.1"})"), "vrrp.heartbeats.b.peer", "this node's own address"});
  expect_refused({heartbeat(R"({"interface": "lan", "peer": "224.0.0.1"})"), "vrrp.heartbeats.b.peer", "multicast"});
  expect_refused({heartbeat(R"({"interface": "lan", "peer": "10.0.0.3", "source": "fe80::1"})"),
                  "vrrp.heartbeats.b.source", "another family"});
  expect_refused({R"({"vrrp": {"heartbeats": {"b": {"interface": "lan", "peer": "10.0.0.3"},
                                               "c": {"interface": "lan", "peer": "10.0.0.3"}}}})",
                  "vrrp.heartbeats.c.peer", "watched by heartbeat \"b\" already"});
}

}  // namespace
}  // namespace poise::config
