#include "datapath/dpdk/tap_fix.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <string_view>

namespace poise::datapath::dpdk {
namespace {

using Handler = void (*)(int);
std::atomic<Handler> driver_handler{nullptr};  // one per process, as the signal is

bool is_tap(int fd) {
  char path[32], target[64];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(path, target, sizeof target);
  return length > 0 && std::string_view(target, std::size_t(length)) == "/dev/net/tun";
}

}  // namespace

void silence_taps() {
  constexpr int highest_fd = 4096;
  for (int fd = 3; fd < highest_fd; ++fd) {
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || (flags & O_ASYNC) == 0 || !is_tap(fd)) continue;
    const int signal_number = fcntl(fd, F_GETSIG);
    struct sigaction action {};
    if (signal_number <= 0 || sigaction(signal_number, nullptr, &action) != 0) continue;
    if ((action.sa_flags & SA_SIGINFO) != 0 || action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN) continue;
    fcntl(fd, F_SETFL, flags & ~O_ASYNC);
    driver_handler.store(action.sa_handler, std::memory_order_release);
  }
}

void kick_taps() {
  if (const Handler handler = driver_handler.load(std::memory_order_acquire)) handler(0);
}

}  // namespace poise::datapath::dpdk
