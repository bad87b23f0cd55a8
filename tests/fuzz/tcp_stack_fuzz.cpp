// A Stack under any bytes: segments near what is expected of its connections, calls of an application, steps of the
// clock. Asked is what Stack::check_invariants looks at after every step, that no buffer is lost or given back twice
// (MemoryEnv sees to that), and that everything is gone when all connections have been aborted and time has passed.
// Input: a byte for the kind of each step, and what that needs.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "config/types/result.hpp"
#include "l7/tcp/checksum.hpp"
#include "l7/tcp/segment.hpp"
#include "l7/tcp/stack.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/support/tcp/memory_env.hpp"

namespace {

using namespace poise;
using namespace poise::l7::tcp;
using datapath::FuzzInput;

constexpr std::size_t peers_max = 4;
const IpAddr local = IpAddr::v4(0x0a000001), remote = IpAddr::v4(0x0a000002);

// Keeps the handles of what it was told of; `closed` is the last and comes once.
class Everything : public Application {
 public:
  void opened(Handle handle) override {
    if (std::ranges::find(handles, handle) == handles.end()) handles.push_back(handle);
  }
  void received(Handle, std::size_t) override {}
  void room(Handle, std::size_t) override {}
  void peer_finished(Handle) override {}
  void closed(Handle handle, Closed) override { ensure(std::erase(handles, handle) == 1); }
  std::vector<Handle> handles;
};

// What the stack sent last to a port of the peer's: new segments are made relative to it.
struct Seen {
  Sequence next, acknowledged;
  std::uint32_t timestamp = 0;
};

class Player {
 public:
  Player(const Settings& settings, Instant start) : env_(1), stack_(env_, settings, start), now_(start) {
    env_.wire = [this](const std::vector<std::uint8_t>& packet) { note(packet); };
    ensure(stack_.listen(IpAddr::v4(0), 80, all_));
  }
  void play(FuzzInput& input) {
    while (!input.empty()) {
      step(input);
      stack_.advance(now_);
      stack_.flush(now_);
      stack_.check_invariants();
    }
    end();
  }

