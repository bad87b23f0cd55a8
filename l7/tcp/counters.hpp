#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "l7/tcp/segment.hpp"

namespace poise::l7::tcp {

// Counter - everything that a stack counts; one row of `counters` each: name for metrics, text for people.
enum class Counter : std::uint8_t {
  segments_in,
  segments_out,
  bytes_in,
  bytes_out,
  opened_passive,
  opened_active,
  established,
  closed,
  resets_in,
  resets_out,
  refused_no_listener,
  wrong_core,
  syns_in,
  syn_cache_full,
  cookies_out,
  cookies_good,
  cookies_bad,
  no_connection_row,
  unacceptable,
  paws,
  challenge_acks,
  challenge_acks_held_back,
  acks_old_or_future,
  resent,
  timeouts,
  fast_recoveries,
  tail_probes,
  spurious_timeouts,
  window_probes,
  keepalives,
  out_of_order,
  out_of_order_dropped,
  duplicate_bytes,
  data_after_close,
  no_memory,
  buffers_full,
  transmit_full,
  time_waits,
  time_wait_full,
  time_wait_reused,
  ecn_marks,
  icmp_unreachable,
  icmp_too_big,
  icmp_ignored,
  bytes_copied,
  black_holes,
  count_
};

struct CounterInfo {
  Counter counter;
  std::string_view name, meaning;
};
inline constexpr std::array<CounterInfo, std::size_t(Counter::count_)> counter_infos = {{
    {Counter::segments_in, "segments_in", "segments that came in and were whole"},
    {Counter::segments_out, "segments_out", "segments that were sent, of all kinds"},
    {Counter::bytes_in, "bytes_in", "bytes of payload that were accepted, once each"},
    {Counter::bytes_out, "bytes_out", "bytes of payload that were sent, again or not"},
    {Counter::opened_passive, "opened_passive", "connections that peers opened"},
    {Counter::opened_active, "opened_active", "connections that were opened from here"},
    {Counter::established, "established", "handshakes that were completed"},
    {Counter::closed, "closed", "connections that are over, for whatever reason"},
    {Counter::resets_in, "resets_in", "connections that a peer reset"},
    {Counter::resets_out, "resets_out", "resets that were sent"},
    {Counter::refused_no_listener, "refused_no_listener", "segments for a port where nothing listens"},
    {Counter::wrong_core, "wrong_core", "of these, those that the device should have brought to another core's stack"},
    {Counter::syns_in, "syns_in", "SYNs for a port where something listens"},
    {Counter::syn_cache_full, "syn_cache_full", "SYNs that found the SYN cache full and were answered by a cookie"},
    {Counter::cookies_out, "cookies_out", "SYN cookies that were sent"},
    {Counter::cookies_good, "cookies_good", "connections that were opened by a cookie"},
    {Counter::cookies_bad, "cookies_bad", "acknowledgments of no connection whose cookie is wrong or too old"},
    {Counter::no_connection_row, "no_connection_row", "handshakes that were not completed: connections_max is reached"},
    {Counter::unacceptable, "unacceptable", "segments outside the window"},
    {Counter::paws, "paws", "segments with a timestamp of the past (RFC 7323)"},
    {Counter::challenge_acks, "challenge_acks", "answers to a SYN or RST that may be forged (RFC 5961)"},
    {Counter::challenge_acks_held_back, "challenge_acks_held_back", "challenge ACKs above the limit a second"},
    {Counter::acks_old_or_future, "acks_old_or_future", "acknowledgments of what is not in flight (RFC 5961)"},
    {Counter::resent, "resent", "segments that were sent again"},
    {Counter::timeouts, "timeouts", "retransmission timeouts"},
    {Counter::fast_recoveries, "fast_recoveries", "losses that were found without a timeout"},
    {Counter::tail_probes, "tail_probes", "tail loss probes (RFC 8985)"},
    {Counter::spurious_timeouts, "spurious_timeouts", "timeouts after which the first copy proved to have arrived"},
    {Counter::window_probes, "window_probes", "bytes that were sent into a closed window"},
    {Counter::keepalives, "keepalives", "keepalive probes"},
    {Counter::out_of_order, "out_of_order", "segments that came before one that was sent earlier"},
    {Counter::out_of_order_dropped, "out_of_order_dropped", "segments out of order for which there was no place"},
    {Counter::duplicate_bytes, "duplicate_bytes", "bytes that had been received before"},
    {Counter::data_after_close, "data_after_close", "connections that were reset, as data came after they were closed"},
    {Counter::no_memory, "no_memory", "times that a queue could not grow: queue_bytes is too small"},
    {Counter::buffers_full, "buffers_full", "segments that were dropped: buffers_max is reached"},
    {Counter::transmit_full, "transmit_full", "segments that the device's queue had no place for; they wait"},
    {Counter::time_waits, "time_waits", "connections that ended here first and wait for stray segments"},
    {Counter::time_wait_full, "time_wait_full", "such waits cut short: time_waits_max is reached"},
    {Counter::time_wait_reused, "time_wait_reused", "such waits ended by a new connection (RFC 6191)"},
    {Counter::ecn_marks, "ecn_marks", "windows that were reduced by a mark of the network (RFC 3168)"},
    {Counter::icmp_unreachable, "icmp_unreachable", "ICMP errors about connections, noted"},
    {Counter::icmp_too_big, "icmp_too_big", "ICMP messages that lowered a path's MTU"},
    {Counter::icmp_ignored, "icmp_ignored", "ICMP messages that fit no connection or nothing in flight (RFC 5927)"},
    {Counter::bytes_copied, "bytes_copied", "bytes of small payloads that were put together"},
    {Counter::black_holes, "black_holes", "paths whose large segments vanished; their MSS was lowered"},
}};

class Counters {
 public:
  void add(Counter counter, std::uint64_t count = 1) { values_[std::size_t(counter)] += count; }
  void add(Refusal refusal) { ++refusals_[std::size_t(refusal)]; }
  std::uint64_t read(Counter counter) const { return values_[std::size_t(counter)]; }
  std::uint64_t read(Refusal refusal) const { return refusals_[std::size_t(refusal)]; }

 private:
  std::array<std::uint64_t, std::size_t(Counter::count_)> values_{};
  std::array<std::uint64_t, std::size_t(Refusal::count_)> refusals_{};
};

}  // namespace poise::l7::tcp
