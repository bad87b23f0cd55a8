#include "l7/rules/list_file.hpp"

#include <gmock/gmock.h>

namespace poise::l7::rules {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(ListFile, has_a_value_a_line) {
  EXPECT_THAT(lines_of("# comment\n\n  a b \r\nc\n\t#x\nd"), ElementsAre("a b", "c", "d"));
  EXPECT_THAT(lines_of(""), ElementsAre());
}

TEST(ListFile, of_pairs_has_a_key_and_what_is_behind_it) {
  EXPECT_THAT(pairs_of("a.example  web \nb\tx y\nc\n"),
              ElementsAre(Pair("a.example", "web"), Pair("b", "x y"), Pair("c", "")));
}

}  // namespace
}  // namespace poise::l7::rules
