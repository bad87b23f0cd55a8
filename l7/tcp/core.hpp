#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "config/types/huge_array.hpp"
#include "config/types/siphash.hpp"
#include "l7/tcp/application.hpp"
#include "l7/tcp/arena.hpp"
#include "l7/tcp/connection.hpp"
#include "l7/tcp/counters.hpp"
#include "l7/tcp/env.hpp"
#include "l7/tcp/flight.hpp"
#include "l7/tcp/lookup.hpp"
#include "l7/tcp/out_of_order.hpp"
#include "l7/tcp/packet.hpp"
#include "l7/tcp/secrets.hpp"
#include "l7/tcp/segment.hpp"
#include "l7/tcp/settings.hpp"
#include "l7/tcp/source_ports.hpp"
#include "l7/tcp/syn_cookies.hpp"
#include "l7/tcp/timer_wheel.hpp"

// The inside of a Stack: its tables, and the functions over them, file by file. Nothing outside l7/tcp includes this.
namespace poise::l7::tcp {

// SynEntry - a passive connection that is half open: less than a connection, so that a flood costs little (RFC 4987).
struct SynEntry {
  Tuple tuple;
  Sequence irs, iss;
  std::uint32_t ts_recent, sent_us;
  std::uint16_t mss, window;
  std::uint8_t application, bits, snd_shift, times_sent;
};
static_assert(sizeof(SynEntry) <= 64);
enum SynBit : std::uint8_t { syn_in_use = 1, syn_timestamps = 2, syn_sack = 4, syn_scaling = 8, syn_ecn = 16 };

// TimeWait - what is left of a connection that was closed: enough to answer its peer (RFC 9293 3.6.1).
struct TimeWait {
  Tuple tuple;
  Sequence snd_nxt, rcv_nxt;
  std::uint32_t ts_recent, ts_offset, ends_ms;
  std::uint16_t window;
  bool is_in_use, has_timestamps, is_port_taken;
};
static_assert(sizeof(TimeWait) <= 64);

struct Listener {
  IpAddr address;  // unspecified (0.0.0.0 or ::): every address of its family
  std::uint16_t port = 0;
  bool operator==(const Listener&) const = default;
};
struct ListenerHash {
  std::size_t operator()(const Listener& listener) const {
    return std::hash<IpAddr>{}(listener.address) ^ listener.port * 0x9e3779b97f4a7c15ull;
  }
};

// What a reference of the lookup names.
enum class Kind : std::uint32_t { connection, syn, time_wait };
struct Reference {
  std::uint32_t value;
  static Reference of(Kind kind, std::uint32_t index) { return {std::uint32_t(kind) << 30 | index}; }
  Kind kind() const { return Kind(value >> 30); }
  std::uint32_t index() const { return value & ((1u << 30) - 1); }
};

// Arrival - a segment that came in, and its payload as a slice of the buffer that it came in. Whoever keeps bytes of it
// takes references of its own.
struct Arrival {
  Segment segment;
  Slice payload;
};

// Splice - what is moved from one connection to another without the application. One connection may be the source of
// one and the target of another. In a block of the arena.
struct Splice {
  Handle to, from;
  std::uint64_t left;
};

// Indices of rows that are free.
struct FreeRows {
  explicit FreeRows(std::uint32_t count) : rows(count) {
    for (std::uint32_t row = 0; row < count; ++row) rows[row] = count - 1 - row;
  }
  std::uint32_t take() {  // no_row: none
    if (rows.empty()) return no_row;
    const std::uint32_t row = rows.back();
    rows.pop_back();
    return row;
  }
  void give_back(std::uint32_t row) { rows.push_back(row); }
  static constexpr std::uint32_t no_row = ~0u;
  std::vector<std::uint32_t> rows;
};

struct Core {
  Core(Env& environment, const Settings& the_settings, Instant start, ReceiveSideScaling scaling);

  Env& env;
  const Settings settings;
  Counters counters;

  std::uint64_t clock_us = 0;
  std::uint32_t now_us() const { return std::uint32_t(clock_us); }
  std::uint32_t now_ms() const { return std::uint32_t(clock_us / 1000); }
  void set_clock(Instant now);  // never back

