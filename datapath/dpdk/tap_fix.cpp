#include "datapath/dpdk/tap_fix.hpp"

#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>
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

bool silence_taps() {
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
  return driver_handler.load(std::memory_order_relaxed) != nullptr;
}

void allow_tap_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) sigaddset(&signals, number);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void kick_taps() {
  if (const Handler handler = driver_handler.load(std::memory_order_acquire)) handler(0);
}

void set_kernel_end_mac(unsigned interface_index, const MacAddr& mac) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  ifreq request{};
  if (if_indextoname(interface_index, request.ifr_name) != nullptr) {
    request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    std::memcpy(request.ifr_hwaddr.sa_data, mac.octets.data(), mac.octets.size());
    ioctl(fd, SIOCSIFHWADDR, &request);
  }
  close(fd);
}

bool tap_is_taken(const std::string& interface) {
  const int fd = interface.empty() ? -1 : socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  ifreq request{};
  interface.copy(request.ifr_name, sizeof request.ifr_name - 1);
  ethtool_value link{};
  link.cmd = ETHTOOL_GLINK;  // the carrier: there as long as somebody is attached, gone the moment that process ends
  request.ifr_data = reinterpret_cast<char*>(&link);
  const bool taken = ioctl(fd, SIOCETHTOOL, &request) == 0 && link.data != 0;
  close(fd);
  return taken;
}

}  // namespace poise::datapath::dpdk
