#include "config/import/keepalived_mapping.hpp"

#include "config/path.hpp"
#include "tests/config/import/imported.hpp"

namespace poise::config::importing {
namespace {

struct Fixture : testing::Test {
  Fixture() { statement.place = {report.add_file("k"), 4}; }

  ImportOptions options = options_of_a_machine();
  Report report{false};
  Mapping mapping{options, report};
  Statement statement{.keyword = "word", .arguments = {"x"}};
};
using KeepalivedMapping = Fixture;

TEST_F(KeepalivedMapping, times_are_seconds_with_a_fraction) {
  struct Row {
    const char* text;
    std::optional<std::uint64_t> want;
  };
  for (const Row& row :
       {Row{"1", 1000}, Row{"0.25", 250}, Row{".5", 500}, Row{"2.71828", 2718}, Row{"3.", 3000},
        Row{"1s", std::nullopt}, Row{"-1", std::nullopt}, Row{"", std::nullopt}, Row{".", std::nullopt},
        Row{"1.2.3", std::nullopt}, Row{"9999999999999", std::nullopt}, Row{"1e3", std::nullopt}}) {
    statement.arguments = {row.text};
    EXPECT_EQ(milliseconds(mapping, statement), row.want) << row.text;
  }
}

TEST_F(KeepalivedMapping, numbers_and_switches_are_read_or_refused) {
  statement.arguments = {"+5"};
  EXPECT_EQ(whole_number(mapping, statement), 5);
  statement.arguments = {"-5"};
  EXPECT_EQ(whole_number(mapping, statement), -5);
  for (const char* wrong : {"", "5x", "99999999999999999999", "five"})
    EXPECT_FALSE(whole_number(mapping, statement, wrong));
  for (const auto& [word, want] : {std::pair("on", true), std::pair("yes", true), std::pair("off", false)}) {
    statement.arguments = {word};
    EXPECT_EQ(switched_on(mapping, statement), want);
  }
  EXPECT_EQ(report.errors().size(), 4u);
  statement.arguments = {"perhaps"};
  EXPECT_FALSE(switched_on(mapping, statement));
  EXPECT_FALSE(address_of(mapping, statement, "10.0.0"));
  EXPECT_EQ(report.errors().size(), 6u);
}

TEST_F(KeepalivedMapping, names_become_valid_ones) {
  struct Row {
    const char *theirs, *ours;
  };
  for (const Row& row : {Row{"VI_1", "VI_1"}, Row{"my node", "my_node"}, Row{"a/b:c", "a_b_c"}, Row{"", "_"},
                         Row{"..", "_.."}, Row{"gr\xc3\xbc", "gr__"}})
    EXPECT_EQ(valid_name(row.theirs), row.ours);
  EXPECT_TRUE(is_name(valid_name(std::string(200, 'x'))));
}

TEST_F(KeepalivedMapping, commands_are_split_as_keepalived_does_and_have_absolute_paths) {
  EXPECT_EQ(command_words("/x 'a b'  c\"d e\"f"), (std::vector<std::string>{"/x", "a b", "cd ef"}));
  EXPECT_EQ(command_words(" "), std::vector<std::string>{});
  EXPECT_EQ(command_of(mapping, statement, {"/bin/x", "y"}), (std::vector<std::string>{"/bin/x", "y"}));
  EXPECT_EQ(command_of(mapping, statement, {"killall", "-0"}), (std::vector<std::string>{"/usr/bin/killall", "-0"}));
  EXPECT_TRUE(report.errors().empty());
  for (const char* wrong : {"nobody_has_this", "./x", "</dev/tcp/1.2.3.4/80", ""})
    EXPECT_FALSE(command_of(mapping, statement, {wrong}));
  EXPECT_FALSE(command_of(mapping, statement, {}));
  EXPECT_EQ(report.errors().size(), 5u);
}

TEST_F(KeepalivedMapping, a_target_remembers_where_each_field_came_from) {
  Target target = target_at(mapping, {0, 1}, {"vrrp", "instances", "a.b"});
  target.take(statement, "priority", 7);
  target.add({0, 5}, "addresses", "10.0.0.1");
  target.add({0, 6}, "addresses", "10.0.0.2");
  target.child({0, 8}, "notify").set({0, 9}, "mail", true);
  EXPECT_EQ(
      mapping.document.dump(),
      R"({"vrrp":{"instances":{"a.b":{"addresses":["10.0.0.1","10.0.0.2"],"notify":{"mail":true},"priority":7}}}})");
  const std::string path = "vrrp.instances[\"a.b\"]";
  EXPECT_EQ(mapping.places.at(path).line, 1u);
  EXPECT_EQ(mapping.places.at(path + ".priority").line, 4u);
  EXPECT_EQ(mapping.places.at(path + ".addresses[1]").line, 6u);
  EXPECT_EQ(mapping.places.at(path + ".notify.mail").line, 9u);
  EXPECT_EQ(report.notes().at(0).text, path + ".priority = 7");
}

}  // namespace
}  // namespace poise::config::importing
