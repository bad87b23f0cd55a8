#include "control/proxy/socket_addresses.hpp"

#include <sys/socket.h>

#include <cstring>

namespace poise::control::proxy {
namespace {

namespace asio = boost::asio;

asio::ip::tcp::endpoint end_of(int fd, int (*name)(int, sockaddr*, socklen_t*)) {
  asio::ip::tcp::endpoint endpoint;
  auto size = socklen_t(endpoint.capacity());
  if (name(fd, endpoint.data(), &size) != 0) return {};
  endpoint.resize(size);
  return endpoint;
}

}  // namespace

asio::ip::tcp::endpoint endpoint_of(const IpAddr& address, std::uint16_t port) {
  if (address.is_v4()) return {asio::ip::address_v4(address.v4_value()), port};
  asio::ip::address_v6::bytes_type bytes;
  std::memcpy(bytes.data(), address.octets.data(), bytes.size());
  return {asio::ip::address_v6(bytes), port};
}

IpAddr address_of(const asio::ip::address& address) {
  if (address.is_v4()) return IpAddr::v4(address.to_v4().to_uint());
  return IpAddr::v6(address.to_v6().to_bytes().data());
}

l7::tcp::Tuple tuple_of(int fd) {
  const auto local = end_of(fd, ::getsockname), remote = end_of(fd, ::getpeername);
  return {address_of(local.address()), address_of(remote.address()), local.port(), remote.port()};
}

}  // namespace poise::control::proxy
