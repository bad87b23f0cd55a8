#include "config/import/haproxy/words.hpp"

#include <gtest/gtest.h>

#include <set>

namespace poise::config::importing::haproxy {
namespace {

TEST(HaproxyWords, are_read_by_the_table_and_those_that_nobody_takes_are_spoken_of) {
  constexpr Word known[] = {{"weight", 1, Word::Kind::taken},
                            {"tfo", 0, Word::Kind::noted, "not here"},
                            {"maxconn", 1, Word::Kind::matters, "no limit"},
                            {"ssl", 0, Word::Kind::drops, "no TLS"}};
  struct Row {
    std::vector<std::string> words;
    std::size_t found, notes, errors;
    bool drops;
  };
  for (const Row& row :
       {Row{{"server", "weight", "5", "tfo"}, 2, 1, 0, false}, Row{{"server", "maxconn", "5"}, 1, 1, 1, false},
        Row{{"server", "ssl"}, 1, 1, 1, true}, Row{{"server", "tfo", "ssl", "tfo"}, 3, 2, 1, true},
        Row{{"server", "weight"}, 0, 1, 1, false}, Row{{"server", "wieght", "5"}, 0, 1, 1, false}}) {
    const Options options;
    Report report(false);
    Mapping mapping(options, report);
    const Line line{.place = {report.add_file("h.cfg"), 1}, .words = row.words};
    bool drops = false;
    EXPECT_EQ(read_words(mapping, line, 1, known, drops).size(), row.found);
    EXPECT_EQ(report.notes().size(), row.notes);
    EXPECT_EQ(report.errors().size(), row.errors);
    EXPECT_EQ(drops, row.drops);
  }
}

TEST(HaproxyWords, of_binds_and_servers_stand_once_and_say_why_they_are_not_taken) {
  for (const std::span<const Word> words : {bind_words(), server_words()}) {
    std::set<std::string_view> names;
    for (const Word& word : words) {
      EXPECT_TRUE(names.insert(word.name).second) << word.name;
      EXPECT_EQ(std::string_view(word.why).empty(), word.kind == Word::Kind::taken || word.kind == Word::Kind::check)
          << word.name;
    }
  }
}

}  // namespace
}  // namespace poise::config::importing::haproxy
