#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <nlohmann/json.hpp>

#include "tests/cli/session.hpp"

namespace poise::control::cli {
namespace {

TEST(RunLocal, a_token_is_random_and_its_configuration_holds_only_the_hash) {
  Session session(answers({}));
  EXPECT_EQ(session.run({"token", "create", "--role", "operate", "--name", "ci", "--json"}), Exit::ok);
  const nlohmann::json made = nlohmann::json::parse(session.out);
  const std::string token = made["token"];
  EXPECT_EQ(token.size(), 64u);
  const auto entry = made["config"]["api"]["tokens"]["ci"];
  EXPECT_EQ(entry["role"], "operate");
  unsigned char digest[32];
  ASSERT_EQ(EVP_Digest(token.data(), token.size(), digest, nullptr, EVP_sha256(), nullptr), 1);
  std::string hexadecimal;
  for (const unsigned char byte : digest)
    for (const int nibble : {byte >> 4, byte & 15}) hexadecimal += "0123456789abcdef"[nibble];
  EXPECT_EQ(entry["sha256"], hexadecimal);
  session.run({"token", "create", "--json"});
  EXPECT_NE(nlohmann::json::parse(session.out)["token"], token);
}

TEST(RunLocal, a_token_alone_goes_to_standard_output) {
  Session session(answers({}));
  EXPECT_EQ(session.run({"token", "create"}), Exit::ok);
  EXPECT_EQ(session.out.size(), 65u);
  EXPECT_NE(session.notes.find("poise config set api.tokens.NAME '{\"role\":\"read\",\"sha256\":\""),
            std::string::npos);
}

TEST(RunLocal, version_names_both_and_does_not_need_poised) {
  Session session(answers({{"GET /v1/status", json_ok(R"({"version":"9.9"})")}}));
  EXPECT_EQ(session.run({"version"}), Exit::ok);
  EXPECT_NE(session.out.find("poised 9.9 at "), std::string::npos);
  Session alone(answers({}));
  EXPECT_EQ(alone.run({"version"}), Exit::ok);
  EXPECT_NE(alone.out.find("not reachable"), std::string::npos);
}

TEST(RunLocal, demo_says_what_to_type) {
  Session session(answers({}));
  EXPECT_EQ(session.run({"demo"}), Exit::ok);
  EXPECT_NE(session.out.find("./run demo"), std::string::npos);
}

}  // namespace
}  // namespace poise::control::cli
