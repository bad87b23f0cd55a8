#include <algorithm>
#include <array>

#include "l7/tcp/core.hpp"

namespace poise::l7::tcp {
namespace {

constexpr std::size_t burst = 32;
constexpr std::uint32_t challenge_interval_ms = 500;  // between two to the same connection

// What is known of a packet before its connection is looked at.
struct Waiting {
  Arrival arrival;
  Tuple tuple;
  std::uint64_t hash = 0;
  bool is_segment = false;
};

void read(Core& core, const Packet& packet, Waiting& waiting) {
  const std::span bytes{packet.buffer->data + packet.offset, packet.length};
  const auto segment = read_segment(bytes, packet.is_verified);
  waiting.is_segment = segment.has_value();
  if (!segment) {
    core.counters.add(segment.error());
    return;
  }
  waiting.arrival.segment = *segment;
  waiting.arrival.payload = {packet.buffer, std::uint32_t(segment->payload.data() - packet.buffer->data),
                             std::uint32_t(segment->payload.size())};
  if (segment->payload.empty()) waiting.arrival.payload.offset = packet.offset;
  waiting.tuple = {segment->destination, segment->source, segment->destination_port, segment->source_port};
  waiting.hash = core.hash_of(waiting.tuple);
  core.lookup.prefetch(waiting.hash);
}

void prefetch_row(Core& core, std::uint64_t hash) {
  const std::uint32_t candidate = core.lookup.first_candidate(hash);
  if (candidate == ~0u || Reference{candidate}.kind() != Kind::connection) return;
  const auto* row = reinterpret_cast<const std::uint8_t*>(&core.connections[Reference{candidate}.index()]);
  for (std::size_t line = 0; line < sizeof(Connection); line += 64) __builtin_prefetch(row + line);
}

void hand_over(Core& core, const Waiting& waiting) {
  core.counters.add(Counter::segments_in);
  const auto found = core.find(waiting.tuple, waiting.hash);
  if (!found) {
    receive_unknown(core, waiting.arrival);
    return;
  }
  switch (found->kind()) {
    case Kind::connection:
      receive(core, core.connections[found->index()], waiting.arrival);
      return;
    case Kind::syn:
      receive_half_open(core, found->index(), waiting.arrival);
      return;
    case Kind::time_wait:
      receive_time_wait(core, found->index(), waiting.arrival);
      return;
  }
}

void take_burst(Core& core, std::span<const Packet> packets) {
  std::array<Waiting, burst> waiting;
  for (std::size_t i = 0; i < packets.size(); ++i) read(core, packets[i], waiting[i]);
  for (std::size_t i = 0; i < packets.size(); ++i)
    if (waiting[i].is_segment) prefetch_row(core, waiting[i].hash);
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (waiting[i].is_segment) hand_over(core, waiting[i]);
    release(core, *packets[i].buffer);
  }
}

}  // namespace

void take_in(Core& core, std::span<const Packet> packets) {
  for (; !packets.empty(); packets = packets.subspan(std::min(burst, packets.size())))
    take_burst(core, packets.first(std::min(burst, packets.size())));
}

// RFC 9293 3.10.7.1 and 3.5.2.
void answer_with_reset(Core& core, const Segment& segment) {
  if (segment.has(flag_rst)) return;
  Segment reset;
  reset.source = segment.destination;
  reset.destination = segment.source;
  reset.source_port = segment.destination_port;
  reset.destination_port = segment.source_port;
  if (segment.has(flag_ack)) {
    reset.sequence = segment.acknowledgment;
    reset.flags = flag_rst;
  } else {
    reset.acknowledgment = segment.end();
    reset.flags = flag_rst | flag_ack;
  }
  core.counters.add(Counter::resets_out);
  send_control(core, reset);
}

// The budget of a second varies at random, so that nobody can count what is left of it (CVE-2016-5696).
bool may_challenge(Core& core, std::uint32_t row) {
  const std::uint32_t second = core.now_ms() / 1000;
  if (second != core.challenge_second) {
    core.challenge_second = second;
    const std::uint32_t limit = std::max(core.settings.challenge_acks_per_second, 2u);
    core.challenge_left = limit / 2 + std::uint32_t(core.env.random() % limit);
  }
  std::uint32_t& last_ms = core.challenged_ms[row % core.challenged_ms.size()];
  const bool is_soon = last_ms != 0 && core.now_ms() - last_ms < challenge_interval_ms;
  if (is_soon || core.challenge_left == 0) {
    core.counters.add(Counter::challenge_acks_held_back);
    return false;
  }
  last_ms = std::max(core.now_ms(), 1u);
  --core.challenge_left;
  return true;
}

void challenge(Core& core, Connection& connection) {
  if (!may_challenge(core, core.row_of(connection))) return;
  core.counters.add(Counter::challenge_acks);
  acknowledge_now(core, connection);
}

}  // namespace poise::l7::tcp
