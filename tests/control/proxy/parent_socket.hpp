#pragma once
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "config/types/ip.hpp"
#include "control/proxy/socket_addresses.hpp"

namespace poise::control::proxy {

// ParentSocket - a listening socket as a process is started with one: it blocks, and programs get it.
class ParentSocket {
 public:
  enum Kind { v6_only, dual };
  explicit ParentSocket(const std::string& address, Kind kind = v6_only) : address_(*parse_ip(address)) {
    const auto end = endpoint_of(address_, 0);
    fd_ = ::socket(address_.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM, 0);
    const int is_v6_only = kind == v6_only;
    if (address_.is_v6()) setsockopt(fd_, IPPROTO_IPV6, IPV6_V6ONLY, &is_v6_only, sizeof is_v6_only);
    EXPECT_EQ(::bind(fd_, end.data(), socklen_t(end.size())), 0);
    EXPECT_EQ(::listen(fd_, 16), 0);
  }
  ~ParentSocket() { ::close(fd_); }
  ParentSocket(const ParentSocket&) = delete;
  ParentSocket& operator=(const ParentSocket&) = delete;

  std::uint32_t number() const { return std::uint32_t(fd_); }
  const IpAddr& address() const { return address_; }
  std::uint16_t port() const { return tuple_of(fd_).local_port; }

 private:
  const IpAddr address_;
  int fd_ = -1;
};

}  // namespace poise::control::proxy
