#include "tests/config/import/imported.hpp"

namespace poise::config::importing {
namespace {

const std::string at = "/vrrp/instances/VI_1/";
const std::string key(64, 'a');

TEST(KeepalivedAuthentication, passwords_and_signatures_are_taken) {
  const std::string hmac = "auth_hmac {\n key 1 hex:" + key + "\n active_key 1\n anti_replay time\n time_window 5\n" +
                           "mode receive-only\n}";
  for (const PartRow& row :
       {PartRow{instance_with("authentication {\n auth_type PASS\n auth_pass 1111\n}"), at + "password", "\"1111\""},
        PartRow{instance_with("authentication {\n auth_type PASS\n auth_pass 1111\n}"), at + "authentication",
                "\"password\""},
        PartRow{instance_with("authentication {\n auth_pass longer_than_8\n auth_type AH\n}"), at + "password",
                "\"longer_t\""},
        PartRow{instance_with("authentication {\n auth_type AH\n auth_pass x\n}"), at + "authentication", "\"ah\""},
        PartRow{instance_with("authentication {\n auth_pass x\n}"), at + "authentication", ""},
        PartRow{instance_with("version 3\nauthentication {\n auth_type PASS\n auth_pass x\n}"), at + "authentication",
                ""},
        PartRow{instance_with("strict_mode\nauthentication {\n auth_type PASS\n auth_pass x\n}"), at + "password", ""},
        PartRow{instance_with(hmac), at + "hmac",
                R"({"keys":{"1":{"key":")" + key + R"("}},"window_ms":5000,"mode":"receive_only"})"}})
    expect_part(row);
}

TEST(KeepalivedAuthentication, a_password_is_not_shown_in_notes) {
  const std::string block = "authentication {\n auth_type PASS\n auth_pass secret_word\n}";
  for (const std::string& text :
       {instance_with(block), instance_with("version 3\n" + block), std::string("SSL { password secret }")})
    for (const Note& note : imported(text).notes) EXPECT_EQ(note.text.find("secret"), std::string::npos) << note.text;
  const Imported found = imported(instance_with(block));
  EXPECT_NE(notes_on(found, "auth_pass").find("changed: only the first 8 characters"), std::string::npos);
}

TEST(KeepalivedAuthentication, wrong_values_are_refused) {
  for (const RefusedRow& row :
       {RefusedRow{instance_with("authentication {\n auth_type MD5\n auth_pass x\n}"), "there is no authentication"},
        RefusedRow{instance_with("authentication {\n auth_type PASS\n}"), "room for 1 to 8 characters"},
        RefusedRow{instance_with("authentication {\n auth_type PASS\n auth_pass \xc3\xbc\xc3\xbc\xc3\xbc"
                                 "1\xc3\xbc\n}"),
                   "the eighth byte"},
        RefusedRow{instance_with("auth_hmac {\n key 1 secret\n active_key 1\n}"), "hex"},
        RefusedRow{instance_with("auth_hmac {\n key 1 hex:00\n}"), "k.conf:9: vrrp.instances.VI_1.hmac.keys"},
        RefusedRow{instance_with("auth_hmac {\n key 1 hex:" + key + "\n mode strict\n}"), "k.conf:10"}})
    expect_refused(row);
}

}  // namespace
}  // namespace poise::config::importing
