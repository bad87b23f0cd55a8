#include "config/import/keepalived_variables.hpp"

#include <gtest/gtest.h>

#include "tests/config/import/imported.hpp"

namespace poise::config::importing {
namespace {

struct Expanded {
  std::vector<SourceLine> lines;
  std::string text;  // all of them
  Errors errors;
  std::vector<Note> notes;
};

Expanded expanded(std::string_view text, ImportOptions options = options_of_a_machine()) {
  Report report(options.lenient);
  Expanded found{.lines = expand_lines(text, options, report), .text = {}, .errors = {}, .notes = {}};
  for (const SourceLine& line : found.lines) found.text += line.text + "\n";
  found.errors = report.errors();
  found.notes = report.notes();
  return found;
}

TEST(KeepalivedVariables, definitions_conditions_sequences_and_lists_are_put_in) {
  struct Row {
    const char *text, *want;
  };
  for (const Row& row :
       {Row{"a # x\n\n ! y\nb", "a\nb\n"}, Row{"$P=240\npriority $P", "priority 240\n"},
        Row{"$B=10.2.${S}\n$S=0\n${B}.100/32\n$S=10\n${B}.1", "10.2.0.100/32\n10.2.10.1\n"},
        Row{"x ${UNDEFINED} $HOME/y", "x ${UNDEFINED} $HOME/y\n"}, Row{"$E=\na $E b", "a  b\n"},
        Row{"@node1 yes\n@other no\n@^node1 no\n@^other yes too", "yes\nyes too\n"},
        Row{"$IF=@node1\n$IF priority 1\n$IF=@x\n$IF priority 2", "priority 1\n"},
        Row{"@node1 $P=1\n@node2 $P=2\np $P", "p 1\n"},
        Row{"$I= \\\n vrrp_instance VI_$N { \\\n  id ${N} \\\n }\n$N=1\n$I\n$N=2\n$I",
            "vrrp_instance VI_1 {\nid 1\n}\nvrrp_instance VI_2 {\nid 2\n}\n"},
        Row{"~SEQ(N, 0, 3) 10.0.${N}.1", "10.0.0.1\n10.0.1.1\n10.0.2.1\n10.0.3.1\n"},
        Row{"~SEQ(N, 3, -1, 2) $N", "3\n2\n"}, Row{"~SEQ(N, 2) $N", "1\n2\n"},
        Row{"~SEQx(N, 0x90, 0x10, 0xb0) fe80::$N\n", "fe80::90\nfe80::a0\nfe80::b0\n"},
        Row{"~LST(N, a, b) x${N}", "xa\nxb\n"}, Row{"~LST({A, B}, {1,2}, {3,4}) ${A}.${B}", "1.2\n3.4\n"},
        Row{"~LST(A, 1, 2) ~SEQ(B, 1, 2) ${A}${B}", "11\n12\n21\n22\n"}, Row{"a${_HASH}b c${_BANG} d", "a#b c! d\n"},
        Row{"${_INSTANCE} ${_PWD}/x", "node1 ./x\n"}}) {
    const Expanded found = expanded(row.text);
    EXPECT_EQ(found.text, row.want) << row.text;
    EXPECT_TRUE(found.errors.empty()) << row.text;
  }
}

TEST(KeepalivedVariables, a_line_of_a_definition_has_the_place_of_its_use_and_each_line_a_note) {
  const Expanded found = expanded("$I= \\\nstate \\\nMASTER\n\n$I\n@x gone");
  ASSERT_EQ(found.lines.size(), 2u);
  EXPECT_EQ(found.lines[0].place.line, 5u);
  std::set<unsigned> noted;
  for (const Note& note : found.notes) noted.insert(note.line);
  EXPECT_EQ(noted, (std::set<unsigned>{1, 2, 3, 6}));
}

TEST(KeepalivedVariables, what_never_ends_or_cannot_be_known_is_refused) {
  std::string doubling = "$A0=x\n";
  for (int i = 1; i < 40; ++i) {
    const std::string before = "${A" + std::to_string(i - 1) + "}";
    doubling += "$A" + std::to_string(i) + "=" + before + before + "\n";
  }
  for (const std::string& text :
       {std::string("$A=${A}\n$A"), std::string("$A=$B\n$B=$A\n$A"), doubling + "${A39}",
        std::string("$A= \\\n$A \\\n$A\n$A"), std::string("~SEQ(A,1,200000) ~SEQ(B,1,200000) @no"),
        std::string("~SEQ(A,1,0,5) x"), std::string("~SEQ(A) x"), std::string("~LST({A,B},{1}) x"),
        std::string("x ${_ENV HOME}"), std::string("${_RANDOM 1 2}"), std::string(70'000, 'x')})
    EXPECT_FALSE(expanded(text).errors.empty()) << text.substr(0, 60);
}

TEST(KeepalivedVariables, includes_are_read_from_the_folder_of_their_file) {
  ImportOptions options = options_of_a_machine();
  options.file = "/etc/keepalived/k.conf";
  options.include = [](const std::string& folder, const std::string& pattern) {
    if (pattern == "loop") return std::vector<IncludedFile>{{"/loop", "include loop\ninclude loop"}};
    if (folder == "/etc/keepalived" && pattern == "d/*.conf")
      return std::vector<IncludedFile>{{"/etc/keepalived/d/a.conf", "a ${_PWD}\ninclude b"}, {"/x/c", "c"}};
    if (folder == "/etc/keepalived/d" && pattern == "b") return std::vector<IncludedFile>{{"/b", "b"}};
    return std::vector<IncludedFile>{};
  };
  const Expanded found = expanded("include \"d/*.conf\"\nend ${_PWD}", options);
  EXPECT_EQ(found.text, "a /etc/keepalived/d\nb\nc\nend /etc/keepalived\n");
  EXPECT_EQ(found.lines[1].place, (Place{2, 1}));
  EXPECT_TRUE(expanded("include none", options).errors.empty());
  EXPECT_FALSE(expanded("includer none", options).errors.empty());
  EXPECT_FALSE(expanded("include loop", options).errors.empty());
  EXPECT_TRUE(expanded("include x", options_of_a_machine()).errors.empty());
}

}  // namespace
}  // namespace poise::config::importing
