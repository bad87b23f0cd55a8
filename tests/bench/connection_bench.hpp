#pragma once
#include <cstdint>

#include "config/model.hpp"

namespace poise::bench {

// Whole TCP connections through the pipeline: SYN, SYN-ACK, ACK, request, answer, FIN, FIN, ACK (dr: the client's
// half), with entry creation, server choice, source port choice and expiry. ns of worker time per connection.
double connection_ns(config::Mode mode, std::uint32_t connections);

}  // namespace poise::bench
