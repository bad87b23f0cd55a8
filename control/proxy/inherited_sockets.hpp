#pragma once
#include <cstdint>
#include <map>
#include <optional>

#include "config/types/ip.hpp"
#include "config/types/result.hpp"

namespace poise::control::proxy {

// InheritedSockets - the listening TCP sockets that the process was started with, by the numbers of their descriptors.
// Only these may be named by `fd` of a bind: whatever else the process opens is out of a configuration's reach. They
// stay open as long as the process lives, so that frontends may go and come back.
class InheritedSockets {
 public:
  struct Socket {
    IpAddr address;
    std::uint16_t port = 0;
    bool is_dual = false;  // listens on every IPv6 address, and on every IPv4 address besides
    bool listens_on(const IpAddr& other, std::uint16_t other_port) const {
      return port == other_port && (address == other || (is_dual && other == IpAddr::v4(0)));
    }
  };

  InheritedSockets() = default;  // none
  // All that are open now: called once, before the process opens any of its own. What it executes later gets none.
  static InheritedSockets find_all();

  const Socket* find(std::uint32_t number) const;
  // The number of one that listens there.
  std::optional<std::uint32_t> at(const IpAddr& address, std::uint16_t port) const;
  // Another descriptor of the socket, which the caller closes. It does not block.
  Result<int> duplicate(std::uint32_t number) const;

 private:
  std::map<std::uint32_t, Socket> sockets_;
};

}  // namespace poise::control::proxy
