#include "l7/tcp/core.hpp"

namespace poise::l7::tcp {
namespace {

void remove_time_wait(Core& core, TimeWait& record) {
  if (!record.is_in_use) return;  // it ended early
  const auto row = std::uint32_t(&record - &core.time_waits[0]);
  core.lookup.erase(core.hash_of(record.tuple), Reference::of(Kind::time_wait, row).value);
  if (record.is_port_taken) core.source_ports.give_back(record.tuple);
  record.is_in_use = false;
}

void remove_oldest(Core& core) {
  remove_time_wait(core, core.time_waits[core.time_wait_first]);
  core.time_wait_first = (core.time_wait_first + 1) % std::uint32_t(core.time_waits.size());
  --core.time_wait_count;
}

std::uint32_t append(Core& core, const TimeWait& record) {
  if (core.time_wait_count == core.time_waits.size()) {
    core.counters.add(Counter::time_wait_full);
    remove_oldest(core);
  }
  const auto row = std::uint32_t((core.time_wait_first + core.time_wait_count) % core.time_waits.size());
  ++core.time_wait_count;
  core.time_waits[row] = record;
  core.time_waits[row].ends_ms = core.now_ms() + std::uint32_t(core.settings.time_wait / std::chrono::milliseconds(1));
  return row;
}

void acknowledge(Core& core, const TimeWait& record) {
  Segment segment = segment_from(record.tuple, flag_ack);
  segment.sequence = record.snd_nxt;
  segment.acknowledgment = record.rcv_nxt;
  segment.window = record.window;
  if (record.has_timestamps)
    segment.options.timestamps = Timestamps{core.now_ms() + record.ts_offset, record.ts_recent};
  send_control(core, segment);
}

// RFC 6191 and RFC 9293 MAY-2: a SYN that cannot be an old one begins anew.
bool is_new_connection(const TimeWait& record, const Segment& segment) {
  const auto& timestamps = segment.options.timestamps;
  if (record.has_timestamps && timestamps) {
    const auto ahead = std::int32_t(timestamps->value - record.ts_recent);
    if (ahead != 0) return ahead > 0;
  }
  return segment.sequence > record.rcv_nxt;
}

// The peer's FIN again: its wait begins anew, at the end of the ring.
void wait_again(Core& core, std::uint32_t row) {
  const TimeWait record = core.time_waits[row];
  const std::uint64_t hash = core.hash_of(record.tuple);
  core.time_waits[row].is_in_use = false;
  const Reference before = Reference::of(Kind::time_wait, row);
  core.lookup.replace(hash, before.value, Reference::of(Kind::time_wait, append(core, record)).value);
}

}  // namespace

void add_time_wait(Core& core, const Connection& connection) {
  core.counters.add(Counter::time_waits);
  TimeWait record{};
  record.tuple = connection.tuple;
  record.snd_nxt = connection.snd_nxt;
  record.rcv_nxt = connection.rcv_nxt;
  record.ts_recent = connection.ts_recent;
  record.ts_offset = connection.ts_offset;
  record.window = std::uint16_t((connection.rcv_adv.value - connection.rcv_nxt.value) >> connection.rcv_shift);
  record.is_in_use = true;
  record.has_timestamps = connection.has(bit_timestamps);
  record.is_port_taken = connection.has(bit_port_taken);
  const std::uint32_t row = append(core, record);
  core.lookup.replace(core.hash_of(record.tuple), Reference::of(Kind::connection, core.row_of(connection)).value,
                      Reference::of(Kind::time_wait, row).value);
}

// RFC 9293 3.10.7.4 of TIME-WAIT; a RST does not end it (RFC 1337).
void receive_time_wait(Core& core, std::uint32_t row, const Arrival& arrival) {
  const TimeWait& record = core.time_waits[row];
  const Segment& segment = arrival.segment;
  if (segment.has(flag_rst)) return;
  if (segment.has(flag_syn) && !segment.has(flag_ack) && is_new_connection(record, segment)) {
    core.counters.add(Counter::time_wait_reused);
    remove_time_wait(core, core.time_waits[row]);
    receive_unknown(core, arrival);
    return;
  }
  if (!segment.has(flag_ack) && !segment.has(flag_syn)) return;
  const bool says_nothing = segment.flags == flag_ack && arrival.payload.length == 0 &&
                            segment.sequence == record.rcv_nxt && segment.acknowledgment == record.snd_nxt;
  if (says_nothing) return;
  const bool is_limited = arrival.payload.length == 0 && !segment.has(flag_fin);
  if (!is_limited || may_challenge(core, row)) acknowledge(core, record);
  if (segment.has(flag_fin) && segment.end() == record.rcv_nxt) wait_again(core, row);
}

void expire_time_waits(Core& core) {
  while (core.time_wait_count > 0 && (!core.time_waits[core.time_wait_first].is_in_use ||
                                      is_over(core.time_waits[core.time_wait_first].ends_ms, core.now_ms())))
    remove_oldest(core);
}

}  // namespace poise::l7::tcp
