#include "tests/config/support.hpp"

namespace poise::config {
namespace {

// Two services on one address besides the one that there is, with these ports and protocols.
std::string services(const std::string& left, const std::string& right, const std::string& more = "") {
  const std::string common = R"("address": "203.0.113.77", "pool": "web", )";
  return "{\"services\": {\"a\": {" + common + left + "}, \"b\": {" + common + right + more + "}}}";
}

TEST(RulesClashes, ports_of_the_same_exactness_may_not_overlap) {
  struct Row {
    const char *left, *right;
    bool accepted;
  };
  for (auto [left, right, accepted] :
       {Row{"80", "80", false}, Row{"80", "81", true}, Row{"\"80-90\"", "\"80-90\"", false},
        Row{"\"80-90\"", "\"90-99\"", false}, Row{"\"80-90\"", "\"91-99\"", true}, Row{"\"80-99\"", "\"85-86\"", false},
        Row{"\"any\"", "\"any\"", false}, Row{"80", "\"80-90\"", true}, Row{"80", "\"any\"", true},
        Row{"\"80-90\"", "\"any\"", true}}) {
    const std::string document = services("\"ports\": " + std::string(left), "\"ports\": " + std::string(right));
    if (accepted)
      expect_accepted(document);
    else
      expect_refused({document, "services.b.ports", "overlaps"});
  }
}

TEST(RulesClashes, another_protocol_another_address_or_a_disabled_service_do_not_clash) {
  expect_accepted(services("\"ports\": 80", R"("ports": 80, "protocol": "udp")"));
  expect_accepted(services(R"("ports": "any", "mode": "nat")", R"("ports": "any", "protocol": "any", "mode": "nat")"));
  expect_accepted(services("\"ports\": 80", "\"ports\": 80", R"(, "enabled": false)"));
  expect_accepted(R"({"services": {"a": {"address": "203.0.113.11", "ports": 80, "pool": "web"}}})");
}

TEST(RulesClashes, an_overlap_is_found_with_a_wide_range_further_back) {
  expect_refused({R"({"services": {"a": {"address": "203.0.113.77", "ports": "100-900", "pool": "web"},
                                   "b": {"address": "203.0.113.77", "ports": "800-901", "pool": "web"},
                                   "c": {"address": "203.0.113.77", "ports": "902-903", "pool": "web"}}})",
                  "services.b.ports", "overlaps 100-900 of service \"a\""});
  const Errors errors =
      validate(changed(R"({"services": {"a": {"address": "203.0.113.77", "ports": "100-900", "pool": "web"},
                                   "b": {"address": "203.0.113.77", "ports": "101-102", "pool": "web"},
                                   "c": {"address": "203.0.113.77", "ports": "103-104", "pool": "web"}}})"));
  EXPECT_EQ(errors.size(), 2u) << text_of(errors);
}

TEST(RulesClashes, a_snat_pool_and_a_service_share_an_address_only_with_ports_apart) {
  const auto pool = [](const std::string& service) {
    return R"({"snat_pools": {"x": {"addresses": ["203.0.113.10"], "port_first": 1024}}, "services": {"web": {)" +
           service + "}}}";
  };
  expect_accepted(pool("\"ports\": 80"));
  expect_accepted(pool("\"ports\": \"80-1023\""));
  expect_refused({pool("\"ports\": 8080"), "snat_pools.x.addresses[0]", "overlap those of service \"web\""});
  expect_refused({pool("\"ports\": \"80-1024\""), "snat_pools.x.addresses[0]", "overlap"});
  expect_refused({pool("\"ports\": \"any\""), "snat_pools.x.addresses[0]", "overlap"});
}

}  // namespace
}  // namespace poise::config
