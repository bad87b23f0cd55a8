#include "tests/support/tcp/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "config/types/result.hpp"
#include "l7/tcp/checksum.hpp"
#include "tests/support/tcp/world.hpp"

namespace poise::l7::tcp {
namespace {

using namespace std::chrono_literals;

constexpr Duration tolerance = 3ms;
constexpr std::uint64_t stack_seed = 17, peer_seed = 23;  // of what both write
constexpr std::uint8_t compared_flags = std::uint8_t(~flag_psh);

const char* name_of(Closed why) {
  constexpr const char* names[] = {"finished", "reset", "refused", "timed_out", "aborted", "unreachable", "no_memory"};
  return names[std::size_t(why)];
}

}  // namespace

ScriptedPeer::ScriptedPeer(const Settings& settings, bool is_v6)
    : own_(is_v6 ? *parse_ip("2001:db8::2") : IpAddr::v4(0xc0000202)),
      stack_address_(is_v6 ? *parse_ip("2001:db8::1") : IpAddr::v4(0xc0000201)),
      env_(1, {8192, 2048}),
      now_(Instant(1h)),
      mark_(now_),
      stack_(env_, settings, now_) {
  env_.wire = [this](Bytes packet) { take(std::move(packet)); };
}

ScriptedPeer::~ScriptedPeer() {
  if (!testing::Test::HasFailure())
    for (const Sent& sent : sent_) ADD_FAILURE() << "at the end nobody had expected " << tell(sent);
}

void ScriptedPeer::fail(const At& at, const std::string& what) const {
  ADD_FAILURE_AT(at.file_name(), int(at.line())) << what;
}

// ---- the stack's side

ScriptedPeer& ScriptedPeer::listens(std::uint16_t port) {
  ensure(stack_.listen(stack_address_, port, *this));
  stack_port_ = port;
  return *this;
}

ScriptedPeer& ScriptedPeer::connects(At at) {
  own_port_ = 80;
  const auto handle = stack_.connect({stack_address_, own_, own_port_, 0}, *this);
  if (!handle) {
    fail(at, "connect is refused");
    return *this;
  }
  handle_ = *handle;
  stack_port_ = stack_.facts(*handle).tuple.local_port;
  return flushes();
}

ScriptedPeer& ScriptedPeer::flushes() {
  stack_.flush(now_);
  return *this;
}

ScriptedPeer& ScriptedPeer::writes(std::uint32_t bytes, At at) {
  Bytes content(bytes);
  Content(stack_seed).write(written_, content);
  const std::size_t taken = stack_.send_copy(handle_, content);
  if (taken != bytes) fail(at, "of " + std::to_string(bytes) + " bytes only " + std::to_string(taken) + " were taken");
  written_ += taken;
  mark_ = now_;
  return flushes();
}

ScriptedPeer& ScriptedPeer::reads(std::uint32_t bytes, At at) {
  Bytes content(bytes);
  const std::size_t count = stack_.read(handle_, content);
  if (count != bytes) fail(at, std::to_string(count) + " bytes were read");
  if (!Content(peer_seed).matches(read_, std::span(content).first(count)))
    fail(at, "what was read is not what was sent");
  read_ += count;
  mark_ = now_;
  return flushes();
}

ScriptedPeer& ScriptedPeer::finishes() {
  stack_.finish(handle_);
  mark_ = now_;
  return flushes();
}
ScriptedPeer& ScriptedPeer::closes() {
  stack_.close(handle_);
  mark_ = now_;
  return flushes();
}
ScriptedPeer& ScriptedPeer::aborts() {
  stack_.abort(handle_);
  mark_ = now_;
  return flushes();
}

ScriptedPeer& ScriptedPeer::told(std::initializer_list<const char*> events, At at) {
  const std::vector<std::string> wanted(events.begin(), events.end());
  const auto joined = [](const std::vector<std::string>& list) {
    std::string text;
    for (const std::string& event : list) text += (text.empty() ? "" : ", ") + event;
    return text.empty() ? std::string("nothing") : text;
  };
  if (events_ != wanted) fail(at, "told: " + joined(events_) + "; wanted: " + joined(wanted));
  events_.clear();
  return *this;
}

void ScriptedPeer::opened(Handle handle) {
  handle_ = handle;
  events_.emplace_back("opened");
}
void ScriptedPeer::received(Handle handle, std::size_t readable) {
  events_.push_back("received " + std::to_string(readable));
  if (!reads_at_once) return;
  stack_.consume(handle, readable);
  read_ += readable;
}
void ScriptedPeer::room(Handle, std::size_t) { events_.emplace_back("room"); }
void ScriptedPeer::peer_finished(Handle) { events_.emplace_back("peer_finished"); }
void ScriptedPeer::spliced(Handle, std::uint64_t left) {
  events_.push_back(left == 0 ? "spliced" : "spliced but " + std::to_string(left));
}
void ScriptedPeer::closed(Handle, Closed why) { events_.push_back(std::string("closed ") + name_of(why)); }

// ---- the peer's side

void ScriptedPeer::take(Bytes packet) {
  Sent sent{now_, std::move(packet), {}};
  const auto segment = read_segment(sent.packet);
  if (!segment) {
    ADD_FAILURE() << "the stack has sent what is no segment: " << refusals[std::size_t(segment.error())].meaning;
    return;
  }
  sent.segment = *segment;
  if (sent.segment.has(flag_syn)) {
    if (iss != sent.segment.sequence.value) expected_ack_ = 0;
    iss = sent.segment.sequence.value;
    knows_iss_ = true;
  }
  if (knows_iss_ && !sent.segment.has(flag_rst)) {
    const Sequence known = Sequence{iss} + expected_ack_;
    if (sent.segment.sequence <= known) expected_ack_ = later(known, sent.segment.end()).value - iss;
  }
  sent_.push_back(std::move(sent));
}

ScriptedPeer& ScriptedPeer::begins_anew(std::uint32_t initial_sequence, std::uint16_t port) {
  irs = initial_sequence;
  own_port_ = port;
  next_ = 0;
  read_ = written_ = 0;
  return *this;
}

Bytes ScriptedPeer::packet_of(const Shape& shape) {
  Segment segment;
  segment.source = own_;
  segment.destination = stack_address_;
  segment.source_port = own_port_;
  segment.destination_port = stack_port_;
  segment.flags = shape.flags;
  const std::uint32_t sequence = shape.sequence.value_or(next_), length = shape.length.value_or(0);
  segment.sequence = {irs + sequence};
  if (segment.has(flag_ack)) segment.acknowledgment = {iss + shape.acknowledgment.value_or(expected_ack_)};
  segment.window = shape.window.value_or(65535);
  segment.ecn = shape.ecn.value_or(Ecn::none);
  segment.options.mss = shape.mss;
  segment.options.window_shift = shape.window_shift;
  segment.options.sack_permitted = shape.sack_permitted.value_or(false);
  segment.options.timestamps = shape.timestamps;
  if (shape.sack)
    for (const auto& [left, right] : *shape.sack) segment.options.add_sack({{iss + left}, {iss + right}});
  Bytes payload(length);
  Content(peer_seed).write(sequence - (segment.has(flag_syn) ? 0u : 1u), payload);
  segment.payload = payload;
  if (!segment.has(flag_rst)) next_ = std::max(next_, sequence + segment.length());
  Bytes packet(headers_length_max);
  packet.resize(write_headers(segment, length, packet));
  Buffer buffer{payload.data(), length, 1};
  const Slice all{&buffer, 0, length};
  complete_checksum(packet, std::span(&all, 1));
  packet.insert(packet.end(), payload.begin(), payload.end());
  return packet;
}

void ScriptedPeer::input(std::span<const Packet> packets) {
  stack_.input(packets, now_);
  stack_.advance(now_);
  stack_.flush(now_);
  stack_.check_invariants();
}

ScriptedPeer& ScriptedPeer::sends(const Shape& shape, At at) { return sends({shape}, at); }

ScriptedPeer& ScriptedPeer::sends(std::initializer_list<Shape> burst, At at) {
  expect_nothing(at);
  std::vector<Packet> packets;
  for (const Shape& shape : burst) packets.push_back(env_.receive(packet_of(shape)));
  mark_ = now_;
  input(packets);
  return *this;
}

ScriptedPeer& ScriptedPeer::sends_packet(Bytes packet) {
  mark_ = now_;
  const Packet received = env_.receive(packet);
  input(std::span(&received, 1));
  return *this;
}

std::string ScriptedPeer::tell(const Sent& sent) const {
  Segment relative = sent.segment;
  relative.sequence = relative.sequence - iss;
  relative.acknowledgment = relative.acknowledgment - irs;
  for (Range& block : relative.options.sack) block = {block.left - irs, block.right - irs};
  std::ostringstream text;
  text << to_string(relative) << " (relative), " << (sent.at - mark_) / 1us << " us after the last thing";
  return text.str();
}

std::string ScriptedPeer::difference(const Sent& sent, const Shape& shape) const {
  const Segment& segment = sent.segment;
  std::ostringstream text;
  const auto compare = [&](const char* name, std::uint64_t is, auto wanted) {
    if (wanted && is != std::uint64_t(*wanted))
      text << name << " is " << is << " and not " << std::uint64_t(*wanted) << "; ";
  };
  if ((segment.flags & compared_flags) != (shape.flags & compared_flags)) text << "other flags; ";
  compare("the sequence number", segment.sequence.value - iss, shape.sequence);
  compare("the acknowledgment", segment.acknowledgment.value - irs, shape.acknowledgment);
  compare("the length", segment.payload.size(), shape.length);
  compare("the window", segment.window, shape.window);
  const Options& options = segment.options;
  compare("the MSS", options.mss.value_or(0), shape.mss);
  compare("the window's shift", options.window_shift.value_or(255), shape.window_shift);
  compare("SACK permitted", options.sack_permitted, shape.sack_permitted);
  compare("ECN", std::uint64_t(segment.ecn), shape.ecn);
  if (shape.timestamps) {
    compare("the timestamp", options.timestamps.value_or(Timestamps{}).value, std::optional(shape.timestamps->value));
    compare("the timestamp's echo", options.timestamps.value_or(Timestamps{}).echo,
            std::optional(shape.timestamps->echo));
  }
  if (shape.sack) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> blocks;
    for (const Range& block : options.sack_blocks())
      blocks.emplace_back(block.left.value - irs, block.right.value - irs);
    if (blocks != *shape.sack) text << "other SACK blocks; ";
  }
  const std::uint32_t offset = segment.sequence.value - iss - (segment.has(flag_syn) ? 0 : 1);
  if (knows_iss_ && !Content(stack_seed).matches(offset, segment.payload))
    text << "the payload is not what was written; ";
  return text.str();
}

