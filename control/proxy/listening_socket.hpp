#pragma once
#include "config/types/ip.hpp"
#include "config/types/result.hpp"

namespace poise::control::proxy {

// A kernel socket that listens. It may take the place of one of a process that ends (SO_REUSEADDR, SO_REUSEPORT).
Result<int> listening_socket(const IpAddr& address, std::uint16_t port);

}  // namespace poise::control::proxy
