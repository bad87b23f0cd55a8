#pragma once
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "l7/tcp/application.hpp"
#include "tests/packetdrill/virtual_host.hpp"

namespace poise::l7::tcp {

// Sockets - the calls of BSD sockets over a Stack. Every one returns what the call does, or an errno below zero; those
// that block do so until the virtual clock brings what they wait for.
class Sockets : public Application {
 public:
  explicit Sockets(const SoFlags& flags) : flags_(flags), host_(flags) {}
  VirtualHost& host() { return host_; }

  int socket(int domain, int type, int protocol);
  int bind(int fd, const sockaddr* address, socklen_t length);
  int listen(int fd, int backlog);
  int accept(int fd, sockaddr* address, socklen_t* length);
  int connect(int fd, const sockaddr* address, socklen_t length);
  ssize_t receive(int fd, std::span<const iovec> to, int flags, sockaddr* from = nullptr, socklen_t* length = nullptr);
  ssize_t send(int fd, std::span<const iovec> from, int flags);
  int get_flags(int fd);
  int set_flags(int fd, int flags);
  int ask(int fd, unsigned long request, int* answer);  // ioctl
  int close(int fd);
  int shutdown(int fd, int how);
  int get_option(int fd, int level, int name, void* value, socklen_t* length);
  int set_option(int fd, int level, int name, const void* value, socklen_t length);
  int poll(std::span<pollfd> fds, int timeout_ms);
  int epoll_create();
  int epoll_control(int epoll, int operation, int fd, const epoll_event* event);
  int epoll_wait(int epoll, std::span<epoll_event> events, int timeout_ms);
  int pipe(int fds[2]);
  ssize_t splice(int in, int out, std::size_t count);

  void opened(Handle handle) override;
  void received(Handle, std::size_t) override {}
  void room(Handle, std::size_t) override {}
  void peer_finished(Handle handle) override;
  void closed(Handle handle, Closed why) override;

 private:
  struct Endpoint {  // one connection
    Handle handle;
    bool is_open = false, is_over = false, has_peer_finished = false, is_finished = false, is_deaf = false;
    int error = 0;  // to be told once
  };
  struct Socket {
    enum class Kind : std::uint8_t { fresh, listener, connection, pipe_reader, pipe_writer, epoll };
    Kind kind = Kind::fresh;
    int status = O_RDWR;  // of F_GETFL
    bool is_v6 = false, resets_at_close = false;
    IpAddr address;
    std::uint16_t port = 0;
    std::shared_ptr<Endpoint> endpoint;
    std::deque<std::shared_ptr<Endpoint>> pending;  // to be accepted
    std::shared_ptr<std::deque<std::uint8_t>> pipe;
    std::map<int, epoll_event> watched;
    bool is_blocking() const { return (status & O_NONBLOCK) == 0; }
  };
  using Lock = VirtualHost::Lock;
  Socket* find(int fd);
  Endpoint* endpoint_of(Handle handle);
  int add(Socket socket);
  void end(Endpoint& endpoint, bool is_abortive);
  bool is_readable(const Socket& socket) const;
  bool is_writable(const Socket& socket) const;
  short events_of(const Socket& socket) const;
  ssize_t receive_from_pipe(Socket& socket, std::span<const iovec> to);
  Instant until(int timeout_ms) const;
  static int take_error(Endpoint& endpoint) { return std::exchange(endpoint.error, 0); }

  const SoFlags flags_;
  VirtualHost host_;
  std::map<int, Socket> sockets_;
  std::vector<std::shared_ptr<Endpoint>> endpoints_;
  int next_fd_ = 1000;  // none of the process's own
};

}  // namespace poise::l7::tcp
