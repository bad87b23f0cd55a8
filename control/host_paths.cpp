#include "control/host_paths.hpp"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace poise::control {
namespace {

constexpr std::size_t frames_per_poll = 32;

Error failure(const std::string& interface, const std::string& what) {
  return {"interfaces." + interface + ".host_path", what + ": " + std::strerror(errno),
          "poised needs CAP_NET_ADMIN and /dev/net/tun"};
}

// The host's side looks like the port: same MAC, same MTU, up.
void dress(const char* name, const MacAddr& mac, std::uint16_t mtu) {
  const int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::memcpy(request.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
  request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
  std::memcpy(request.ifr_hwaddr.sa_data, mac.octets.data(), 6);
  ioctl(control, SIOCSIFHWADDR, &request);
  request.ifr_mtu = mtu;
  ioctl(control, SIOCSIFMTU, &request);
  ioctl(control, SIOCGIFFLAGS, &request);
  request.ifr_flags = short(request.ifr_flags | IFF_UP);
  ioctl(control, SIOCSIFFLAGS, &request);
  close(control);
}

Result<int> open_tap(const datapath::Interface& interface) {
  const int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return tl::unexpected(failure(interface.name, "/dev/net/tun can't be opened"));
  ifreq request{};
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  const std::string name = ("poise-" + interface.name).substr(0, IFNAMSIZ - 1);
  std::memcpy(request.ifr_name, name.c_str(), name.size() + 1);
  if (ioctl(fd, TUNSETIFF, &request) != 0) {
    const Error error = failure(interface.name, "the tap \"" + name + "\" can't be made");
    close(fd);
    return tl::unexpected(error);
  }
  dress(request.ifr_name, interface.mac, interface.mtu);
  return fd;
}

}  // namespace

HostPaths::~HostPaths() {
  for (const auto& [port, fd] : taps_) close(fd);
}

Errors HostPaths::apply(const datapath::Tables& tables) {
  Errors errors;
  std::map<std::uint16_t, int> kept;
  for (const datapath::Interface& interface : tables.interfaces) {
    if (!interface.host_path || interface.vlan != 0) continue;
    if (const auto known = taps_.find(interface.port.value); known != taps_.end()) {
      kept.insert(taps_.extract(known));
      continue;
    }
    const Result<int> fd = open_tap(interface);
    if (fd)
      kept[interface.port.value] = *fd;
    else
      errors.push_back(fd.error());
  }
  for (const auto& [port, fd] : taps_) close(fd);
  taps_ = std::move(kept);
  return errors;
}

void HostPaths::to_host(PortIndex port, std::span<const std::uint8_t> frame) {
  const auto tap = taps_.find(port.value);
  if (tap == taps_.end() || write(tap->second, frame.data(), frame.size()) < 0) ++lost_;
}

void HostPaths::answer_to_host(PortIndex port, std::span<const std::uint8_t> frame) {
  constexpr std::size_t ethertype_at = 12, arp_operation_at = 20, icmpv6_type_at = 54;
  if (!taps_.contains(port.value) || frame.size() <= icmpv6_type_at - 14) return;
  const bool is_arp = frame[ethertype_at] == 0x08 && frame[ethertype_at + 1] == 0x06;
  const bool is_reply = is_arp && frame[arp_operation_at] == 0 && frame[arp_operation_at + 1] == 2;
  const bool is_advertisement = frame[ethertype_at] == 0x86 && frame[ethertype_at + 1] == 0xdd &&
                                frame.size() > icmpv6_type_at && frame[icmpv6_type_at] == 136;
  if (is_reply || is_advertisement) to_host(port, frame);
}

std::size_t HostPaths::poll() {
  std::array<std::uint8_t, limits::punt_bytes> frame;
  std::size_t moved = 0;
  for (const auto& [port, fd] : taps_)
    for (std::size_t i = 0; i < frames_per_poll; ++i) {
      const ssize_t length = read(fd, frame.data(), frame.size());
      if (length <= 0) break;
      if (!engine_.inject(PortIndex{port}, {frame.data(), std::size_t(length)})) ++lost_;
      ++moved;
    }
  return moved;
}

}  // namespace poise::control
