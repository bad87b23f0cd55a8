#pragma once
#include <cstdint>
#include <span>

#include "l7/tcp/buffer.hpp"

namespace poise::l7::tcp {

// TCP's checksum, for an Env that has no device to do it: `headers` of IP and TCP as write_headers left them, with the
// sum of the pseudo header in the field, and the payload, of which this reads every byte.
void complete_checksum(std::span<std::uint8_t> headers, std::span<const Slice> payload);

}  // namespace poise::l7::tcp
