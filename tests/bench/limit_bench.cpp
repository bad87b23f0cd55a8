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

namespace poise::bench {
namespace {

using namespace datapath;

constexpr std::size_t packets_per_round = 32768, burst = 32;

double clock_ns(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return double(time.tv_sec) * 1e9 + double(time.tv_nsec);
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + std::ptrdiff_t(values.size() / 2), values.end());
  return values[values.size() / 2];
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

struct alignas(64) Line {
  std::uint64_t counter = 0;
  std::uint64_t unused[7]{};
};

std::uint64_t hash_of(const std::uint8_t* frame, bool v6, const HashKey& key) {
  FlowKey tuple;
  const std::uint8_t* ip = frame + 14;
  if (v6) {
    tuple.source = IpAddr::v6(ip + 8);
    tuple.destination = IpAddr::v6(ip + 24);
    std::memcpy(&tuple.source_port, ip + 40, 4);
  } else {
    std::memcpy(tuple.source.octets.data() + 12, ip + 12, 4);
    std::memcpy(tuple.destination.octets.data() + 12, ip + 16, 4);
    std::memcpy(&tuple.source_port, ip + 20, 4);
  }
  return keyed_hash(tuple, key);
}

void rewrite_header(std::uint8_t* frame, bool v6, std::uint64_t with) {
  std::uint8_t* ip = frame + 14;
  Packet packet;
  packet.data = frame;
  packet.l3_offset = 14;
  packet.family = v6 ? 6 : 4;
  decrement_ttl(packet);
  std::memcpy(ip + (v6 ? 24 : 16), &with, 4);
  std::uint16_t checksum;
  std::memcpy(&checksum, ip + (v6 ? 56 : 36), 2);
  checksum = std::uint16_t(checksum + with);
  std::memcpy(ip + (v6 ? 56 : 36), &checksum, 2);
  std::memcpy(frame, &with, 6);
  std::memcpy(frame + 6, &with, 6);
}

void limit_burst(Frame* frames, HugeArray<Line>& table, const HashKey& key, bool v6) {
  std::uint64_t rows[burst];
  for (std::size_t i = 0; i < burst; ++i) __builtin_prefetch(frames[i].data);
  for (std::size_t i = 0; i < burst; ++i) {
    rows[i] = (hash_of(frames[i].data, v6, key) >> 32) * table.size() >> 32;
    __builtin_prefetch(&table[rows[i]], 1);
  }
  for (std::size_t i = 0; i < burst; ++i) {
    Line& line = table[rows[i]];
    ++line.counter;
    rewrite_header(frames[i].data, v6, line.counter + rows[i]);
  }
}

}  // namespace

double limit_ns(bool v6, std::uint32_t flows, int rounds) {
  BenchMemory memory(40000);
  HugeArray<Line> table(flows);
  for (std::uint32_t i = 0; i < flows; ++i) table[i].counter = 0;
  const HashKey key{{3, 1, 4, 1, 5, 9, 2, 6}};
  std::mt19937 random(1);
  std::vector<double> results;
  std::vector<Frame> sent(burst);
  for (int round = 0; round < rounds; ++round) {
    std::vector<Frame> frames = make_frames(memory, flows, v6, random);
    const double before = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    for (std::size_t i = 0; i < packets_per_round; i += burst) {
      limit_burst(&frames[i], table, key, v6);
      std::copy_n(&frames[i], burst, sent.begin());
    }
    results.push_back((clock_ns(CLOCK_THREAD_CPUTIME_ID) - before) / packets_per_round);
    for (const Frame& frame : frames) memory.free({&frame.buffer, 1});
  }
  return median(results);
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
