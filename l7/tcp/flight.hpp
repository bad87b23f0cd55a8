#pragma once
#include <cstdint>
#include <span>

#include "l7/tcp/arena.hpp"
#include "l7/tcp/congestion.hpp"
#include "l7/tcp/sequence.hpp"
#include "l7/tcp/slice_queue.hpp"

namespace poise::l7::tcp {

enum RecordBit : std::uint8_t {
  record_sacked = 1,
  record_lost = 2,    // taken for lost; not in the pipe unless it was sent again
  record_resent = 4,  // sent again since it was taken for lost
  record_fin = 8,
  record_ever_resent = 16,  // no round trip can be measured by it (Karn)
  record_tail = 32,         // sent again as a tail loss probe
};

// Record - one segment in flight.
struct Record {
  Sequence left;
  std::uint32_t length;  // FIN counts
  std::uint32_t sent_us;
  SliceQueue::Place place;
  std::uint8_t bits;
  std::uint8_t times_sent;
  Sequence right() const { return left + length; }
  bool has(RecordBit bit) const { return (bits & bit) != 0; }
  // RFC 6675 4: is it thought to be in the network?
  bool is_in_pipe() const { return !has(record_sacked) && (!has(record_lost) || has(record_resent)); }
};

// Flight - what one connection has in flight, and the state of its recovery: the scoreboard of RFC 6675 and RFC 8985.
// In a block of the arena, which exists only while something is in flight. The records follow it in the same block, in
// the order of their sequence numbers.
struct Flight {
  static constexpr unsigned order_max = 9;  // 128 KiB: 5,400 records

  std::uint32_t first, count, capacity;
  std::uint8_t order;
  bool is_recovering;     // fast recovery
  bool is_after_timeout;  // recovery after a timeout
  bool has_undo_ts;       // the first segment of this recovery that was sent again was sent at undo_ts (RFC 3522)
  bool can_undo;          // ... and no acknowledgment has told yet whether that was for nothing
  bool must_resend;       // the first lost one goes out whatever the window says
  bool has_rack;          // rack_* is known
  bool has_tail_probe, tail_probe_is_resent;
  std::uint32_t pipe, sacked_bytes, sacked_count;
  Sequence recover;      // recovery ends when this is acknowledged
  Sequence high_sacked;  // end of the highest range that was acknowledged selectively, or snd_una
  Sequence tail_probe_end, ecn_until;
  std::uint32_t undo_ts;
  std::uint32_t rack_sent_us, rack_round_trip_us;  // of the most recently sent record that was delivered
  Sequence rack_end;
  std::uint32_t reorder_wait_us;  // 0: nothing may be merely late
  RecoveryEpisode episode;
  SlowStartRound round;

  Record* records() { return reinterpret_cast<Record*>(this + 1); }
  Record& at(std::uint32_t i) { return records()[first + i]; }
  Record& back() { return at(count - 1); }
};

}  // namespace poise::l7::tcp
