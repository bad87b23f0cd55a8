#include "control/cli/terminal.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

namespace poise::control::cli {
namespace {

using namespace std::chrono_literals;

TEST(Interrupt, ctrl_c_wakes_whoever_waits_and_is_remembered) {
  const Interrupt interrupt;
  EXPECT_FALSE(interrupt.wait(0ms));
  ASSERT_EQ(::raise(SIGINT), 0);
  EXPECT_TRUE(interrupt.wait(1h));
  EXPECT_TRUE(interrupt.wait(0ms));
}

TEST(Interrupt, the_second_ctrl_c_ends_the_process) {
  EXPECT_EXIT(
      {
        const Interrupt interrupt;
        ::raise(SIGINT);
        ::raise(SIGINT);
      },
      testing::KilledBySignal(SIGINT), "");
}

TEST(Terminal, a_file_is_no_terminal) {
  const int file = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  EXPECT_EQ(terminal_size(file).columns, 0u);
  ::close(file);
}

TEST(Terminal, the_clock_never_goes_back) {
  const auto before = monotonic_now();
  EXPECT_GE(monotonic_now(), before);
}

TEST(Terminal, the_editor_gets_the_file_whatever_its_name) {
  const std::string file = testing::TempDir() + "poise edited; 'file' $HOME";
  std::ofstream(file) << "before";
  ::unsetenv("VISUAL");
  ::setenv("EDITOR", "cp /dev/null", 1);
  EXPECT_TRUE(run_editor(file));
  std::ifstream edited(file);
  EXPECT_EQ(edited.peek(), std::ifstream::traits_type::eof());
  ::setenv("EDITOR", "false", 1);
  EXPECT_FALSE(run_editor(file));
  ::unsetenv("EDITOR");
  ::unlink(file.c_str());
}

}  // namespace
}  // namespace poise::control::cli
