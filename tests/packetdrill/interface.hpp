#pragma once
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>

// What packetdrill (github.com/google/packetdrill) asks of a shared object that it is to test, `--so_filename`: it
// looks up packetdrill_interface_init and fills this table by it. Layout and meaning are packetdrill's; all return what
// the calls of their names do, with errno. Two threads call: the script's, and the one of calls that may block.
struct PacketdrillInterface {
  void* self;
  void (*free)(void* self);
  int (*socket)(void* self, int domain, int type, int protocol);
  int (*bind)(void* self, int fd, const sockaddr* address, socklen_t length);
  int (*listen)(void* self, int fd, int backlog);
  int (*accept)(void* self, int fd, sockaddr* address, socklen_t* length);
  int (*connect)(void* self, int fd, const sockaddr* address, socklen_t length);
  ssize_t (*read)(void* self, int fd, void* to, std::size_t count);
  ssize_t (*readv)(void* self, int fd, const iovec* to, int count);
  ssize_t (*recv)(void* self, int fd, void* to, std::size_t count, int flags);
  ssize_t (*recvfrom)(void* self, int fd, void* to, std::size_t count, int flags, sockaddr* from, socklen_t* length);
  ssize_t (*recvmsg)(void* self, int fd, msghdr* message, int flags);
  ssize_t (*write)(void* self, int fd, const void* from, std::size_t count);
  ssize_t (*writev)(void* self, int fd, const iovec* from, int count);
  ssize_t (*send)(void* self, int fd, const void* from, std::size_t count, int flags);
  ssize_t (*sendto)(void* self, int fd, const void* from, std::size_t count, int flags, const sockaddr* to,
                    socklen_t length);
  ssize_t (*sendmsg)(void* self, int fd, const msghdr* message, int flags);
  int (*fcntl)(void* self, int fd, int command, ...);
  int (*ioctl)(void* self, int fd, unsigned long request, ...);
  int (*close)(void* self, int fd);
  int (*shutdown)(void* self, int fd, int how);
  int (*getsockopt)(void* self, int fd, int level, int name, void* value, socklen_t* length);
  int (*setsockopt)(void* self, int fd, int level, int name, const void* value, socklen_t length);
  int (*poll)(void* self, pollfd* fds, nfds_t count, int timeout_ms);
  int (*netdev_send)(void* self, const void* packet, std::size_t count);  // towards the stack
  // The next packet that left the stack, its length and its time. A count of 0: none will come.
  int (*netdev_receive)(void* self, void* packet, std::size_t* count, long long* time_us);
  int (*usleep)(void* self, useconds_t us);
  int (*gettimeofday)(void* self, timeval* time, struct timezone* zone);
  int (*epoll_create)(void* self, int size);
  int (*epoll_ctl)(void* self, int epoll, int operation, int fd, epoll_event* event);
  int (*epoll_wait)(void* self, int epoll, epoll_event* events, int most, int timeout_ms);
  int (*pipe)(void* self, int fds[2]);
  int (*splice)(void* self, int in, loff_t* in_at, int out, loff_t* out_at, std::size_t count, unsigned flags);
};
