#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <tl/expected.hpp>

#include "config/types/ip.hpp"
#include "config/types/time.hpp"
#include "l7/tcp/application.hpp"
#include "l7/tcp/buffer.hpp"
#include "l7/tcp/connection.hpp"
#include "l7/tcp/counters.hpp"
#include "l7/tcp/env.hpp"
#include "l7/tcp/packet.hpp"
#include "l7/tcp/settings.hpp"
#include "l7/tcp/source_ports.hpp"

namespace poise::l7::tcp {

struct Core;

// Where to connect to. A local port of 0 is picked so that what the peer sends comes to this stack's queue.
struct Target {
  IpAddr local, remote;
  std::uint16_t remote_port = 0, local_port = 0;
};
enum class ConnectRefusal : std::uint8_t { families_differ, no_row, no_port, tuple_in_use };

// What `splice` is asked to move: everything up to the peer's end of data.
inline constexpr std::uint64_t until_finished = ~std::uint64_t(0);

// Stack - TCP for one core: endpoints of IPv4 and IPv6 (RFC 9293 and what docs/tcp.md lists). Sans-io: bursts of
// packets and instants go in; segments go out through Env; applications are called from flush, never from within
// another call. Owner: one thread. All tables are allocated in the constructor. Calls about a connection that is gone
// do nothing and return 0, false or nothing: a Handle is never wrong, only late. A turn of the loop: input(),
// advance(), flush(); then sleep until deadline() or the next packet.
class Stack {
 public:
  Stack(Env& env, const Settings& settings, Instant start, ReceiveSideScaling scaling = {});
  ~Stack();  // gives every buffer back; tells nobody
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  // ---- the world
  void input(std::span<const Packet> packets, Instant now);
  void advance(Instant now);  // timers
  void flush(Instant now);    // applications, then what they and the peers caused to be sent
  Instant deadline() const;   // when to call advance at the latest; `never`: nothing is waiting

  // ---- listening and connecting
  // The unspecified address (0.0.0.0, ::) stands for every address of its family. False: something listens there.
  bool listen(const IpAddr& address, std::uint16_t port, Application& application);
  void stop_listening(const IpAddr& address, std::uint16_t port);  // connections stay
  // Opened is told, or closed.
  tl::expected<Handle, ConnectRefusal> connect(const Target& target, Application& application);

  // ---- reading
  std::size_t readable(Handle handle) const;                                  // bytes
  std::size_t peek(Handle handle, std::span<Slice> into) const;               // how many slices; they stay the Stack's
  void consume(Handle handle, std::size_t bytes);                             // read; opens the window
  std::size_t take(Handle handle, std::size_t bytes, std::span<Slice> into);  // with a reference each, the caller's
  std::size_t read(Handle handle, std::span<std::uint8_t> into);              // copies
  void pause(Handle handle, bool is_paused);  // no `received` while paused; the window closes by itself

  // ---- writing
  // How many bytes a send would take now.
  std::size_t room(Handle handle) const;
  // Takes over the slice's reference; false: no room or no memory (`room` will be told), and it is the caller's still.
  bool send(Handle handle, Slice slice);
  std::size_t send_copy(Handle handle, std::span<const std::uint8_t> bytes);  // how many were taken
  // Moves `bytes` of what comes in on `from` to be sent on `to`, without touching them, as there is room; `spliced` is
  // told of `from` when all has been moved. until_finished: FIN is passed on too. One splice for each `from` at a time.
  bool splice(Handle from, Handle to, std::uint64_t bytes);

  // ---- ending
  void finish(Handle handle);  // FIN after what is queued; reading goes on (half-close)
  void close(Handle handle);   // nothing more is wanted: FIN; RST when data is unread or still comes
  void abort(Handle handle);   // RST
  void forget(Handle handle);  // no end is sent: the peer learns of it when it sends again

  // ---- looking
  struct Facts {
    Tuple tuple;
    State state = State::closed;
    std::uint32_t congestion_window = 0, slow_start_threshold = 0, smoothed_us = 0, timeout_us = 0;
    std::uint32_t in_flight = 0, unsent = 0, send_window = 0, receive_window = 0;
    std::uint16_t mss = 0;
  };
  bool is_alive(Handle handle) const;
  bool is_known(const Tuple& tuple) const;  // a connection, a half open one or one in TIME-WAIT
  Facts facts(Handle handle) const;
  // Bytes that splices have moved away from the connection, of all of them; also while `closed` is told.
  std::uint64_t moved(Handle handle) const;
  std::size_t unacknowledged(Handle handle) const;  // bytes that are to be sent, or sent and not yet acknowledged
  const Counters& counters() const;
  struct Usage {
    std::uint32_t connections = 0, half_open = 0, time_waits = 0;
    std::size_t queue_bytes = 0;     // of the arena
    std::uint64_t buffer_bytes = 0;  // held in queues
    std::size_t timers = 0, memory_bytes = 0;
  };
  Usage usage() const;
  // Puts everything that must hold between two calls to the test, and ends the process if it does not. Slow.
  void check_invariants() const;

  // An ICMP or ICMPv6 error message, from its IP header on: believed when it quotes what is in flight (RFC 5927).
  void input_icmp(std::span<const std::uint8_t> packet, Instant now);

 private:
  std::unique_ptr<Core> core_;
};

}  // namespace poise::l7::tcp