  HashKey hash_key;
  SipHash secret;
  SynCookies cookies;

  HugeArray<Connection> connections;
  FreeRows free_connections;
  HugeArray<SynEntry> syns;
  FreeRows free_syns;
  HugeArray<TimeWait> time_waits;  // a ring: all last equally long, so the oldest is the first to end
  std::uint32_t time_wait_first = 0, time_wait_count = 0;
  Lookup lookup;
  TimerWheel timers, syn_timers;
  Arena arena;
  std::unordered_map<Listener, std::uint8_t, ListenerHash> listeners;  // to the row of `applications`
  std::vector<Application*> applications;
  std::vector<std::uint32_t> outgoing, ready, work;  // rows of connections, each at most once
  std::uint64_t held = 0;                            // bytes of buffers in queues, by their whole size
  std::uint32_t holds_most = 0;                      // row of a connection that held more than any other looked at
  std::uint32_t challenge_second = 0, challenge_left = 0;
  std::array<std::uint32_t, 1024> challenged_ms{};  // by row modulo: when it was challenged last
  SourcePorts source_ports;

  Connection* find(Handle handle);
  std::uint32_t row_of(const Connection& connection) const { return std::uint32_t(&connection - &connections[0]); }
  Handle handle_of(const Connection& connection) const { return {row_of(connection), connection.generation}; }
  std::uint64_t hash_of(const Tuple& tuple) const { return keyed_hash(tuple, hash_key); }
  const Tuple& tuple_of(Reference reference) const;
  std::optional<Reference> find(const Tuple& tuple, std::uint64_t hash) const;
};

inline bool is_over(std::uint32_t deadline_ms, std::uint32_t now_ms) { return std::int32_t(now_ms - deadline_ms) >= 0; }

// ---- core.cpp: what both sides of a handshake say
std::uint8_t window_shift_of(const Settings& settings);  // so that receive_max can be told
std::uint16_t initial_window(const Settings& settings);  // of a SYN: not scaled
std::uint16_t own_mss(const Settings& settings, const IpAddr& own);
std::uint16_t peer_mss(const Segment& syn);  // what the peer takes, or what it takes if it does not say

// ---- life.cpp: a connection's beginning and end
Connection* make_connection(Core& core, const Tuple& tuple, std::uint8_t application);  // not yet in the lookup
void finish_connection(Core& core, Connection& connection, Closed reason);  // it is over; the application is told
void drop_queues(Core& core, Connection& connection);
void enter_time_wait(Core& core, Connection& connection);  // a record answers the peer, and then as linger()
void linger(Core& core, Connection& connection);           // over, but for what the application has not read
void abort_connection(Core& core, Connection& connection, Closed reason);  // with a RST to the peer
void want_fin(Core& core, Connection& connection);                         // after what is queued
void make_ready(Core& core, Connection& connection);
void make_outgoing(Core& core, Connection& connection);
void acknowledge_now(Core& core, Connection& connection);

void begin_congestion(Core& core, Connection& connection);  // when its MSS is known

// ---- tell.cpp: what the applications are told
void tell_applications(Core& core);

// ---- input.cpp: which connection a packet is for, and what is said when there is none
void take_in(Core& core, std::span<const Packet> packets);
void answer_with_reset(Core& core, const Segment& segment);
bool may_challenge(Core& core, std::uint32_t row);  // RFC 5961 7: now, this row of whichever table
void challenge(Core& core, Connection& connection);

// ---- listen.cpp: SYN cache and cookies
void receive_unknown(Core& core, const Arrival& arrival);
void receive_half_open(Core& core, std::uint32_t row, const Arrival& arrival);
void on_syn_timer(Core& core, std::uint32_t row);

// ---- time_wait.cpp
void add_time_wait(Core& core, const Connection& connection);  // takes its place in the lookup
void receive_time_wait(Core& core, std::uint32_t row, const Arrival& arrival);
void expire_time_waits(Core& core);

// ---- receive.cpp: RFC 9293 3.10.7
void receive(Core& core, Connection& connection, const Arrival& arrival);
void become_established(Core& core, Connection& connection);

// ---- deliver.cpp: data in
void take_data(Core& core, Connection& connection, const Arrival& arrival, bool has_fin);
void on_read(Core& core, Connection& connection);  // there is more room for what comes
void drop_out_of_order(Core& core, Connection& connection);
std::uint16_t window_to_tell(Core& core, Connection& connection);  // moves rcv_adv

// ---- acknowledge.cpp: ACKs in
void take_acknowledgment(Core& core, Connection& connection, const Segment& segment);

// ---- recovery.cpp: what is in flight and what of it is lost: RFC 6675 and RFC 8985
struct Delivered {
  std::uint32_t bytes = 0;          // cumulatively and selectively, this time
  std::uint32_t acked = 0;          // cumulatively
  std::uint32_t round_trip_us = 0;  // 0: none was measured
  std::uint32_t pipe_before = 0;
  bool has_new_sack = false, has_duplicate_sack = false;
};
Flight* flight_of(Core& core, const Connection& connection);                    // nullptr: nothing is in flight
bool reserve_records(Core& core, Connection& connection, std::uint32_t count);  // false: no memory
void add_record(Core& core, Connection& connection, const Record& record);
void free_flight(Core& core, Connection& connection);
void set_bits(Flight& flight, Record& record, std::uint8_t bits);  // keeps the pipe
bool split_record(Core& core, Connection& connection, std::uint32_t at, std::uint32_t length);
Delivered mark_delivered(Core& core, Connection& connection, const Segment& segment);
void detect_losses(Core& core, Connection& connection, const Delivered& delivered);
void mark_all_lost(Core& core, Connection& connection);
std::uint32_t pipe_of(const Connection& connection, const Flight& flight);  // RFC 6675 4; with RFC 5681's guess

// ---- transmit.cpp
bool transmit(Core& core, Connection& connection);  // false: the device takes no more
bool send_syn(Core& core, Connection& connection);
bool send_ack(Core& core, Connection& connection, std::optional<Range> duplicate = {});
bool resend(Core& core, Connection& connection, std::uint32_t record);
bool send_new(Core& core, Connection& connection, std::uint32_t bytes, bool with_fin);
void send_reset(Core& core, Connection& connection);
bool send_window_probe(Core& core, Connection& connection);
bool send_keepalive(Core& core, Connection& connection);
std::uint32_t payload_max(const Connection& connection);  // of one segment, with the options that all have
std::uint32_t unsent_bytes(const Connection& connection);
std::uint32_t usable_window(const Connection& connection);
Segment segment_from(const Tuple& tuple, std::uint8_t flags);  // this side's, with nothing else in it
bool send_control(Core& core, const Segment& segment);         // without payload, of no connection

// ---- timers.cpp
void on_timer(Core& core, Connection& connection);
void set_deadline(Core& core, Connection& connection, std::uint32_t& deadline_ms, std::uint32_t from_now_us);
void set_loss_timer(Core& core, Connection& connection);  // from now on

// ---- splice.cpp
bool start_splice(Core& core, Connection& from, Connection& to, std::uint64_t bytes);
void move_spliced(Core& core, Connection& from);
std::uint64_t take_spliced(Core& core, Connection& from);  // what it did not move, once it is done
void end_splices(Core& core, Connection& connection);
void wake_source(Core& core, const Connection& target);  // there may be room

// ---- icmp.cpp
void take_icmp(Core& core, std::span<const std::uint8_t> packet);

// ---- invariants.cpp
void check(const Core& core);

// ---- buffers
inline void retain(Buffer& buffer) { ++buffer.references; }
inline void release(Core& core, Buffer& buffer) {
  if (--buffer.references == 0) core.env.free(buffer);
}
// A slice of it goes into, or has left, a queue of the connection.
void hold(Core& core, Connection& connection, const Buffer& buffer);
void unhold(Core& core, Connection& connection, const Buffer& buffer);
// Room for `size` more bytes of buffers at this share of buffers_max.
bool is_held_below(const Core& core, unsigned percent);

}  // namespace poise::l7::tcp
