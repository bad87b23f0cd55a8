#pragma once
#include <cstdint>

#include "l7/tcp/arena.hpp"
#include "l7/tcp/congestion.hpp"
#include "l7/tcp/path_mtu.hpp"
#include "l7/tcp/round_trip.hpp"
#include "l7/tcp/sequence.hpp"
#include "l7/tcp/slice_queue.hpp"
#include "l7/tcp/tuple.hpp"

namespace poise::l7::tcp {

// RFC 9293 3.3.2. LISTEN and TIME-WAIT need no connection: listeners and TimeWait records stand for them, and half open
// passive ones are SynEntry records.
enum class State : std::uint8_t {
  closed,
  syn_sent,
  syn_received,  // only after a simultaneous open
  established,
  fin_wait_1,
  fin_wait_2,
  close_wait,
  closing,
  last_ack,
  time_wait,  // a TimeWait record answers; here is what the application has not read yet
};

enum ConnectionBit : std::uint32_t {
  bit_in_use = 1u << 0,
  bit_timestamps = 1u << 1,  // both sides use them (RFC 7323)
  bit_sack = 1u << 2,
  bit_ecn = 1u << 3,
  bit_ack_now = 1u << 4,
  bit_outgoing = 1u << 5,    // on the list of those to be looked at by flush
  bit_ready = 1u << 6,       // on the list of those with something to tell the application
  bit_fin_wanted = 1u << 7,  // the application sends no more: FIN follows the queue
  bit_fin_sent = 1u << 8,
  bit_opened = 1u << 9,          // the handshake is complete
  bit_peer_finished = 1u << 10,  // its FIN is in order
  bit_told_opened = 1u << 11,
  bit_told_finished = 1u << 12,
  bit_released = 1u << 13,         // the application wants nothing more of it
  bit_probing = 1u << 14,          // a byte beyond the window is out (persist); it may come to be acknowledged
  bit_wants_room = 1u << 15,       // the send queue was full: tell when there is room
  bit_detached = 1u << 16,         // no longer in the lookup
  bit_ecn_echo = 1u << 17,         // a mark came in and the peer has not yet said that it knows
  bit_ecn_reduced = 1u << 18,      // say so with the next data
  bit_paused = 1u << 19,           // the application wants no data now
  bit_unread = 1u << 20,           // data came that the application was not told of
  bit_port_taken = 1u << 21,       // its local port is to be given back
  bit_over = 1u << 22,             // only `closed` is left to be told
  bit_loss_is_persist = 1u << 23,  // what the loss timer waits for is the window's opening
  bit_loss_is_tail = 1u << 24,     // ... the acknowledgment of the last segment (RFC 8985 7)
  bit_loss_is_reorder = 1u << 25,  // ... segments that may only be late
  bit_splice_source = 1u << 26,
  bit_splice_target = 1u << 27,
  bit_splice_done = 1u << 28,  // the application is to be told
  bit_active = 1u << 30,       // opened by the application, which so knows it already
  bit_abort_now = 1u << 29,    // memory is short, and this one holds the most
};

// Connection - the TCB (RFC 9293 3.3.1), which an idle one has nothing besides. Queues, what is in flight and what came
// out of order live in blocks of the arena, while there is any. Times: microseconds or milliseconds of the stack's
// clock, which wrap.
struct Connection {
  Tuple tuple;
  std::uint32_t generation;
  std::uint32_t bits;
  State state;
  std::uint8_t snd_shift, rcv_shift;  // of windows (RFC 7323 2)
  std::uint8_t retries;               // timeouts since the peer last said something
  bool has(ConnectionBit bit) const { return (bits & bit) != 0; }
  void set(ConnectionBit bit) { bits |= bit; }
  void clear(ConnectionBit bit) { bits &= ~std::uint32_t(bit); }

  // In SYN-SENT and SYN-RECEIVED snd_una is ISS; IRS is rcv_nxt - 1 there.
  Sequence snd_una, snd_nxt, snd_wl1;
  std::uint32_t snd_wnd, snd_wnd_max;
  Sequence rcv_nxt, rcv_adv, ack_sent;  // rcv_adv: right edge of the window that was told; never moves back
  std::uint32_t receive_budget, round_read, round_began_us;  // autotuning: what was read since, of what round trip
  std::uint32_t ts_recent, ts_recent_ms, ts_offset;
  std::uint16_t mss;      // of the peer and of the path; options not counted
  std::uint16_t rcv_mss;  // the largest payload that came
  std::uint8_t dup_acks, dup_acks_owed;
  std::uint8_t application;
  std::uint8_t reorder_steps;  // RFC 8985 6.2 step 4: 0: no reordering was seen

  RoundTrip round_trip;
  Congestion congestion;
  std::uint32_t loss_ms, ack_ms, life_ms;  // deadlines; 0: none
  std::uint32_t sent_ms;                   // when data was sent last
  SliceQueue sending, receiving;
  SliceQueue::Place unsent;  // where snd_nxt is in `sending`
  Arena::Block flight, out_of_order, splice;
  std::uint32_t held;   // bytes of buffers that its queues hold, by their whole size
  std::uint64_t moved;  // bytes that splices have taken from it
  PathMtu path_mtu;
};
static_assert(sizeof(Connection) <= 256);

struct Handle {  // late ones find that the connection is gone
  std::uint32_t index = ~0u, generation = 0;
  bool operator==(const Handle&) const = default;
};

// Why a connection is over.
enum class Closed : std::uint8_t { finished, reset, refused, timed_out, aborted, unreachable, no_memory };

}  // namespace poise::l7::tcp
