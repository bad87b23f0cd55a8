#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "config/types/siphash.hpp"
#include "config/types/time.hpp"
#include "l7/tcp/sequence.hpp"
#include "l7/tcp/tuple.hpp"

namespace poise::l7::tcp {

enum class Purpose : std::uint8_t { sequence, timestamps, cookie };

// A number of 64 bits that only who has the key can tell, another for each purpose.
std::uint64_t secret_number(const SipHash& key, Purpose purpose, const Tuple& tuple, std::uint64_t more = 0);

// RFC 9293 3.4.1 and RFC 6528: a clock of 4 us and what an outsider cannot guess of this tuple.
Sequence initial_sequence(const SipHash& key, const Tuple& tuple, Instant now);
// What is added to the clock in timestamps, of one pair of addresses (RFC 7323 5.4: its clock goes on from connection
// to connection).
std::uint32_t timestamp_offset(const SipHash& key, const Tuple& tuple);

}  // namespace poise::l7::tcp
