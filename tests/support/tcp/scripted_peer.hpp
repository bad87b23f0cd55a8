#pragma once
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include "l7/tcp/segment.hpp"
#include "l7/tcp/stack.hpp"
#include "tests/support/tcp/content.hpp"
#include "tests/support/tcp/memory_env.hpp"

namespace poise::l7::tcp {

// Shape - a segment as a test writes it. Numbers are relative to the initial ones of both sides: a SYN has sequence 0,
// the first byte 1. Of one that the peer sends, what is not said is what a peer would do: its next sequence number, an
// acknowledgment of all that came, a window of 65,535. Of one that is expected, what is not said does not matter; flags
// always do, but for PSH.
struct Shape {
  std::uint8_t flags = 0;
  std::optional<std::uint32_t> sequence, acknowledgment, length;
  std::optional<std::uint16_t> window, mss;
  std::optional<std::uint8_t> window_shift;
  std::optional<bool> sack_permitted;
  std::optional<std::vector<std::pair<std::uint32_t, std::uint32_t>>> sack;
  std::optional<Timestamps> timestamps;  // as on the wire
  std::optional<Ecn> ecn;

  Shape seq(std::uint32_t number) const { return with(&Shape::sequence, number); }
  Shape ack(std::uint32_t number) const { return with(&Shape::acknowledgment, number); }
  Shape len(std::uint32_t bytes) const { return with(&Shape::length, bytes); }
  Shape win(std::uint16_t bytes) const { return with(&Shape::window, bytes); }
  Shape with_mss(std::uint16_t bytes) const { return with(&Shape::mss, bytes); }
  Shape scale(std::uint8_t shift) const { return with(&Shape::window_shift, shift); }
  Shape sack_ok(bool is = true) const { return with(&Shape::sack_permitted, is); }
  Shape blocks(std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges) const {
    return with(&Shape::sack, std::move(ranges));
  }
  Shape ts(std::uint32_t value, std::uint32_t echo) const { return with(&Shape::timestamps, Timestamps{value, echo}); }
  Shape mark(Ecn is) const { return with(&Shape::ecn, is); }
  Shape operator|(const Shape& other) const {
    Shape both = *this;
    both.flags |= other.flags;
    return both;
  }

 private:
  template <class Member, class Value>
  Shape with(Member member, Value value) const {
    Shape changed = *this;
    changed.*member = std::move(value);
    return changed;
  }
};
inline const Shape SYN{.flags = flag_syn}, ACK{.flags = flag_ack}, FIN{.flags = flag_fin}, RST{.flags = flag_rst};
inline const Shape URG{.flags = flag_urg}, ECE{.flags = flag_ece}, CWR{.flags = flag_cwr};

// ScriptedPeer - one Stack, and the peer at the other end of one connection of it, which a test plays by hand:
//   peer.listens().sends(SYN.with_mss(1000)).expect((SYN | ACK).ack(1)).sends(ACK).told("opened");
//   peer.sends(ACK.len(100)).told("received 100").after(40ms).expect(ACK.ack(101));
// What the Stack sends has to be expected, in order; what is left over when the next thing is sent, or at the end, is a
// failure. Timers may be a few milliseconds late.
class ScriptedPeer : public Application {
 public:
  explicit ScriptedPeer(const Settings& settings = {}, bool is_v6 = false);
  ~ScriptedPeer() override;
  using At = std::source_location;

  // ---- the stack's side
  ScriptedPeer& listens(std::uint16_t port = 80);
  ScriptedPeer& connects(At at = At::current());
  Stack& stack() { return stack_; }
  MemoryEnv& env() { return env_; }
  Handle handle() const { return handle_; }
  // What the application does, and then what comes of it.
  ScriptedPeer& writes(std::uint32_t bytes, At at = At::current());
  ScriptedPeer& reads(std::uint32_t bytes, At at = At::current());  // and verifies; all at once
  ScriptedPeer& finishes();
  ScriptedPeer& closes();
  ScriptedPeer& aborts();
  ScriptedPeer& flushes();  // after the test has called something of the stack itself
  // What it was told since this was asked last: "opened", "received 100", "room", "peer_finished", "closed finished".
  ScriptedPeer& told(std::initializer_list<const char*> events, At at = At::current());
  ScriptedPeer& told(const char* event, At at = At::current()) { return told({event}, at); }
  bool reads_at_once = false;  // whatever it is told of

  // ---- the peer's side
  ScriptedPeer& sends(const Shape& shape, At at = At::current());
  ScriptedPeer& sends(std::initializer_list<Shape> burst, At at = At::current());  // all come at once
  ScriptedPeer& sends_packet(Bytes packet);                                        // as it is, from its IP header on
  ScriptedPeer& expect(const Shape& shape, At at = At::current());
  ScriptedPeer& expect_nothing(At at = At::current());
  // The next thing is expected so long after the last one that was sent or expected, and nothing earlier.
  ScriptedPeer& after(Duration time, At at = At::current());
  // Nothing is sent for so long.
  ScriptedPeer& silent(Duration time, At at = At::current());
  // Time goes by, whatever is sent.
  ScriptedPeer& passes(Duration time);
  // What it sends from now on is another connection's.
  ScriptedPeer& begins_anew(std::uint32_t initial_sequence, std::uint16_t port);
  // What came last, as it was.
  const Segment& last() const { return last_.segment; }
  Instant now() const { return now_; }
  Bytes packet_of(const Shape& shape);

  // The handshake of a listening stack, with the options of `syn`.
  ScriptedPeer& established(const Shape& syn = SYN.with_mss(1460), At at = At::current());

  std::uint32_t irs = 0x0fffff00, iss = 0;  // of the peer (its own initial number) and of the stack, once it is known

  void opened(Handle handle) override;
  void received(Handle handle, std::size_t readable) override;
  void room(Handle handle, std::size_t bytes) override;
  void peer_finished(Handle handle) override;
  void spliced(Handle handle, std::uint64_t left) override;
  void closed(Handle handle, Closed why) override;

 private:
  struct Sent {
    Instant at;
    Bytes packet;
    Segment segment;  // of `packet`
  };
  void take(Bytes packet);
  void run_until(Instant end);
  void input(std::span<const Packet> packets);
  std::string tell(const Sent& sent) const;
  std::string difference(const Sent& sent, const Shape& shape) const;
  void fail(const At& at, const std::string& what) const;

  const IpAddr own_, stack_address_;
  std::uint16_t own_port_ = 40000, stack_port_ = 80;
  MemoryEnv env_;
  Instant now_, mark_;
  Stack stack_;
  Handle handle_;
  std::deque<Sent> sent_;
  Sent last_;
  std::vector<std::string> events_;
  std::uint32_t next_ = 0, expected_ack_ = 0;  // of the peer: what it sends next; all that came, relative
  std::uint64_t written_ = 0, read_ = 0;
  bool knows_iss_ = false;
};

}  // namespace poise::l7::tcp
