#include "l7/tcp/secrets.hpp"

#include <array>
#include <cstring>

namespace poise::l7::tcp {

std::uint64_t secret_number(const SipHash& key, Purpose purpose, const Tuple& tuple, std::uint64_t more) {
  std::array<char, 48> text{};
  std::memcpy(&text[0], tuple.local.octets.data(), 16);
  std::memcpy(&text[16], tuple.remote.octets.data(), 16);
  std::memcpy(&text[32], &tuple.local_port, 2);
  std::memcpy(&text[34], &tuple.remote_port, 2);
  text[36] = char(purpose);
  std::memcpy(&text[40], &more, 8);
  return key({text.data(), text.size()});
}

Sequence initial_sequence(const SipHash& key, const Tuple& tuple, Instant now) {
  const auto ticks = std::uint64_t(now.time_since_epoch() / std::chrono::microseconds(4));
  return {std::uint32_t(secret_number(key, Purpose::sequence, tuple) + ticks)};
}

std::uint32_t timestamp_offset(const SipHash& key, const Tuple& tuple) {
  return std::uint32_t(secret_number(key, Purpose::timestamps, {tuple.local, tuple.remote, 0, 0}));
}

}  // namespace poise::l7::tcp
