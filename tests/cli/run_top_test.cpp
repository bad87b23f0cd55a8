#include <gtest/gtest.h>

#include "tests/cli/session.hpp"

namespace poise::control::cli {
namespace {

// Two services; each look finds 1000 packets and 125 kB more on "web", ten times that on "mail".
StubServer::Answer growing() {
  return [looks = 0](const StubServer::Asked&) mutable {
    ++looks;
    const std::string packets = std::to_string(1000 * looks), bytes = std::to_string(125000 * looks);
    return std::vector<std::string>{
        json_ok(R"([{"name":"web","connections":3,"packets":)" + packets + R"(,"bytes":)" + bytes +
                R"(,"servers":[{"name":"a","status":"up","connections":3,"packets":)" + packets + R"(,"bytes":)" +
                bytes + R"(}]},{"name":"mail","connections":0,"packets":)" + packets + R"(0,"bytes":)" + bytes +
                R"(0,"servers":[]}])")};
  };
}

TEST(RunTop, rates_are_the_difference_of_two_looks_and_the_busiest_comes_first) {
  Session session(growing());
  EXPECT_EQ(session.run({"top", "--count", "1"}), Exit::ok);
  EXPECT_EQ(session.out,
            "SERVICE  STATUS  CONNECTIONS  PACKETS/S        RATE\n"
            "mail                       0     10.0 k   10.0 Mb/s\n"
            "web                        3       1000    1.0 Mb/s\n"
            "  a      up                3       1000    1.0 Mb/s\n\n");
}

TEST(RunTop, a_terminal_is_drawn_over_without_clearing_it) {
  Session session(growing());
  session.terminal = true;
  EXPECT_EQ(session.run({"top", "--count", "1"}), Exit::ok);
  EXPECT_TRUE(session.out.starts_with("\x1b[HSERVICE"));
  EXPECT_TRUE(session.out.ends_with("\x1b[K\n\x1b[J"));
}

TEST(RunTop, it_goes_on_until_interrupted) {
  Session session(growing());
  session.waits_before_interrupt = 3;
  EXPECT_EQ(session.run({"top"}), Exit::interrupted);
}

TEST(RunTop, counters_that_went_back_show_no_rate) {
  Session session([looks = 0](const StubServer::Asked&) mutable {
    return std::vector<std::string>{
        json_ok(++looks == 1 ? R"([{"name":"web","packets":1000}])" : R"([{"name":"web","packets":5}])")};
  });
  EXPECT_EQ(session.run({"top", "--count", "1"}), Exit::ok);
  EXPECT_NE(session.out.find("web                        -          0       0 b/s"), std::string::npos) << session.out;
}

}  // namespace
}  // namespace poise::control::cli
