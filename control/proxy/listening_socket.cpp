#include "control/proxy/listening_socket.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "control/proxy/socket_addresses.hpp"

namespace poise::control::proxy {

Result<int> listening_socket(const IpAddr& address, std::uint16_t port) {
  const auto endpoint = endpoint_of(address, port);
  const int fd = ::socket(address.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
  const auto fails = [&](const char* what, const char* fix) {
    const std::string problem = what + std::string(": ") + std::strerror(errno);
    if (fd >= 0) ::close(fd);
    return fail(to_string(address) + " port " + std::to_string(port), problem, fix);
  };
  if (fd < 0) return fails("no socket can be made", "");
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.is_v6()) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(fd, endpoint.data(), socklen_t(endpoint.size())) != 0)
    return fails("can't be bound", errno == EADDRINUSE ? "another program listens there: `ss -ltnp` tells which"
                                   : errno == EACCES   ? "poised needs CAP_NET_BIND_SERVICE for ports below 1024"
                                                       : "is it an address of this machine?");
  if (::listen(fd, SOMAXCONN) != 0) return fails("can't be listened on", "");
  return fd;
}

}  // namespace poise::control::proxy
