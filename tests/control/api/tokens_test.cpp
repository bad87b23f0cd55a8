#include <gtest/gtest.h>

#include "control/api/server.hpp"
#include "tests/control/fake_machine.hpp"

namespace poise::control::api {
namespace {

TEST(Tokens, a_bearer_token_has_the_role_and_name_it_was_given) {
  const config::Api api = config_of(small_document()).api;
  std::string name;
  EXPECT_EQ(role_of_token(api, "Bearer secret", &name), config::Role::read);
  EXPECT_EQ(name, "ci");
}

TEST(Tokens, anything_else_has_no_role) {
  const config::Api api = config_of(small_document()).api;
  for (const char* header : {"", "Bearer ", "Bearer secre", "Bearer secret ", "Basic secret", "secret",
                             "Bearer 2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"})
    EXPECT_FALSE(role_of_token(api, header)) << header;
  EXPECT_FALSE(role_of_token({}, "Bearer secret"));
}

}  // namespace
}  // namespace poise::control::api
