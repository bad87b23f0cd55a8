#include "tests/config/support.hpp"

namespace poise::config {
namespace {

using nlohmann::json;

// A document with one instance that has these fields, and what they refer to.
std::string document(const std::string& fields, const std::string& vrrp = "", const std::string& more = "") {
  json made = json::parse(R"({"vrrp": {"instances": {"VI_1": {"interface": "lan", "virtual_router_id": 51,
    "addresses": ["10.0.0.100"]}}, "scripts": {"check": {"command": ["/bin/true"]}}, "files": {"drain": {"path": "/run/drain"}}},
    "pools": {"spare": {"servers": {"one": {"address": "10.0.0.77"}}}}})");
  made["vrrp"]["instances"]["VI_1"].merge_patch(json::parse("{" + fields + "}"));
  made["vrrp"].merge_patch(json::parse("{" + vrrp + "}"));
  made.merge_patch(json::parse("{" + more + "}"));
  return made.dump();
}

const std::string at = "vrrp.instances.VI_1";

TEST(RulesVrrpWatching, everything_that_can_be_tracked_is_one_tracker_each) {
  expect_accepted(document(
      R"("track": [{"interface": "lan.100"}, {"script": "check", "weight": -50}, {"file": "drain", "weight": 1},
                                        {"pool": "spare", "weight": 20, "reverse": true}, {"workers": true}])"));
  expect_refused({document(R"("track": [{}])"), at + ".track[0]", "does not say what is watched"});
  expect_refused(
      {document(R"("track": [{"workers": true, "pool": "spare"}])"), at + ".track[0]", "more than one thing"});
}

TEST(RulesVrrpWatching, what_is_tracked_exists) {
  expect_refused({document(R"("track": [{"interface": "lam"}])"), at + ".track[0].interface", "did you mean \"lan\""});
  expect_refused({document(R"("track": [{"script": "chek"}])"), at + ".track[0].script", "did you mean \"check\""});
  expect_refused({document(R"("track": [{"file": "x"}])"), at + ".track[0].file", "no file is named \"x\""});
  expect_refused({document(R"("track": [{"pool": "x"}])"), at + ".track[0].pool", "no pool is named \"x\""});
  expect_refused({document("", R"("groups": {"all": {"members": ["VI_1"], "track": [{"script": "x"}]}})"),
                  "vrrp.groups.all.track[0].script", "no script is named"});
}

TEST(RulesVrrpWatching, a_weight_is_a_signed_number) {
  const auto errors = [](const std::string& weight) {
    json made = valid_document();
    made.merge_patch(json::parse(document(R"("track": [{"workers": true, "weight": )" + weight + "}]")));
    const auto config = from_json(made);
    return config ? Errors{} : config.error();
  };
  EXPECT_TRUE(mentions(errors("-254"), at + ".track[0].weight", "below -253 (use a whole number -253..253)"));
  EXPECT_TRUE(mentions(errors("254"), at + ".track[0].weight", "above 253"));
  EXPECT_EQ(errors("-253"), Errors{});
  json made = valid_document();
  made.merge_patch(json::parse(document(R"("track": [{"workers": true, "weight": -7}])")));
  const json written = to_json_brief(*from_json(made));
  EXPECT_EQ(written["vrrp"]["instances"]["VI_1"]["track"][0]["weight"], -7);
}

TEST(RulesVrrpWatching, weights_that_can_change_nothing_are_refused) {
  expect_refused({document(R"("preempt": false, "track": [{"script": "check", "weight": -50}])"), at + ".preempt",
                  "a lower priority never makes another node master"});
  expect_accepted(document(R"("preempt": false, "track": [{"script": "check"}])"));
  expect_refused(
      {document(R"("priority": 150, "other_priorities": [100], "track": [{"script": "check", "weight": -20}])"),
       at + ".track", "smaller than the distance to the next priority, 50"});
  expect_accepted(
      document(R"("priority": 150, "other_priorities": [100], "track": [{"script": "check", "weight": -60}])"));
  expect_accepted(
      document(R"("priority": 90, "other_priorities": [100], "track": [{"script": "check", "weight": 20}])"));
  expect_refused(
      {document(R"("priority": 255, "addresses": ["10.0.0.1"], "track": [{"script": "check", "weight": -20}])"),
       at + ".track", "a weight changes nothing"});
}

TEST(RulesVrrpWatching, equal_priorities_are_refused) {
  expect_refused({document(R"("priority": 100, "other_priorities": [90, 100])"), at + ".priority",
                  "another node's priority, too"});
}

TEST(RulesVrrpWatching, programs_are_named_by_their_path) {
  expect_refused(
      {document(R"("notify": {"master": ["notify.sh"]})"), at + ".notify.master[0]", "not an absolute path"});
  expect_accepted(document(R"("notify": {"any": ["/etc/poise/notify.sh", "site 1"]})"));
  expect_refused({document("", R"("scripts": {"check": {"command": ["ping -c1 10.0.0.1"]}})"),
                  "vrrp.scripts.check.command[0]", "not an absolute path"});
  expect_refused(
      {document("", R"("scripts": {"check": {"command": []}})"), "vrrp.scripts.check.command", "no program"});
}

TEST(RulesVrrpWatching, mail_needs_a_server_and_addresses_that_are_some) {
  const std::string wanted = R"("notify": {"mail": true})";
  expect_refused({document(wanted), at + ".notify.mail", "no server that takes mails"});
  const auto mail = [&](const std::string& more) {
    json fields =
        json::parse(R"({"server": "smtp.example.com", "from": "poise@example.com", "to": ["admin@example.com"]})");
    fields.merge_patch(json::parse("{" + more + "}"));
    return document(wanted, "", "\"mail\": " + fields.dump());
  };
  expect_accepted(mail(""));
  expect_accepted(mail(R"("user": "poise", "password": "secret")"));
  expect_refused({mail(R"("user": "poise")"), "mail.user", "go together"});
  expect_refused({mail(R"("user": "poise", "password": "secret", "security": "none")"), "mail.security", "in clear"});
  expect_refused({mail(R"("to": [])"), "mail.to", "no receiver"});
  expect_refused({mail(R"("to": ["a@b>\u0020<c"])"), "mail.to[0]", "no mail address"});
  expect_refused({mail(R"("server": "smtp://x")"), "mail.server", "no name or address"});
}

TEST(RulesVrrpWatching, signatures_have_keys_and_exclude_the_old_kinds) {
  const std::string key(64, 'a');
  const auto hmac = [&](const std::string& more) {
    return R"("hmac": {"keys": {"1": {"key": ")" + key + "\"}}" + more + "}";
  };
  expect_accepted(document(hmac("")));
  expect_accepted(document(hmac(R"(, "mode": "permissive", "window_ms": 5000)") + R"(, "version": 2)"));
  expect_refused({document(hmac(R"(, "active_key": 2)")), at + ".hmac.active_key", "there is no key 2"});
  expect_refused({document(R"("hmac": {"keys": {"1": {"key": ")" + key + R"("}, "x": {"key": ")" + key + "\"}}}"),
                  at + ".hmac.keys.x", "no key id"});
  expect_refused({document(hmac("") + R"(, "version": 2, "authentication": "ah", "password": "1111")"), at + ".hmac",
                  "another authentication"});
  expect_refused(
      {document(hmac(R"(, "replay_check": "monotonic", "window_ms": 5000)")), at + ".hmac.window_ms", "no window"});
}

}  // namespace
}  // namespace poise::config
