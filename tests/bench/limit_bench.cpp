#include "tests/bench/limit_bench.hpp"

#include <time.h>
#include <x86intrin.h>

#include <algorithm>
#include <random>

#include "datapath/keyed_hash.hpp"
#include "datapath/stages/stages.hpp"
#include "datapath/translate.hpp"
#include "tests/bench/bench_appliance.hpp"
#include "tests/bench/bench_frames.hpp"
#include "tests/bench/bench_port.hpp"
#include "tests/bench/measure.hpp"

namespace poise::bench {
namespace {

using namespace datapath;

constexpr std::size_t packets_per_round = 32768, burst = 32;

double clock_ns(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return double(time.tv_sec) * 1e9 + double(time.tv_nsec);
}

std::vector<Frame> make_frames(BenchMemory& memory, std::uint32_t flows, bool v6, std::mt19937& random) {
  std::vector<Frame> frames;
  for (std::size_t i = 0; i < packets_per_round; ++i) {
    const BufferPool::Allocation place = memory.allocate();
    const std::uint16_t length = write_frame(place.data, {v6, std::uint32_t(random() % flows), 0x10, 0}, MacAddr{});
    frames.push_back({place.buffer, place.data, length, place.headroom, std::uint16_t(place.capacity - length)});
  }
  return frames;
}

// Just enough of a parse: where the headers are, and the key.
std::uint64_t touch(Packet& packet, bool v6, const HashKey& key) {
  packet.l3_offset = 14;
  packet.family = v6 ? 6 : 4;
  packet.flags = 0;
  packet.l4_offset = v6 ? 54 : 34;
  packet.key.protocol = 6;
  const std::uint8_t* ip = packet.data + 14;
  packet.key.source = v6 ? IpAddr::v6(ip + 8) : IpAddr::v4_at(ip + 12);
  packet.key.destination = v6 ? IpAddr::v6(ip + 24) : IpAddr::v4_at(ip + 16);
  packet.key.source_port = wire::load16(packet.l4());
  packet.key.destination_port = wire::load16(packet.l4() + 2);
  return keyed_hash(packet.key, key);
}

// The pipeline's own burst loop and rewrite, without everything between: no checks, no index, no key compared, no
// state, no counters but one.
void limit_burst(BenchPort& port, Batch& batch, HugeArray<LimitLine>& table, const HashKey& key, bool v6) {
  std::uint64_t rows[burst];
  std::array<Frame, burst> out;
  const std::size_t count = port.receive(batch.packets);
  for (std::size_t i = 0; i < count; ++i) __builtin_prefetch(batch.packets[i].data);
  for (std::size_t i = 0; i < count; ++i) {
    rows[i] = (touch(batch.packets[i], v6, key) >> 32) * table.size() >> 32;
    __builtin_prefetch(&table[rows[i]], 1);
  }
  for (std::size_t i = 0; i < count; ++i) {
    LimitLine& line = table[rows[i]];
    ++line.packets;
    Packet& packet = batch.packets[i];
    decrement_ttl(packet);
    v6 ? translate_v6(packet, line.to) : translate_v4(packet, line.to);
    std::memcpy(packet.data, "\x02\x00\x00\x00\x09\x09\x02\x00\x00\x00\x01\x01", 12);
    out[i] = packet;
  }
  port.transmit({out.data(), count});
}

}  // namespace

Limit::Limit(bool v6, std::uint32_t flows) : v6_(v6), flows_(flows), table_(flows) {
  for (std::uint32_t i = 0; i < flows; ++i)
    table_[i].to = {client_address(v6, i), server_address(v6, i % 20), client_port(i), service_port};
}

double Limit::round() {
  static constexpr HashKey key{{3, 1, 4, 1, 5, 9, 2, 6}};
  port_.queued = make_frames(memory_, flows_, v6_, random_);
  port_.next = 0;
  port_.sent.clear();
  port_.sent.reserve(packets_per_round);
  const double before = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  while (port_.next < port_.queued.size()) limit_burst(port_, *batch_, table_, key, v6_);
  const double spent = clock_ns(CLOCK_THREAD_CPUTIME_ID) - before;
  for (const Frame& frame : port_.sent) memory_.free({&frame.buffer, 1});
  return spent / packets_per_round;
}

double parse_ns(bool v6, int rounds) {
  BenchAppliance appliance({config::Mode::dr, v6, 1000, {}, {}});
  std::mt19937 random(1);
  std::vector<double> results;
  Worker& worker = appliance.worker();
  for (int round = 0; round < rounds; ++round) {
    const std::vector<Frame> frames = make_frames(appliance.memory, 1000, v6, random);
    for (const Frame& frame : frames) std::memcpy(frame.data, appliance.wan_mac.octets.data(), 6);
    std::uint64_t sink = 0;
    const double before = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    for (std::size_t i = 0; i < packets_per_round; i += burst) {
      Batch& batch = worker.batch;
      for (std::uint8_t j = 0; j < burst; ++j) {
        __builtin_prefetch(frames[i + j].data);  // as the worker does when it receives
        static_cast<Frame&>(batch.packets[j]) = frames[i + j];
        batch.packets[j].flags = 0;
        batch.packets[j].port = PortIndex{1};
        batch.live[j] = j;
      }
      batch.live_count = burst;
      parse(worker, batch);
      for (std::uint8_t j = 0; j < burst; ++j) sink += worker.flows.hash(batch.packets[j].key);
    }
    results.push_back((clock_ns(CLOCK_THREAD_CPUTIME_ID) - before) / packets_per_round + (sink == 1 ? 1 : 0));
    ensure(worker.batch.live_count == burst);
    worker.batch.live_count = 0;
    for (const Frame& frame : frames) appliance.memory.free({&frame.buffer, 1});
  }
  return median(results);
}

double cycles_per_ns() {
  static const double rate = [] {
    const double before = clock_ns(CLOCK_MONOTONIC);
    const std::uint64_t cycles = __rdtsc();
    double after = before;
    while (after - before < 2e7) after = clock_ns(CLOCK_MONOTONIC);
    return double(__rdtsc() - cycles) / (after - before);
  }();
  return rate;
}

}  // namespace poise::bench
