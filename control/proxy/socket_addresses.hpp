#pragma once
#include <boost/asio/ip/tcp.hpp>

#include "config/types/ip.hpp"
#include "l7/tcp/tuple.hpp"

// Addresses of ours and of the kernel's.
namespace poise::control::proxy {

boost::asio::ip::tcp::endpoint endpoint_of(const IpAddr& address, std::uint16_t port);
IpAddr address_of(const boost::asio::ip::address& address);
// Both ends of a connected socket.
l7::tcp::Tuple tuple_of(int fd);

}  // namespace poise::control::proxy
