#include "control/proxy/inherited_sockets.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <string>

#include "control/proxy/socket_addresses.hpp"

namespace poise::control::proxy {
namespace {

std::optional<int> option_of(int fd, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  if (getsockopt(fd, level, name, &value, &size) != 0) return std::nullopt;
  return value;
}

std::optional<InheritedSockets::Socket> listening_on(int fd) {
  const auto domain = option_of(fd, SOL_SOCKET, SO_DOMAIN);
  if (domain != AF_INET && domain != AF_INET6) return std::nullopt;
  if (option_of(fd, SOL_SOCKET, SO_PROTOCOL) != IPPROTO_TCP || option_of(fd, SOL_SOCKET, SO_ACCEPTCONN) != 1)
    return std::nullopt;
  const l7::tcp::Tuple ends = tuple_of(fd);
  const bool is_dual = ends.local == IpAddr{} && option_of(fd, IPPROTO_IPV6, IPV6_V6ONLY) == 0;
  return InheritedSockets::Socket{ends.local, ends.local_port, is_dual};
}

}  // namespace

InheritedSockets InheritedSockets::find_all() {
  InheritedSockets found;
  std::error_code error;
  for (auto each = std::filesystem::directory_iterator("/proc/self/fd", error);
       !error && each != std::filesystem::directory_iterator(); each.increment(error)) {
    const std::string name = each->path().filename();
    int fd = -1;
    std::from_chars(name.data(), name.data() + name.size(), fd);
    const auto socket = listening_on(fd);
    if (!socket) continue;
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    found.sockets_.emplace(std::uint32_t(fd), *socket);
  }
  return found;
}

const InheritedSockets::Socket* InheritedSockets::find(std::uint32_t number) const {
  const auto found = sockets_.find(number);
  return found == sockets_.end() ? nullptr : &found->second;
}

std::optional<std::uint32_t> InheritedSockets::at(const IpAddr& address, std::uint16_t port) const {
  for (const auto& [number, socket] : sockets_)
    if (socket.listens_on(address, port)) return number;
  return std::nullopt;
}

Result<int> InheritedSockets::duplicate(std::uint32_t number) const {
  const std::string name = "socket " + std::to_string(number);
  if (find(number) == nullptr) return fail(name, "poised was not started with it", "");
  const int fd = ::fcntl(int(number), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (fd < 0) return fail(name, std::string("can't be duplicated: ") + std::strerror(errno), "");
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  return fd;
}

}  // namespace poise::control::proxy
