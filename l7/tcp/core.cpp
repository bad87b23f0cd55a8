#include "l7/tcp/core.hpp"

#include <algorithm>

#include "config/types/result.hpp"

namespace poise::l7::tcp {
namespace {

std::array<std::uint8_t, 16> random_key(Env& env) {
  std::array<std::uint8_t, 16> key;
  for (std::size_t i = 0; i < key.size(); i += 8) {
    const std::uint64_t word = env.random();
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&word), 8, key.begin() + i);
  }
  return key;
}

constexpr std::uint16_t mss_unsaid = 536, mss_unsaid_v6 = 1220;  // RFC 9293 3.7.1, MUST-15
constexpr std::uint16_t mss_least = 64;              // a peer that names less would make us send headers for nothing
constexpr std::uint32_t segmentation_most = 65'000;  // a packet's length has 16 bits

}  // namespace

Core::Core(Env& environment, const Settings& the_settings, Instant start, ReceiveSideScaling scaling)
    : env(environment),
      settings(the_settings),
      clock_us(std::uint64_t(start.time_since_epoch() / std::chrono::microseconds(1))),
      hash_key{random_key(environment)},
      secret(random_key(environment)),
      cookies(secret),
      connections(settings.connections_max),
      free_connections(settings.connections_max),
      syns(settings.syns_max),
      free_syns(settings.syns_max),
      time_waits(settings.time_waits_max),
      lookup(std::size_t(settings.connections_max) + settings.syns_max + settings.time_waits_max),
      timers(settings.connections_max, now_ms()),
      syn_timers(settings.syns_max, now_ms()),
      arena(settings.queue_bytes),
      source_ports(std::move(scaling), {settings.port_first, settings.port_last, settings.destinations_max}) {
  ensure(settings.segmentation_max <= segmentation_most);
  outgoing.reserve(settings.connections_max);
  ready.reserve(settings.connections_max);
  work.reserve(settings.connections_max);
}

void Core::set_clock(Instant now) {
  clock_us = std::max(clock_us, std::uint64_t(now.time_since_epoch() / std::chrono::microseconds(1)));
}

Connection* Core::find(Handle handle) {
  if (handle.index >= connections.size()) return nullptr;
  Connection& connection = connections[handle.index];
  const bool is_it = connection.has(bit_in_use) && connection.generation == handle.generation;
  return is_it && !connection.has(bit_over) ? &connection : nullptr;
}

const Tuple& Core::tuple_of(Reference reference) const {
  switch (reference.kind()) {
    case Kind::connection:
      return connections[reference.index()].tuple;
    case Kind::syn:
      return syns[reference.index()].tuple;
    case Kind::time_wait:
      break;
  }
  return time_waits[reference.index()].tuple;
}

std::optional<Reference> Core::find(const Tuple& tuple, std::uint64_t hash) const {
  const auto found =
      lookup.find(hash, [&](std::uint32_t reference) { return tuple_of(Reference{reference}) == tuple; });
  if (!found) return std::nullopt;
  return Reference{*found};
}

void hold(Core& core, Connection& connection, const Buffer& buffer) {
  connection.held += buffer.size;
  core.held += buffer.size;
  if (connection.held > core.connections[core.holds_most].held) core.holds_most = core.row_of(connection);
}

void unhold(Core& core, Connection& connection, const Buffer& buffer) {
  connection.held -= buffer.size;
  core.held -= buffer.size;
}

bool is_held_below(const Core& core, unsigned percent) { return core.held * 100 < core.settings.buffers_max * percent; }

std::uint8_t window_shift_of(const Settings& settings) {
  std::uint8_t shift = 0;
  while (shift < window_shift_max && (settings.receive_max >> shift) > 65535) ++shift;
  return shift;
}

std::uint16_t initial_window(const Settings& settings) {
  return std::uint16_t(std::min<std::uint32_t>(settings.receive_initial, 65535));
}

std::uint16_t own_mss(const Settings& settings, const IpAddr& own) {
  return own.is_v4() ? settings.mss_v4 : settings.mss_v6;
}

std::uint16_t peer_mss(const Segment& syn) {
  const std::uint16_t unsaid = syn.source.is_v4() ? mss_unsaid : mss_unsaid_v6;
  return std::max(syn.options.mss.value_or(unsaid), mss_least);
}

}  // namespace poise::l7::tcp
