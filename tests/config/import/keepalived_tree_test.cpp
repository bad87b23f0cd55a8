#include "config/import/keepalived_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace poise::config::importing {
namespace {

struct Parsed {
  std::vector<Statement> tree;
  Errors errors;
  std::vector<Note> notes;
};

Parsed parsed(const std::string& text, bool lenient = false) {
  Report report(lenient);
  std::vector<Token> tokens;
  Place place{report.add_file("k"), 0};
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    ++place.line;
    add_tokens({place, line}, tokens, report);
  }
  Parsed found{.tree = parse_statements(tokens, report), .errors = {}, .notes = {}};
  found.errors = report.errors();
  found.notes = report.notes();
  return found;
}

std::string shown(const std::vector<Statement>& tree) {
  std::string text;
  for (const Statement& each : tree) {
    text += each.keyword;
    for (const std::string& word : each.arguments) text += " " + word;
    if (!each.children.empty()) text += "{" + shown(each.children) + "}";
    text += ";";
  }
  return text;
}

TEST(KeepalivedTree, statements_stand_on_lines_of_their_own_or_share_one) {
  const std::string text =
      "vrrp_instance VI_1\n{\nstate MASTER\nvirtual_router_id 51\nauthentication {\nauth_type PASS\nauth_pass 1\n}\n"
      "nopreempt\nvirtual_ipaddress {\n10.0.0.1/24 brd 10.0.0.255 dev eth0\n10.0.0.2 dev eth0\n}\nsmtp_alert\n"
      "notify /x a b\n}\nvrrp_sync_group G {\ngroup {\nA\nB\n}\n}\n";
  const std::string want =
      "vrrp_instance VI_1{state MASTER;virtual_router_id 51;authentication{auth_type PASS;auth_pass 1;};nopreempt;"
      "virtual_ipaddress{10.0.0.1/24 brd 10.0.0.255 dev eth0;10.0.0.2 dev eth0;};smtp_alert;notify /x a b;};"
      "vrrp_sync_group G{group{A;B;};};";
  EXPECT_EQ(shown(parsed(text).tree), want);
  std::string one_line = text;
  std::replace(one_line.begin(), one_line.end(), '\n', ' ');
  EXPECT_EQ(shown(parsed(one_line).tree), want);
  EXPECT_TRUE(parsed(one_line).errors.empty());
}

TEST(KeepalivedTree, entries_of_lists_take_their_options) {
  struct Row {
    const char *text, *want;
  };
  for (const Row& row : {Row{"vrrp_instance A { track_script { a weight 2 b reverse c } }",
                             "vrrp_instance A{track_script{a weight 2;b reverse;c;};};"},
                         Row{"vrrp_instance A {\n virtual_ipaddress {\n dev eth0 10.0.0.2\n }\n}",
                             "vrrp_instance A{virtual_ipaddress{10.0.0.2 dev eth0;};};"},
                         Row{"virtual_server_group G { 10.0.0.1 80 10.0.0.2-9 81\nfwmark 3 inet6\n}",
                             "virtual_server_group G{10.0.0.1 80;10.0.0.2-9 81;fwmark 3 inet6;};"},
                         Row{"vrrp_instance A { unicast_peer { 10.0.0.1 min_ttl 1 max_ttl 2 10.0.0.2 } }",
                             "vrrp_instance A{unicast_peer{10.0.0.1 min_ttl 1 max_ttl 2;10.0.0.2;};};"},
                         Row{"static_routes {\n1.0.0.0/8 via 2.2.2.2 dev eth0\n3.0.0.0/8\n}",
                             "static_routes{1.0.0.0/8 via 2.2.2.2 dev eth0;3.0.0.0/8;};"}}) {
    EXPECT_EQ(shown(parsed(row.text).tree), row.want);
    EXPECT_TRUE(parsed(row.text).errors.empty()) << row.text;
  }
}

TEST(KeepalivedTree, mistakes_are_told_with_their_line_and_a_fix) {
  struct Row {
    const char *text, *error;
  };
  for (const Row& row :
       {Row{"vrrp_instance A {\npriorty 100\n}",
            "k:2: \"priorty\" is not known in vrrp_instance (did you mean \"priority\"?)"},
        Row{"priority 100", "k:1: \"priority\" is not known outside of all blocks (its place is in vrrp_instance)"},
        Row{"zzzzzzzz", "k:1: \"zzzzzzzz\" is not known outside of all blocks (remove it, or import with --lenient)"},
        Row{"vrrp_instance A {\nstate MASTER", "k:1: the block of vrrp_instance never ends (close it with })"},
        Row{"vrrp_instance A\n", "k:1: vrrp_instance has no block (write { ... } after it)"},
        Row{"}", "k:1: this } closes nothing (remove it, or open a block before it)"},
        Row{"{ a }", "k:1: this block has no keyword (write one before it)"},
        Row{"vrrp_instance A {\npriority\n}", "k:2: priority needs a value (write one after it)"},
        Row{"vrrp_instance A {\nnopreempt { x }\n}", "k:2: nopreempt has no block (remove the block)"}}) {
    const Parsed found = parsed(row.text);
    ASSERT_FALSE(found.errors.empty()) << row.text;
    EXPECT_EQ(to_string(found.errors[0]), row.error);
  }
}

TEST(KeepalivedTree, an_unknown_block_is_left_out_as_a_whole_with_a_note_for_each_line) {
  const Parsed found = parsed("new_thing x {\n a b\n c {\n d\n }\n}\nglobal_defs { }\n", true);
  EXPECT_EQ(shown(found.tree), "global_defs;");
  EXPECT_TRUE(found.errors.empty());
  EXPECT_EQ(found.notes.size(), 4u);
}

TEST(KeepalivedTree, words_too_many_are_named) {
  const Parsed found = parsed("vrrp_instance A {\npriority 100 high indeed\nstate BACKUP\n}");
  EXPECT_EQ(shown(found.tree), "vrrp_instance A{priority 100;state BACKUP;};");
  ASSERT_EQ(found.notes.size(), 1u);
  EXPECT_EQ(found.notes[0].text, "keepalived does not read the words after it: high indeed");
}

}  // namespace
}  // namespace poise::config::importing
