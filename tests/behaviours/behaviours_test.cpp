#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/behaviours/case.hpp"
#include "tests/behaviours/difference.hpp"

namespace poise::datapath {
namespace {

namespace fs = std::filesystem;

fs::path cases_folder() {
  const char* elsewhere = std::getenv("POISE_BEHAVIOURS");
  return elsewhere != nullptr ? fs::path(elsewhere) : fs::path(POISE_SOURCE) / "tests/behaviours/cases";
}

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  if (fs::is_directory(cases_folder()))
    for (const auto& entry : fs::directory_iterator(cases_folder()))
      if (fs::exists(entry.path() / "config.json")) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

void compare_frames(const Case& what, const std::string& port, std::vector<Bytes> sent) {
  const std::vector<Bytes>& expected = what.expected.at(port);
  if (const auto of_port = what.free_fields.find(port); of_port != what.free_fields.end())
    for (const auto& [frame, names] : of_port->second)
      for (const std::string& name : names)
        if (frame < sent.size() && frame < expected.size()) adopt_free_field(name, expected[frame], sent[frame]);
  for (std::size_t i = 0; i < std::max(sent.size(), expected.size()); ++i) {
    const std::string which = "frame " + std::to_string(i + 1) + " that leaves through " + port;
    if (i >= sent.size()) {
      ADD_FAILURE() << which << " is missing\n" << difference(expected[i], {});
    } else if (i >= expected.size()) {
      ADD_FAILURE() << which << " should not be there\n" << difference({}, sent[i]);
    } else if (const std::string differs = difference(expected[i], sent[i]); !differs.empty()) {
      ADD_FAILURE() << which << " differs\n" << differs;
    }
  }
}

void compare_counters(const Case& what, const Outcome& outcome) {
  for (const auto& [name, value] : what.counters) {
    const auto found = outcome.counters.find(name);
    ASSERT_NE(found, outcome.counters.end()) << "no counter is named " << name;
    EXPECT_EQ(found->second, value) << "counter " << name;
  }
  for (const DropInfo& drop : drops) {
    const std::string name(drop.counter);
    if (what.counters.contains(name)) continue;
    EXPECT_EQ(outcome.counters.at(name), 0u) << "dropped: " << drop.meaning << " (" << name << ")";
  }
}

class Behaviour : public testing::TestWithParam<std::string> {};

TEST_P(Behaviour, plays_its_pcap_and_matches) {
  const Result<Case> loaded = load_case(cases_folder() / GetParam());
  ASSERT_TRUE(loaded.has_value()) << to_string(loaded.error());
  Outcome outcome = play(*loaded);
  for (const auto& [port, frames] : loaded->expected) compare_frames(*loaded, port, outcome.sent[port]);
  compare_counters(*loaded, outcome);
  EXPECT_EQ(outcome.buffers_out, 0u) << "packet buffers that nobody has freed";
}

INSTANTIATE_TEST_SUITE_P(cases, Behaviour, testing::ValuesIn(case_names()),
                         [](const testing::TestParamInfo<std::string>& of) { return of.param; });

TEST(Behaviours, there_are_at_least_eighty) { EXPECT_GE(case_names().size(), 80u); }

}  // namespace
}  // namespace poise::datapath
