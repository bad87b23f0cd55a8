#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "tests/packetdrill/sockets.hpp"

// The rest of Sockets: what is asked of sockets, and waiting for several of them.
namespace poise::l7::tcp {
namespace {

// As Linux numbers them.
std::uint8_t number_of(State state) {
  constexpr std::uint8_t numbers[] = {TCP_CLOSE,     TCP_SYN_SENT,   TCP_SYN_RECV, TCP_ESTABLISHED, TCP_FIN_WAIT1,
                                      TCP_FIN_WAIT2, TCP_CLOSE_WAIT, TCP_CLOSING,  TCP_LAST_ACK,    TCP_TIME_WAIT};
  return numbers[std::size_t(state)];
}

tcp_info info_of(const Stack::Facts& facts) {
  const std::uint32_t mss = std::max<std::uint32_t>(1, facts.mss);
  tcp_info info{};
  info.tcpi_state = number_of(facts.state);
  info.tcpi_rto = facts.timeout_us;
  info.tcpi_snd_mss = facts.mss;
  info.tcpi_unacked = (facts.in_flight + mss - 1) / mss;
  info.tcpi_rtt = facts.smoothed_us;
  info.tcpi_snd_ssthresh = facts.slow_start_threshold / mss;
  info.tcpi_snd_cwnd = facts.congestion_window / mss;
  info.tcpi_rcv_space = facts.receive_window;
  return info;
}

int give(const void* from, std::size_t size, void* value, socklen_t* length) {
  const std::size_t count = std::min<std::size_t>(size, *length);
  std::memcpy(value, from, count);
  *length = socklen_t(count);
  return 0;
}

int give(int number, void* value, socklen_t* length) { return give(&number, sizeof number, value, length); }

}  // namespace

int Sockets::get_flags(int fd) {
  const Lock lock(host_.mutex);
  const Socket* socket = find(fd);
  return socket == nullptr ? -EBADF : socket->status;
}

int Sockets::set_flags(int fd, int flags) {
  const Lock lock(host_.mutex);
  Socket* socket = find(fd);
  if (socket == nullptr) return -EBADF;
  socket->status = O_RDWR | (flags & O_NONBLOCK);
  return 0;
}

int Sockets::ask(int fd, unsigned long request, int* answer) {
  const Lock lock(host_.mutex);
  const Socket* socket = find(fd);
  if (socket == nullptr) return -EBADF;
  if (socket->kind != Socket::Kind::connection) return -EINVAL;
  const Stack::Facts facts = host_.stack().facts(socket->endpoint->handle);
  if (request == FIONREAD)
    *answer = int(host_.stack().readable(socket->endpoint->handle));
  else if (request == TIOCOUTQ)
    *answer = int(facts.in_flight + facts.unsent);
  else
    return -ENOTTY;
  return 0;
}

int Sockets::get_option(int fd, int level, int name, void* value, socklen_t* length) {
  const Lock lock(host_.mutex);
  Socket* socket = find(fd);
  if (socket == nullptr) return -EBADF;
  const bool is_connection = socket->kind == Socket::Kind::connection;
  const Stack::Facts facts = is_connection ? host_.stack().facts(socket->endpoint->handle) : Stack::Facts{};
  if (level == SOL_SOCKET) {
    if (name == SO_ERROR) return give(is_connection ? take_error(*socket->endpoint) : 0, value, length);
    if (name == SO_RCVBUF) return give(int(flags_.settings.receive_initial), value, length);
    if (name == SO_SNDBUF) return give(int(flags_.settings.send_max), value, length);
    if (name == SO_ACCEPTCONN) return give(socket->kind == Socket::Kind::listener, value, length);
    if (name == SO_TYPE) return give(SOCK_STREAM, value, length);
  }
  if (level == IPPROTO_TCP) {
    const tcp_info info = info_of(facts);
    if (name == TCP_INFO) return give(&info, sizeof info, value, length);
    if (name == TCP_NODELAY) return give(!flags_.settings.nagle, value, length);
    if (name == TCP_MAXSEG) return give(is_connection ? facts.mss : flags_.settings.mss_v4, value, length);
  }
  return -ENOPROTOOPT;
}

// What the stack cannot be told of one connection is refused, but for what is so already.
int Sockets::set_option(int fd, int level, int name, const void* value, socklen_t length) {
  const Lock lock(host_.mutex);
  Socket* socket = find(fd);
  if (socket == nullptr) return -EBADF;
  if (level == SOL_SOCKET && name == SO_LINGER) {
    linger how{};
    if (length < sizeof how) return -EINVAL;
    std::memcpy(&how, value, sizeof how);
    socket->resets_at_close = how.l_onoff != 0 && how.l_linger == 0;
    return how.l_onoff != 0 && how.l_linger != 0 ? -EOPNOTSUPP : 0;
  }
  if (length < sizeof(int)) return -EINVAL;
  int number = 0;
  std::memcpy(&number, value, sizeof number);
  if (level == SOL_SOCKET && (name == SO_REUSEADDR || name == SO_REUSEPORT)) return 0;
  if (level == IPPROTO_TCP && name == TCP_NODELAY) return (number != 0) == !flags_.settings.nagle ? 0 : -EOPNOTSUPP;
  return -ENOPROTOOPT;
}

short Sockets::events_of(const Socket& socket) const {
  short events = 0;
  if (is_readable(socket)) events |= POLLIN | POLLRDNORM;
  if (is_writable(socket)) events |= POLLOUT | POLLWRNORM;
  if (socket.kind == Socket::Kind::fresh) events |= POLLOUT | POLLHUP;
  if (socket.kind != Socket::Kind::connection) return events;
  const Endpoint& endpoint = *socket.endpoint;
  if (endpoint.error != 0) events |= POLLERR;
  if (endpoint.has_peer_finished || endpoint.is_over) events |= POLLRDHUP;
  if (endpoint.is_over || (endpoint.has_peer_finished && endpoint.is_finished)) events |= POLLHUP;
  return events;
}

Instant Sockets::until(int timeout_ms) const {
  return timeout_ms < 0 ? never : host_.now() + std::chrono::milliseconds(timeout_ms);
}

int Sockets::poll(std::span<pollfd> fds, int timeout_ms) {
  Lock lock(host_.mutex);
  const auto look = [&] {
    int count = 0;
    for (pollfd& each : fds) {
      const Socket* socket = find(each.fd);
      const short events = socket == nullptr ? short(POLLNVAL) : events_of(*socket);
      each.revents = short(events & (each.events | POLLERR | POLLHUP | POLLNVAL));
      count += each.revents != 0 ? 1 : 0;
    }
    return count;
  };
  if (timeout_ms != 0) host_.wait(lock, until(timeout_ms), [&] { return look() > 0; });
  return look();
}

int Sockets::epoll_create() {
  const Lock lock(host_.mutex);
  Socket socket;
  socket.kind = Socket::Kind::epoll;
  return add(std::move(socket));
}

int Sockets::epoll_control(int epoll, int operation, int fd, const epoll_event* event) {
  const Lock lock(host_.mutex);
  Socket* socket = find(epoll);
  if (socket == nullptr || find(fd) == nullptr) return -EBADF;
  if (socket->kind != Socket::Kind::epoll) return -EINVAL;
  const bool is_known = socket->watched.contains(fd);
  if (operation == EPOLL_CTL_ADD && is_known) return -EEXIST;
  if (operation != EPOLL_CTL_ADD && !is_known) return -ENOENT;
  if (operation == EPOLL_CTL_DEL)
    socket->watched.erase(fd);
  else
    socket->watched[fd] = *event;
  return 0;
}

// The bits of EPOLL and of POLL are the same.
int Sockets::epoll_wait(int epoll, std::span<epoll_event> events, int timeout_ms) {
  Lock lock(host_.mutex);
  if (find(epoll) == nullptr) return -EBADF;
  if (find(epoll)->kind != Socket::Kind::epoll) return -EINVAL;
  const auto look = [&] {
    std::size_t count = 0;
    const Socket* socket = find(epoll);
    if (socket == nullptr) return count;
    for (const auto& [fd, wanted] : socket->watched) {
      const std::uint32_t has = std::uint32_t(events_of(*find(fd))) & (wanted.events | EPOLLERR | EPOLLHUP);
      if (has == 0 || count == events.size()) continue;
      events[count] = wanted;
      events[count++].events = has;
    }
    return count;
  };
  if (timeout_ms != 0) host_.wait(lock, until(timeout_ms), [&] { return look() > 0; });
  return int(look());
}

int Sockets::pipe(int fds[2]) {
  const Lock lock(host_.mutex);
  Socket reader, writer;
  reader.kind = Socket::Kind::pipe_reader;
  writer.kind = Socket::Kind::pipe_writer;
  reader.pipe = writer.pipe = std::make_shared<std::deque<std::uint8_t>>();
  fds[0] = add(std::move(reader));
  fds[1] = add(std::move(writer));
  return 0;
}

ssize_t Sockets::splice(int in, int out, std::size_t count) {
  std::array<std::uint8_t, 65536> bytes;
  const iovec part{bytes.data(), std::min(count, bytes.size())};
  const ssize_t came = receive(in, std::span(&part, 1), 0);
  if (came <= 0) return came;
  const iovec rest{bytes.data(), std::size_t(came)};
  return send(out, std::span(&rest, 1), 0);
}

}  // namespace poise::l7::tcp
