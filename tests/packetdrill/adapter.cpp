#include <fcntl.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "tests/packetdrill/interface.hpp"
#include "tests/packetdrill/sockets.hpp"

// The C face of Sockets.
namespace {

using poise::l7::tcp::parse_so_flags;
using poise::l7::tcp::Sockets;
using poise::l7::tcp::VirtualHost;
constexpr auto patience = std::chrono::hours(3);  // of virtual time: no timer of a stack waits longer

Sockets& sockets_of(void* self) { return *static_cast<Sockets*>(self); }

template <class Number>
Number answer(Number result) {
  if (result >= 0) return result;
  errno = int(-result);
  return -1;
}

iovec part_of(const void* bytes, std::size_t count) { return {const_cast<void*>(bytes), count}; }

ssize_t receive(void* self, int fd, void* to, std::size_t count, int flags, sockaddr* from, socklen_t* length) {
  const iovec part = part_of(to, count);
  return answer(sockets_of(self).receive(fd, std::span(&part, 1), flags, from, length));
}

ssize_t send(void* self, int fd, const void* from, std::size_t count, int flags) {
  const iovec part = part_of(from, count);
  return answer(sockets_of(self).send(fd, std::span(&part, 1), flags));
}

int control_file(void* self, int fd, int command, ...) {
  std::va_list arguments;
  va_start(arguments, command);
  const int flags = command == F_SETFL ? va_arg(arguments, int) : 0;
  va_end(arguments);
  if (command == F_GETFL) return answer(sockets_of(self).get_flags(fd));
  return answer(command == F_SETFL ? sockets_of(self).set_flags(fd, flags) : -EINVAL);
}

int ask(void* self, int fd, unsigned long request, ...) {
  std::va_list arguments;
  va_start(arguments, request);
  int* const result = va_arg(arguments, int*);
  va_end(arguments);
  return answer(sockets_of(self).ask(fd, request, result));
}

int send_packet(void* self, const void* packet, std::size_t count) {
  VirtualHost& host = sockets_of(self).host();
  const VirtualHost::Lock lock(host.mutex);
  host.input({static_cast<const std::uint8_t*>(packet), count});
  return 0;
}

int receive_packet(void* self, void* packet, std::size_t* count, long long* time_us) {
  VirtualHost& host = sockets_of(self).host();
  VirtualHost::Lock lock(host.mutex);
  const VirtualHost::Left left = host.next(lock, patience);
  const std::size_t length = std::min(*count, left.packet.size());
  if (length > 0) std::memcpy(packet, left.packet.data(), length);
  *count = length;
  *time_us = (length > 0 ? left.at : host.now()).time_since_epoch() / std::chrono::microseconds(1);
  return 0;
}

int pass(void* self, useconds_t us) {
  VirtualHost& host = sockets_of(self).host();
  VirtualHost::Lock lock(host.mutex);
  host.pass(lock, std::chrono::microseconds(us));
  return 0;
}

// Whoever spins until it is later shall not spin for ever.
int tell_time(void* self, timeval* time, struct timezone*) {
  VirtualHost& host = sockets_of(self).host();
  const VirtualHost::Lock lock(host.mutex);
  host.tick();
  const auto us = host.now().time_since_epoch() / std::chrono::microseconds(1);
  *time = {us / 1'000'000, us % 1'000'000};
  return 0;
}

void fill_transfers(PacketdrillInterface& table) {
  table.read = [](void* self, int fd, void* to, std::size_t count) {
    return receive(self, fd, to, count, 0, nullptr, nullptr);
  };
  table.recv = [](void* self, int fd, void* to, std::size_t count, int flags) {
    return receive(self, fd, to, count, flags, nullptr, nullptr);
  };
  table.recvfrom = receive;
  table.readv = [](void* self, int fd, const iovec* to, int count) {
    return answer(sockets_of(self).receive(fd, std::span(to, std::size_t(count)), 0));
  };
  table.recvmsg = [](void* self, int fd, msghdr* message, int flags) {
    message->msg_flags = 0;
    message->msg_controllen = 0;
    return answer(sockets_of(self).receive(fd, std::span(message->msg_iov, message->msg_iovlen), flags));
  };
  table.write = [](void* self, int fd, const void* from, std::size_t count) { return send(self, fd, from, count, 0); };
  table.send = send;
  table.sendto = [](void* self, int fd, const void* from, std::size_t count, int flags, const sockaddr*, socklen_t) {
    return send(self, fd, from, count, flags);
  };
  table.writev = [](void* self, int fd, const iovec* from, int count) {
    return answer(sockets_of(self).send(fd, std::span(from, std::size_t(count)), 0));
  };
  table.sendmsg = [](void* self, int fd, const msghdr* message, int flags) {
    return answer(sockets_of(self).send(fd, std::span(message->msg_iov, message->msg_iovlen), flags));
  };
  table.splice = [](void* self, int in, loff_t*, int out, loff_t*, std::size_t count, unsigned) {
    return int(answer(sockets_of(self).splice(in, out, count)));
  };
}

void fill_sockets(PacketdrillInterface& table) {
  table.free = [](void* self) { delete &sockets_of(self); };
  table.socket = [](void* self, int domain, int type, int protocol) {
    return answer(sockets_of(self).socket(domain, type, protocol));
  };
  table.bind = [](void* self, int fd, const sockaddr* address, socklen_t length) {
    return answer(sockets_of(self).bind(fd, address, length));
  };
  table.listen = [](void* self, int fd, int backlog) { return answer(sockets_of(self).listen(fd, backlog)); };
  table.accept = [](void* self, int fd, sockaddr* address, socklen_t* length) {
    return answer(sockets_of(self).accept(fd, address, length));
  };
  table.connect = [](void* self, int fd, const sockaddr* address, socklen_t length) {
    return answer(sockets_of(self).connect(fd, address, length));
  };
  table.fcntl = control_file;
  table.ioctl = ask;
  table.close = [](void* self, int fd) { return answer(sockets_of(self).close(fd)); };
  table.shutdown = [](void* self, int fd, int how) { return answer(sockets_of(self).shutdown(fd, how)); };
  table.getsockopt = [](void* self, int fd, int level, int name, void* value, socklen_t* length) {
    return answer(sockets_of(self).get_option(fd, level, name, value, length));
  };
  table.setsockopt = [](void* self, int fd, int level, int name, const void* value, socklen_t length) {
    return answer(sockets_of(self).set_option(fd, level, name, value, length));
  };
}

void fill_events(PacketdrillInterface& table) {
  table.poll = [](void* self, pollfd* fds, nfds_t count, int timeout_ms) {
    return answer(sockets_of(self).poll(std::span(fds, count), timeout_ms));
  };
  table.netdev_send = send_packet;
  table.netdev_receive = receive_packet;
  table.usleep = pass;
  table.gettimeofday = tell_time;
  table.epoll_create = [](void* self, int) { return answer(sockets_of(self).epoll_create()); };
  table.epoll_ctl = [](void* self, int epoll, int operation, int fd, epoll_event* event) {
    return answer(sockets_of(self).epoll_control(epoll, operation, fd, event));
  };
  table.epoll_wait = [](void* self, int epoll, epoll_event* events, int most, int timeout_ms) {
    return answer(sockets_of(self).epoll_wait(epoll, std::span(events, std::size_t(most)), timeout_ms));
  };
  table.pipe = [](void* self, int fds[2]) { return answer(sockets_of(self).pipe(fds)); };
}

}  // namespace

extern "C" void packetdrill_interface_init(const char* flags, PacketdrillInterface* table);

void packetdrill_interface_init(const char* flags, PacketdrillInterface* table) {
  const auto parsed = parse_so_flags(flags == nullptr ? "" : flags);
  if (!parsed) {
    std::cerr << "tcp_packetdrill.so: " << parsed.error() << "\n";
    std::exit(2);
  }
  table->self = new Sockets(*parsed);
  fill_sockets(*table);
  fill_transfers(*table);
  fill_events(*table);
}
