#include "control/cli/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>

#include "config/types/result.hpp"

namespace poise::control::cli {
namespace {

volatile std::sig_atomic_t pipe_to_wake = -1;  // the only thing that the handler can reach

extern "C" void on_interrupt(int) {
  const int saved = errno;
  [[maybe_unused]] const auto written = ::write(pipe_to_wake, "", 1);
  errno = saved;
}

}  // namespace

TerminalSize terminal_size(int file) {
  winsize size{};
  if (::isatty(file) == 0) return {};
  if (::ioctl(file, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return {80, 24};
  return {size.ws_col, size.ws_row};
}

Interrupt::Interrupt() {
  ensure(::pipe2(ends_, O_CLOEXEC | O_NONBLOCK) == 0);
  pipe_to_wake = ends_[1];
  struct sigaction action{};
  action.sa_handler = on_interrupt;
  action.sa_flags = int(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
}

Interrupt::~Interrupt() {
  struct sigaction action{};
  action.sa_handler = SIG_DFL;
  sigaction(SIGINT, &action, nullptr);
  ::close(ends_[0]);
  ::close(ends_[1]);
}

bool Interrupt::wait(std::chrono::milliseconds longest) const {
  pollfd waited{ends_[0], POLLIN, 0};
  if (::poll(&waited, 1, int(longest.count())) < 0 && errno == EINTR) ::poll(&waited, 1, 0);
  return (waited.revents & POLLIN) != 0;
}

std::chrono::nanoseconds monotonic_now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

bool run_editor(const std::string& file) {
  ::setenv("POISE_EDITED_FILE", file.c_str(), 1);  // so that no character of the name needs quoting
  return std::system("${VISUAL:-${EDITOR:-vi}} \"$POISE_EDITED_FILE\"") == 0;
}

}  // namespace poise::control::cli
