#include "config/plan.hpp"

#include "tests/config/random_config.hpp"
#include "tests/config/support.hpp"

namespace poise::config {
namespace {

std::string text_of(const std::vector<Change>& changes) {
  std::string text;
  for (const Change& change : changes) {
    constexpr const char* signs[] = {"+ ", "~ ", "- "};
    text += signs[int(change.kind)] + change.path;
    if (!change.before.empty()) text += " was " + change.before;
    if (!change.after.empty()) text += " is " + change.after;
    text += change.needs_restart ? " (restart)\n" : "\n";
  }
  return text;
}
std::string planned(std::string_view merge_patch) { return text_of(plan(changed("{}"), changed(merge_patch))); }

TEST(Plan, equal_documents_need_no_change) { EXPECT_EQ(planned("{}"), ""); }

TEST(Plan, a_change_of_one_field_is_one_line) {
  EXPECT_EQ(planned(R"({"services": {"web": {"scheduler": "maglev"}}})"),
            "~ services.web.scheduler was \"wrr\" is \"maglev\"\n");
  EXPECT_EQ(planned(R"({"services": {"web": {"timeouts": {"udp_ms": 5}}}})"),
            "~ services.web.timeouts.udp_ms was 180000 is 5\n");
  EXPECT_EQ(planned(R"({"pools": {"web": {"servers": {"a": {"state": "drain"}}}}})"),
            "~ pools.web.servers.a.state was \"up\" is \"drain\"\n");
}

TEST(Plan, what_comes_and_goes_is_shown_whole_and_brief) {
  EXPECT_EQ(planned(R"({"pools": {"web": {"servers": {"c": {"address": "10.0.0.13", "weight": 5}, "a": null}}}})"),
            "- pools.web.servers.a was {\"address\":\"10.0.0.11\"}\n+ pools.web.servers.c is "
            "{\"address\":\"10.0.0.13\",\"weight\":5}\n");
  EXPECT_EQ(planned(R"({"services": {"web": {"persistence": {}, "snat_pool": "both"}}})"),
            "+ services.web.snat_pool is \"both\"\n+ services.web.persistence is {}\n");
}

TEST(Plan, routes_are_told_apart_by_their_prefix_and_not_by_their_place) {
  EXPECT_EQ(planned(
                R"({"routes": [{"prefix": "10.1.0.0/16", "via": [{"interface": "lan"}]},
              {"prefix": "0.0.0.0/0", "via": [{"gateway": "203.0.113.1"}]}]})"),
            "+ routes[\"10.1.0.0/16\"] is {\"prefix\":\"10.1.0.0/16\",\"via\":[{\"interface\":\"lan\"}]}\n");
  EXPECT_EQ(planned(R"({"routes": [{"prefix": "0.0.0.0/0", "via": [{"gateway": "203.0.113.9"}]}]})"),
            "- routes[\"0.0.0.0/0\"].via[0] was {\"gateway\":\"203.0.113.1\"}\n+ routes[\"0.0.0.0/0\"].via[0] is "
            "{\"gateway\":\"203.0.113.9\"}\n");
}

TEST(Plan, a_list_shows_what_came_and_went_or_itself_when_the_order_changed) {
  EXPECT_EQ(planned(R"({"interfaces": {"lan": {"addresses": ["10.0.0.7/24", "10.0.0.1/24", "2001:db8:2::1/64"]}}})"),
            "+ interfaces.lan.addresses[0] is \"10.0.0.7/24\"\n");
  EXPECT_EQ(planned(R"({"interfaces": {"lan": {"addresses": ["2001:db8:2::1/64", "10.0.0.1/24"]}}})"),
            "~ interfaces.lan.addresses was [\"10.0.0.1/24\",\"2001:db8:2::1/64\"] is "
            "[\"2001:db8:2::1/64\",\"10.0.0.1/24\"]\n");
  Config before, after;
  before.node.worker_cores = {1, 1, 2};
  after.node.worker_cores = {1, 2, 2};
  EXPECT_EQ(text_of(plan(before, after)),
            "- node.worker_cores[0] was 1 (restart)\n+ node.worker_cores[1] is 2 (restart)\n");
}

TEST(Plan, what_waits_for_the_next_start_says_so) {
  for (const char* patch :
       {R"({"node": {"worker_cores": [1]}})", R"({"node": {"control_core": 1}})", R"({"memory": {"flows": 5000}})",
        R"({"interfaces": {"x": {"device": "d"}}})", R"({"interfaces": {"wan": null}})",
        R"({"interfaces": {"wan": {"device": "d"}}})", R"({"interfaces": {"wan": {"mtu": 1600}}})",
        R"({"interfaces": {"wan": {"rss": "software"}}})", R"({"interfaces": {"wan": {"host_path": true}}})",
        R"({"interfaces": {"wan": {"bond": {"devices": ["a"]}}}})", R"({"api": {"socket": "/x"}})"}) {
    const auto changes = plan(changed("{}"), changed(patch));
    EXPECT_FALSE(changes.empty());
    for (const Change& change : changes) EXPECT_TRUE(change.needs_restart) << patch << " " << change.path;
  }
  for (const char* patch :
       {R"({"interfaces": {"wan": {"addresses": []}}})", R"({"interfaces": {"lan": {"vlans": {"v": {"id": 7}}}}})",
        R"({"interfaces": {"lan": {"vlans": {"lan.100": {"id": 7}}}}})", R"({"routes": []})",
        R"({"services": {"web": null}})", R"({"pools": {"x": {}}})",
        R"({"snat_pools": {"both": {"port_first": 2000}}})", R"({"forwarding": false})"}) {
    const auto changes = plan(changed("{}"), changed(patch));
    EXPECT_FALSE(changes.empty()) << patch;
    for (const Change& change : changes) EXPECT_FALSE(change.needs_restart) << patch << " " << change.path;
  }
}

TEST(Plan, secrets_are_never_shown) {
  Config before, after;
  before.node.hash_key = std::string(32, 'a');
  before.api.tokens["gone"].sha256 = std::string(64, 'b');
  before.api.tokens["kept"].sha256 = std::string(64, 'c');
  after.node.hash_key = std::string(32, 'd');
  after.api.tokens["kept"].sha256 = std::string(64, 'e');
  after.api.tokens["new"].sha256 = std::string(64, 'f');
  EXPECT_EQ(text_of(plan(before, after)),
            "~ node.hash_key was \"(secret)\" is \"(secret)\" (restart)\n"
            "- api.tokens.gone was {\"sha256\":\"(secret)\"}\n"
            "~ api.tokens.kept.sha256 was \"(secret)\" is \"(secret)\"\n"
            "+ api.tokens.new is {\"sha256\":\"(secret)\"}\n");
  EXPECT_EQ(text_of(plan(Config{}, before)),
            "+ node.hash_key is \"(secret)\" (restart)\n+ api.tokens.gone is {\"sha256\":\"(secret)\"}\n+ "
            "api.tokens.kept is {\"sha256\":\"(secret)\"}\n");
}

TEST(Plan, is_empty_exactly_when_nothing_differs) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Config one = RandomConfig(seed).make(), other = RandomConfig(seed + 1).make();
    EXPECT_TRUE(plan(one, one).empty()) << seed;
    EXPECT_FALSE(plan(one, other).empty()) << seed;
  }
}

}  // namespace
}  // namespace poise::config
