#include "l7/rules/condition.hpp"

#include <functional>

#include "tests/l7/rules/judged.hpp"

namespace poise::l7::rules {
namespace {

using Of = TextCondition::Of;
using Kind = TextMatcher::Kind;

const char* const head =
    "POST /a/b?id=7&flag HTTP/1.1\r\nHost: Shop.Example:8080\r\nAccept-Encoding: gzip, br\r\nX-Empty:\r\n"
    "Cookie: a=1; b=2\r\nContent-Length: 12\r\n\r\n";

Condition text(Of of, const char* name, Kind kind, const char* value, bool ignores_case = false) {
  TextMatcher matcher(ignores_case);
  matcher.add(kind, value);
  return TextCondition{of, name, {}, std::move(matcher)};
}
Condition present(Of of, const char* name, bool is_there) { return TextCondition{of, name, is_there, TextMatcher()}; }

bool judge(Condition condition, const Subject& subject) {
  Match match;
  match.all.push_back(std::move(condition));
  return holds(match, subject);
}

TEST(Condition, asks_for_texts_of_a_request) {
  struct Row {
    Of of;
    const char* name;
    Kind kind;
    const char* value;
    bool is_met;
  };
  Judged judged(head);
  for (const Row& row : {
           Row{Of::path, "", Kind::exact, "/a/b", true},
           Row{Of::path, "", Kind::prefix, "/b", false},
           Row{Of::query, "", Kind::exact, "id=7&flag", true},
           Row{Of::url, "", Kind::suffix, "b?id=7&flag", true},
           Row{Of::host, "", Kind::exact, "Shop.Example", true},
           Row{Of::header, "accept-encoding", Kind::exact, "br", true},
           Row{Of::header, "accept-encoding", Kind::exact, "gzip, br", true},
           Row{Of::header, "accept-encoding", Kind::exact, "zstd", false},
           Row{Of::header, "x-empty", Kind::exact, "", true},
           Row{Of::header, "x-none", Kind::regex, ".*", false},
           Row{Of::cookie, "b", Kind::exact, "2", true},
           Row{Of::cookie, "B", Kind::exact, "2", false},
           Row{Of::cookie, "a", Kind::exact, "2", false},
           Row{Of::parameter, "id", Kind::exact, "7", true},
           Row{Of::parameter, "flag", Kind::exact, "", true},
           Row{Of::parameter, "fla", Kind::regex, ".*", false},
           Row{Of::sni, "", Kind::regex, ".*", false},
           Row{Of::response_header, "a", Kind::regex, ".*", false},
       })
    EXPECT_EQ(judge(text(row.of, row.name, row.kind, row.value), judged.subject), row.is_met)
        << row.name << " " << row.value;
}

TEST(Condition, what_has_a_name_is_there_or_not) {
  struct Row {
    Of of;
    const char* name;
    bool is_there;
  };
  Judged judged(head);
  for (const Row& row :
       {Row{Of::header, "x-empty", true}, Row{Of::header, "x-none", false}, Row{Of::parameter, "flag", true},
        Row{Of::parameter, "none", false}, Row{Of::cookie, "a", true}, Row{Of::cookie, "c", false}}) {
    EXPECT_EQ(judge(present(row.of, row.name, true), judged.subject), row.is_there) << row.name;
    EXPECT_EQ(judge(present(row.of, row.name, false), judged.subject), !row.is_there) << row.name;
  }
}

TEST(Condition, sees_what_rules_before_it_have_made_of_the_request) {
  Judged judged(head);
  judged.edits.set_path("/new");
  judged.edits.remove(1);
  judged.edits.add("x-new", "1");
  EXPECT_TRUE(judge(text(Of::path, "", Kind::exact, "/new"), judged.subject));
  EXPECT_TRUE(judge(present(Of::header, "accept-encoding", false), judged.subject));
  EXPECT_TRUE(judge(text(Of::header, "x-new", Kind::exact, "1"), judged.subject));
}

TEST(Condition, asks_for_methods_sources_ports_and_statuses) {
  Judged judged(head), answered(head, "HTTP/1.1 404 x\r\nServer: a, b\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(judge(MethodCondition{{"GET", "POST"}}, judged.subject));
  EXPECT_FALSE(judge(MethodCondition{{"GET"}}, judged.subject));
  SourceCondition near, far;
  near.sources.insert(*parse_prefix("192.0.2.0/24"));
  far.sources.insert(*parse_prefix("10.0.0.0/8"));
  EXPECT_TRUE(judge(near, judged.subject));
  EXPECT_FALSE(judge(far, judged.subject));
  EXPECT_TRUE(judge(PortCondition{{{443, 443}, {79, 80}}}, judged.subject));
  EXPECT_FALSE(judge(PortCondition{{{81, 90}}}, judged.subject));
  EXPECT_TRUE(judge(StatusCondition{{{400, 499}}}, answered.subject));
  EXPECT_FALSE(judge(StatusCondition{{{500, 599}}}, answered.subject));
  EXPECT_FALSE(judge(StatusCondition{{{100, 599}}}, judged.subject));
  EXPECT_TRUE(judge(text(Of::response_header, "server", Kind::exact, "b"), answered.subject));
  EXPECT_FALSE(judge(text(Of::path, "", Kind::regex, ".*"), answered.subject));
  judged.subject.sni = "a.example";
  EXPECT_TRUE(judge(text(Of::sni, "", Kind::suffix, ".example"), judged.subject));
}

TEST(Match, all_conditions_one_of_any_and_none_of_not_must_hold) {
  struct Row {
    bool all, any_1, any_2, none, is_met;
  };
  Judged judged(head);
  const auto group = [](bool is_met) {
    Group conditions;
    conditions.push_back(text(Of::path, "", Kind::exact, "/a/b"));
    conditions.push_back(text(Of::path, "", Kind::prefix, is_met ? "/a" : "/z"));
    return conditions;
  };
  for (const Row& row :
       {Row{true, true, false, false, true}, Row{true, false, true, false, true}, Row{true, false, false, false, false},
        Row{false, true, true, false, false}, Row{true, true, true, true, false}}) {
    Match match;
    match.all = group(row.all);
    match.any.push_back(group(row.any_1));
    match.any.push_back(group(row.any_2));
    match.none.push_back(group(false));
    match.none.push_back(group(row.none));
    EXPECT_EQ(holds(match, judged.subject), row.is_met);
  }
  EXPECT_TRUE(holds(Match{}, judged.subject));
}

TEST(Condition, asks_for_what_a_tracked_entry_counts) {
  stick::Shape shape{.type = stick::KeyType::integer, .size = 8};
  shape.store(stick::Data::gpc0);
  stick::Table table(shape, 1, {});
  Judged judged(head);
  const std::uint32_t entry = table.take("1234", {});
  judged.subject.tracked.held[1] = {&table, entry};
  table.set(entry, stick::Data::gpc0, 10);
  struct Row {
    CounterCondition condition;
    bool is_met;
  };
  for (const Row& row : {
           Row{{1, stick::Data::gpc0, 9, {}}, true}, Row{{1, stick::Data::gpc0, 10, {}}, false},
           Row{{1, stick::Data::gpc0, {}, 11}, true}, Row{{1, stick::Data::gpc0, {}, 10}, false},
           Row{{1, stick::Data::gpc0, 8, 12}, true}, Row{{1, stick::Data::gpc1, {}, 11}, false},  // not stored
           Row{{0, stick::Data::gpc0, {}, 11}, false},                                            // nothing is tracked
       })
    EXPECT_EQ(judge(row.condition, judged.subject), row.is_met);
}

}  // namespace
}  // namespace poise::l7::rules