ScriptedPeer& ScriptedPeer::expect(const Shape& shape, At at) {
  if (sent_.empty()) {
    fail(at, "nothing was sent");
    return *this;
  }
  last_ = std::move(sent_.front());
  sent_.pop_front();
  last_.segment = *read_segment(last_.packet);
  const std::string different = difference(last_, shape);
  if (!different.empty()) fail(at, different + "it is " + tell(last_));
  mark_ = last_.at;
  return *this;
}

ScriptedPeer& ScriptedPeer::expect_nothing(At at) {
  for (const Sent& sent : sent_) fail(at, "nobody had expected " + tell(sent));
  sent_.clear();
  return *this;
}

void ScriptedPeer::run_until(Instant end) {
  for (unsigned turns = 0; stack_.deadline() <= end; ++turns) {
    if (turns == 100'000) {
      ADD_FAILURE() << "a deadline never goes";
      return;
    }
    now_ = std::max(now_ + 1us, stack_.deadline());
    if (now_ > end) break;
    input({});
  }
  now_ = end;
}

ScriptedPeer& ScriptedPeer::after(Duration time, At at) {
  expect_nothing(at);
  run_until(std::max(now_, mark_ + time - tolerance));
  expect_nothing(at);
  const Instant late = mark_ + time + tolerance;
  while (sent_.empty() && stack_.deadline() <= late) run_until(std::max(now_ + 1us, stack_.deadline()));
  if (sent_.empty()) run_until(std::max(now_, late));
  return *this;
}

ScriptedPeer& ScriptedPeer::silent(Duration time, At at) {
  expect_nothing(at);
  run_until(now_ + time);
  expect_nothing(at);
  mark_ = now_;
  return *this;
}

ScriptedPeer& ScriptedPeer::passes(Duration time) {
  run_until(now_ + time);
  return *this;
}

ScriptedPeer& ScriptedPeer::established(const Shape& syn, At at) {
  listens();
  sends(syn, at).expect((SYN | ACK).ack(1), at);
  return sends(ACK.seq(1), at).told("opened", at);
}

}  // namespace poise::l7::tcp
