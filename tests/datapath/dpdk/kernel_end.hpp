#pragma once
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <string>
#include <vector>

#include "config/types/mac.hpp"
#include "config/types/result.hpp"

namespace poise::datapath::dpdk {

// KernelEnd - the kernel's side of a tap: raw frames in and out of a network interface.
class KernelEnd {
 public:
  explicit KernelEnd(const std::string& interface)
      : interface_(interface), fd_(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons_all)) {
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons_all;
    address.sll_ifindex = int(if_nametoindex(interface.c_str()));
    ensure(fd_ >= 0 && bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    const timeval patience{5, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~KernelEnd() { close(fd_); }
  KernelEnd(const KernelEnd&) = delete;
  KernelEnd& operator=(const KernelEnd&) = delete;

  bool send(const std::vector<std::uint8_t>& frame) {
    return ::send(fd_, frame.data(), frame.size(), 0) == ssize_t(frame.size());
  }
  // The next frame of this EtherType that came in (what the kernel itself sent is left out); empty after 5 s without
  // one.
  std::vector<std::uint8_t> receive(std::uint16_t type) {
    for (;;) {
      std::vector<std::uint8_t> frame(2000);
      sockaddr_ll from{};
      socklen_t length = sizeof from;
      const ssize_t got = recvfrom(fd_, frame.data(), frame.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
      if (got < 0) return {};
      frame.resize(std::size_t(got));
      if (from.sll_pkttype != PACKET_OUTGOING && frame[12] == type >> 8 && frame[13] == (type & 0xff)) return frame;
    }
  }
  MacAddr mac() const {
    ifreq request = named();
    ensure(ioctl(fd_, SIOCGIFHWADDR, &request) == 0);
    MacAddr mac;
    std::memcpy(mac.octets.data(), request.ifr_hwaddr.sa_data, mac.octets.size());
    return mac;
  }
  void take_down() {
    ifreq request = named();
    ensure(ioctl(fd_, SIOCGIFFLAGS, &request) == 0);
    request.ifr_flags = short(request.ifr_flags & ~IFF_UP);
    ensure(ioctl(fd_, SIOCSIFFLAGS, &request) == 0);
  }

 private:
  static constexpr std::uint16_t htons_all = 0x0300;  // ETH_P_ALL in network order
  ifreq named() const {
    ifreq request{};
    interface_.copy(request.ifr_name, sizeof request.ifr_name - 1);
    return request;
  }
  std::string interface_;
  int fd_;
};

// An Ethernet frame of this type with a payload of `fill`.
inline std::vector<std::uint8_t> test_frame(std::uint16_t type, std::size_t length = 100, std::uint8_t fill = 0) {
  std::vector<std::uint8_t> frame(length, fill);
  std::memset(frame.data(), 0xff, 6);
  const std::array<std::uint8_t, 8> rest{2, 9, 9, 9, 9, 9, std::uint8_t(type >> 8), std::uint8_t(type)};
  std::copy(rest.begin(), rest.end(), frame.begin() + 6);
  return frame;
}

inline constexpr std::uint16_t test_type = 0x88b5;  // IEEE 802: local experiments

}  // namespace poise::datapath::dpdk
