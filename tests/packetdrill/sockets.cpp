#include "tests/packetdrill/sockets.hpp"

#include <netinet/in.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "datapath/wire/big_endian.hpp"

namespace poise::l7::tcp {
namespace {

using datapath::wire::Be16;

struct Name {
  IpAddr address;
  std::uint16_t port = 0;
};

std::optional<Name> read_name(const sockaddr* address, socklen_t length, bool is_v6) {
  Be16 port;
  if (!is_v6 && address->sa_family == AF_INET && length >= sizeof(sockaddr_in)) {
    sockaddr_in v4;
    std::memcpy(&v4, address, sizeof v4);
    std::memcpy(&port, &v4.sin_port, sizeof port);
    return Name{IpAddr::v4_at(reinterpret_cast<const std::uint8_t*>(&v4.sin_addr)), port.host()};
  }
  if (is_v6 && address->sa_family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
    sockaddr_in6 v6;
    std::memcpy(&v6, address, sizeof v6);
    std::memcpy(&port, &v6.sin6_port, sizeof port);
    return Name{IpAddr::v6(v6.sin6_addr.s6_addr), port.host()};
  }
  return {};
}

void write_name(const Name& name, sockaddr* address, socklen_t* length) {
  if (address == nullptr || length == nullptr) return;
  sockaddr_storage storage{};
  Be16 port;
  port.set(name.port);
  std::size_t size = sizeof(sockaddr_in);
  if (name.address.is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    v4.sin_family = AF_INET;
    std::memcpy(&v4.sin_port, &port, sizeof port);
    std::memcpy(&v4.sin_addr, &name.address.octets[12], 4);
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    v6.sin6_family = AF_INET6;
    std::memcpy(&v6.sin6_port, &port, sizeof port);
    std::memcpy(&v6.sin6_addr, name.address.octets.data(), 16);
    size = sizeof(sockaddr_in6);
  }
  std::memcpy(address, &storage, std::min<std::size_t>(*length, size));
  *length = socklen_t(size);
}

int errno_of(Closed why) {
  switch (why) {
    case Closed::finished:
      return 0;
    case Closed::reset:
      return ECONNRESET;
    case Closed::refused:
      return ECONNREFUSED;
    case Closed::timed_out:
      return ETIMEDOUT;
    case Closed::aborted:
      return ECONNABORTED;
    case Closed::unreachable:
      return EHOSTUNREACH;
    case Closed::no_memory:
      return ENOBUFS;
  }
  return EIO;
}

}  // namespace

Sockets::Socket* Sockets::find(int fd) {
  const auto found = sockets_.find(fd);
  return found == sockets_.end() ? nullptr : &found->second;
}

Sockets::Endpoint* Sockets::endpoint_of(Handle handle) {
  for (const auto& endpoint : endpoints_)
    if (endpoint->handle == handle) return endpoint.get();
  return nullptr;
}

int Sockets::add(Socket socket) {
  sockets_.emplace(next_fd_, std::move(socket));
  return next_fd_++;
}

int Sockets::socket(int domain, int type, int protocol) {
  const Lock lock(host_.mutex);
  if (domain != AF_INET && domain != AF_INET6) return -EAFNOSUPPORT;
  if ((type & 0xf) != SOCK_STREAM || (protocol != 0 && protocol != IPPROTO_TCP)) return -EPROTONOSUPPORT;
  Socket socket;
  socket.is_v6 = domain == AF_INET6;
  if ((type & SOCK_NONBLOCK) != 0) socket.status |= O_NONBLOCK;
  socket.address = socket.is_v6 ? IpAddr{} : IpAddr::v4(0);
  return add(std::move(socket));
}

int Sockets::bind(int fd, const sockaddr* address, socklen_t length) {
  const Lock lock(host_.mutex);
  Socket* socket = find(fd);
  if (socket == nullptr) return -EBADF;
  const auto name = read_name(address, length, socket->is_v6);
  if (!name || socket->kind != Socket::Kind::fresh) return -EINVAL;
  socket->address = name->address;
  socket->port = name->port;
  return 0;
}

int Sockets::listen(int fd, int) {
  const Lock lock(host_.mutex);
  Socket* socket = find(fd);
  if (socket == nullptr) return -EBADF;
  if (socket->kind == Socket::Kind::listener) return 0;
  if (socket->kind != Socket::Kind::fresh || socket->port == 0) return -EINVAL;
  if (!host_.stack().listen(socket->address, socket->port, *this)) return -EADDRINUSE;
  socket->kind = Socket::Kind::listener;
  return 0;
}

int Sockets::accept(int fd, sockaddr* address, socklen_t* length) {
  Lock lock(host_.mutex);
  Socket* socket = find(fd);
  if (socket == nullptr) return -EBADF;
  if (socket->kind != Socket::Kind::listener) return -EINVAL;
  if (socket->is_blocking())
    host_.wait(lock, never, [&] { return (socket = find(fd)) == nullptr || !socket->pending.empty(); });
  if (socket == nullptr) return -EBADF;
  if (socket->pending.empty()) return -EAGAIN;
  Socket accepted;
  accepted.kind = Socket::Kind::connection;
  accepted.is_v6 = socket->is_v6;
  accepted.resets_at_close = socket->resets_at_close;
  accepted.endpoint = socket->pending.front();
  socket->pending.pop_front();
  const Tuple tuple = host_.stack().facts(accepted.endpoint->handle).tuple;
  write_name({tuple.remote, tuple.remote_port}, address, length);
  return add(std::move(accepted));
}

int Sockets::connect(int fd, const sockaddr* address, socklen_t length) {
  Lock lock(host_.mutex);
  Socket* socket = find(fd);
  if (socket == nullptr) return -EBADF;
  if (socket->kind == Socket::Kind::listener) return -EOPNOTSUPP;
  if (socket->kind == Socket::Kind::connection) {
    const Endpoint& endpoint = *socket->endpoint;
    if (endpoint.is_open) return -EISCONN;
    if (!endpoint.is_over) return -EALREADY;
    return -std::max(1, take_error(*socket->endpoint));
  }
  const auto name = read_name(address, length, socket->is_v6);
  if (!name) return -EAFNOSUPPORT;
  if (socket->address.is_unspecified()) socket->address = socket->is_v6 ? flags_.local_v6 : flags_.local_v4;
  const auto handle = host_.stack().connect({socket->address, name->address, name->port, socket->port}, *this);
  if (!handle) return -EADDRNOTAVAIL;
  socket->kind = Socket::Kind::connection;
  const auto endpoint = std::make_shared<Endpoint>();
  endpoint->handle = *handle;
  endpoints_.push_back(endpoint);
  socket->endpoint = endpoint;
  const bool is_blocking = socket->is_blocking();
  host_.turn();
  if (!is_blocking) return -EINPROGRESS;
  host_.wait(lock, never, [&] { return endpoint->is_open || endpoint->is_over; });
  return -take_error(*endpoint);
}

void Sockets::opened(Handle handle) {
  if (Endpoint* own = endpoint_of(handle)) {
    own->is_open = true;
    return;
  }
  const auto endpoint = std::make_shared<Endpoint>();
  endpoint->handle = handle;
  endpoint->is_open = true;
  const Tuple tuple = host_.stack().facts(handle).tuple;
  for (auto& [fd, socket] : sockets_) {
    const bool is_it = socket.kind == Socket::Kind::listener && socket.port == tuple.local_port &&
                       (socket.address.is_unspecified() || socket.address == tuple.local);
    if (!is_it) continue;
    endpoints_.push_back(endpoint);
    socket.pending.push_back(endpoint);
    return;
  }
  host_.stack().abort(handle);
}

void Sockets::peer_finished(Handle handle) {
  if (Endpoint* endpoint = endpoint_of(handle)) endpoint->has_peer_finished = true;
}

void Sockets::closed(Handle handle, Closed why) {
  Endpoint* const endpoint = endpoint_of(handle);
  if (endpoint == nullptr) return;
  endpoint->error = errno_of(why);
  endpoint->is_over = true;
  std::erase_if(endpoints_, [&](const auto& each) { return each.get() == endpoint; });
}

bool Sockets::is_readable(const Socket& socket) const {
  switch (socket.kind) {
    case Socket::Kind::listener:
      return !socket.pending.empty();
    case Socket::Kind::pipe_reader:
      return !socket.pipe->empty();
    case Socket::Kind::connection: {
      const Endpoint& endpoint = *socket.endpoint;
      return endpoint.is_over || endpoint.has_peer_finished || endpoint.is_deaf ||
             host_.stack().readable(endpoint.handle) > 0;
    }
    default:
      return false;
  }
}

bool Sockets::is_writable(const Socket& socket) const {
  if (socket.kind == Socket::Kind::pipe_writer) return true;
  if (socket.kind != Socket::Kind::connection) return false;
  const Endpoint& endpoint = *socket.endpoint;
  return endpoint.is_over || endpoint.is_finished || (endpoint.is_open && host_.stack().room(endpoint.handle) > 0);
}

ssize_t Sockets::receive_from_pipe(Socket& socket, std::span<const iovec> to) {
  ssize_t done = 0;
  for (const iovec& part : to) {
    const std::size_t count = std::min(part.iov_len, socket.pipe->size());
    std::copy_n(socket.pipe->begin(), count, static_cast<std::uint8_t*>(part.iov_base));
    socket.pipe->erase(socket.pipe->begin(), socket.pipe->begin() + std::ptrdiff_t(count));
    done += ssize_t(count);
  }
  return done;
}

ssize_t Sockets::receive(int fd, std::span<const iovec> to, int flags, sockaddr* from, socklen_t* length) {
  Lock lock(host_.mutex);
  Socket* socket = find(fd);
  if (socket == nullptr) return -EBADF;
  if (socket->kind != Socket::Kind::connection && socket->kind != Socket::Kind::pipe_reader) return -ENOTCONN;
  if (socket->is_blocking() && (flags & MSG_DONTWAIT) == 0)
    host_.wait(lock, never, [&] { return (socket = find(fd)) == nullptr || is_readable(*socket); });
  if (socket == nullptr) return -EBADF;
  if (!is_readable(*socket)) return -EAGAIN;
  if (socket->kind == Socket::Kind::pipe_reader) return receive_from_pipe(*socket, to);
  Endpoint& endpoint = *socket->endpoint;
  if (endpoint.error != 0) return -take_error(endpoint);
  if (endpoint.is_deaf) return 0;
  const Tuple tuple = host_.stack().facts(endpoint.handle).tuple;
  write_name({tuple.remote, tuple.remote_port}, from, length);
  std::vector<std::uint8_t> bytes(host_.stack().readable(endpoint.handle));
  std::array<Slice, 64> slices;
  std::size_t have = 0;
  for (const Slice& slice : std::span(slices).first(host_.stack().peek(endpoint.handle, slices))) {
    const std::size_t count = std::min<std::size_t>(slice.length, bytes.size() - have);
    std::copy_n(slice.begin(), count, bytes.begin() + std::ptrdiff_t(have));
    have += count;
  }
  std::size_t done = 0;
  for (const iovec& part : to) {
    const std::size_t count = std::min(part.iov_len, have - done);
    std::copy_n(bytes.begin() + std::ptrdiff_t(done), count, static_cast<std::uint8_t*>(part.iov_base));
    done += count;
  }
  if ((flags & MSG_PEEK) == 0) host_.stack().consume(endpoint.handle, done);
  host_.turn();
  return ssize_t(done);
}

ssize_t Sockets::send(int fd, std::span<const iovec> from, int flags) {
  Lock lock(host_.mutex);
  Socket* socket = find(fd);
  if (socket == nullptr) return -EBADF;
  ssize_t done = 0;
  if (socket->kind == Socket::Kind::pipe_writer) {
    for (const iovec& part : from) {
      const auto* bytes = static_cast<const std::uint8_t*>(part.iov_base);
      socket->pipe->insert(socket->pipe->end(), bytes, bytes + part.iov_len);
      done += ssize_t(part.iov_len);
    }
    return done;
  }
  if (socket->kind != Socket::Kind::connection) return -ENOTCONN;
  for (const iovec& part : from) {
    for (std::size_t at = 0; at < part.iov_len;) {
      if (socket->is_blocking() && (flags & MSG_DONTWAIT) == 0)
        host_.wait(lock, never, [&] { return (socket = find(fd)) == nullptr || is_writable(*socket); });
      if (socket == nullptr) return -EBADF;
      Endpoint& endpoint = *socket->endpoint;
      if (endpoint.error != 0) return -take_error(endpoint);
      if (endpoint.is_over || endpoint.is_finished) return -EPIPE;
      const auto* bytes = static_cast<const std::uint8_t*>(part.iov_base) + at;
      const std::size_t taken = host_.stack().send_copy(endpoint.handle, {bytes, part.iov_len - at});
      if (taken == 0) return done > 0 ? done : -EAGAIN;
      at += taken;
      done += ssize_t(taken);
      // A packet goes out with all that this call wrote: only a full queue makes it two.
      if (at < part.iov_len) host_.turn();
    }
  }
  host_.turn();
  return done;
}

void Sockets::end(Endpoint& endpoint, bool is_abortive) {
  if (is_abortive)
    host_.stack().abort(endpoint.handle);
  else
    host_.stack().close(endpoint.handle);
}

int Sockets::close(int fd) {
  const Lock lock(host_.mutex);
  Socket* socket = find(fd);
  if (socket == nullptr) return -EBADF;
  if (socket->kind == Socket::Kind::listener) {
    host_.stack().stop_listening(socket->address, socket->port);
    for (const auto& endpoint : socket->pending) end(*endpoint, true);
  }
  if (socket->kind == Socket::Kind::connection) end(*socket->endpoint, socket->resets_at_close);
  sockets_.erase(fd);
  for (auto& [other, each] : sockets_) each.watched.erase(fd);
  host_.turn();
  return 0;
}

int Sockets::shutdown(int fd, int how) {
  const Lock lock(host_.mutex);
  Socket* socket = find(fd);
  if (socket == nullptr) return -EBADF;
  if (socket->kind != Socket::Kind::connection || socket->endpoint->is_over) return -ENOTCONN;
  Endpoint& endpoint = *socket->endpoint;
  if (how == SHUT_RD || how == SHUT_RDWR) endpoint.is_deaf = true;
  if (how == SHUT_WR || how == SHUT_RDWR) {
    endpoint.is_finished = true;
    host_.stack().finish(endpoint.handle);
  }
  host_.turn();
  return 0;
}

}  // namespace poise::l7::tcp