 private:
  void note(const std::vector<std::uint8_t>& packet) {
    const auto segment = read_segment(packet);
    ensure(segment.has_value());
    if (segment->has(flag_rst)) return;
    Seen& seen = seen_[segment->destination_port % peers_max];
    seen.next = segment->end();
    seen.acknowledged = segment->acknowledgment;
    if (segment->options.timestamps) seen.timestamp = segment->options.timestamps->value;
  }
  // Small distances are likely, and any is possible.
  static std::uint32_t distance(FuzzInput& input) {
    const std::uint8_t kind = input.u8();
    if (kind < 128) return 0;
    if (kind < 200) return std::uint32_t(std::int8_t(input.u8()));
    return kind < 240 ? input.u16() : input.u32();
  }
  void send(FuzzInput& input) {
    Segment segment;
    segment.source = remote;
    segment.destination = local;
    const std::uint8_t shape = input.u8();
    segment.source_port = std::uint16_t(1000 + shape % peers_max);
    segment.destination_port = (shape & 0x40) != 0 && !ports_.empty() ? ports_[shape % ports_.size()] : 80;
    const Seen& seen = seen_[segment.source_port % peers_max];
    segment.flags = input.u8();
    segment.sequence = seen.acknowledged + distance(input);
    segment.acknowledgment = seen.next + distance(input);
    segment.window = input.u16();
    segment.ecn = Ecn(shape >> 2 & 3);
    if ((shape & 0x10) != 0) segment.options.timestamps = Timestamps{input.u32(), seen.timestamp};
    if ((shape & 0x20) != 0)
      segment.options.add_sack({segment.acknowledgment + distance(input), segment.acknowledgment + distance(input)});
    if (segment.has(flag_syn)) {
      segment.options.mss = input.u16();
      segment.options.window_shift = input.u8() % 15;
      segment.options.sack_permitted = (shape & 0x80) != 0;
    }
    std::vector<std::uint8_t> payload(std::min<std::size_t>(input.u8() * 6u, 1460));
    Buffer buffer{payload.data(), std::uint32_t(payload.size()), 1};
    const Slice all{&buffer, 0, buffer.size};
    std::vector<std::uint8_t> packet(headers_length_max);
    packet.resize(write_headers(segment, buffer.size, packet));
    complete_checksum(packet, std::span(&all, 1));
    packet.insert(packet.end(), payload.begin(), payload.end());
    const Packet received = env_.receive(packet);
    if (received.buffer != nullptr) stack_.input(std::span(&received, 1), now_);
  }
  void call(FuzzInput& input, Handle handle) {
    std::array<std::uint8_t, 3000> bytes{};
    switch (input.u8() % 9) {
      case 0:
      case 1:
        stack_.send_copy(handle, std::span(bytes).first(input.u16() % bytes.size()));
        return;
      case 2:
        stack_.read(handle, std::span(bytes).first(input.u16() % bytes.size()));
        return;
      case 3:
        stack_.finish(handle);
        return;
      case 4:
        stack_.close(handle);
        return;
      case 5:
        stack_.abort(handle);
        return;
      case 6:
        stack_.pause(handle, input.u8() % 2 == 0);
        return;
      default:
        stack_.splice(handle, all_.handles[input.u8() % all_.handles.size()],
                      input.u8() % 2 == 0 ? until_finished : input.u16());
    }
  }
  void step(FuzzInput& input) {
    const std::uint8_t kind = input.u8() % 8;
    if (kind < 4) {
      send(input);
    } else if (kind == 4) {
      now_ += std::chrono::milliseconds(input.u16());
    } else if (kind == 5 && !all_.handles.empty()) {
      call(input, all_.handles[input.u8() % all_.handles.size()]);
    } else if (kind == 6) {
      const std::uint16_t port = std::uint16_t(1000 + input.u8() % peers_max);
      const auto handle = stack_.connect({local, remote, port, 0}, all_);
      if (!handle) return;
      all_.handles.push_back(*handle);
      ports_.push_back(stack_.facts(*handle).tuple.local_port);
    } else {
      stack_.input_icmp(input.take(input.u8()), now_);
    }
  }
  void end() {
    stack_.stop_listening(IpAddr::v4(0), 80);
    for (int round = 0; round < 3; ++round) {
      for (const Handle handle : std::vector<Handle>(all_.handles)) stack_.abort(handle);
      for (int seconds = 0; seconds < 130; ++seconds) {
        now_ += std::chrono::seconds(1);
        stack_.advance(now_);
        stack_.flush(now_);
      }
    }
    const Stack::Usage usage = stack_.usage();
    ensure(usage.connections == 0 && usage.half_open == 0 && usage.time_waits == 0 && usage.queue_bytes == 0 &&
           usage.buffer_bytes == 0 && usage.timers == 0 && stack_.deadline() == never);
    ensure(env_.outstanding() == 0);
  }

  MemoryEnv env_;
  Everything all_;
  Stack stack_;
  Instant now_;
  std::array<Seen, peers_max> seen_{};
  std::vector<std::uint16_t> ports_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const std::uint8_t choice = input.u8();
  Settings settings;
  settings.connections_max = 6;
  settings.syns_max = 4;
  settings.time_waits_max = 4;
  settings.queue_bytes = 1u << 20;
  settings.buffers_max = 256u << 10;
  settings.destinations_max = 8;
  settings.receive_initial = settings.receive_max = (choice & 1) != 0 ? 4096 : 65536;
  settings.send_max = 32768;
  settings.window_scaling = (choice & 2) != 0;
  settings.timestamps = (choice & 4) != 0;
  settings.sack = (choice & 8) != 0;
  settings.rack = (choice & 16) != 0;
  settings.cubic = (choice & 32) != 0;
  settings.ecn = (choice & 64) != 0;
  settings.nagle = (choice & 128) != 0;
  Player(settings, Instant(std::chrono::seconds(4290))).play(input);
  return 0;
}
