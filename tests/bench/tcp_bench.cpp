// What a Stack costs: `./run bench tcp`. Thread CPU time, medians, ratios in one run.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

#include "l7/tcp/lookup.hpp"
#include "l7/tcp/segment.hpp"
#include "l7/tcp/tuple.hpp"
#include "tests/bench/lookup_bench.hpp"
#include "tests/bench/measure.hpp"
#include "tests/bench/tcp_pair.hpp"

namespace poise::bench {
namespace {

using namespace l7::tcp;

Settings settings_for(std::uint32_t connections) {
  Settings settings;
  settings.connections_max = connections;
  settings.syns_max = std::max(connections, 1024u);
  settings.time_waits_max = std::max(connections, 1024u);
  settings.queue_bytes = 64u << 20;
  settings.buffers_max = 4ull << 30;
  settings.timestamps = false;
  settings.time_wait = std::chrono::milliseconds(1);
  settings.port_first = 1024;
  settings.port_last = 65535;
  return settings;
}

// The look-up with the cache line of the row that is found, as `input` does it.
double lookup_ns(std::uint32_t count, int rounds) {
  struct alignas(256) Row {
    Tuple tuple;
  };
  const HashKey key{{1, 2, 3}};
  Lookup lookup(count);
  HugeArray<Row> rows(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    rows[i].tuple = {IpAddr::v4(0xc0000201), IpAddr::v4(0x0a000000 + i / 50000), 80, std::uint16_t(i % 50000)};
    lookup.insert(keyed_hash(rows[i].tuple, key), i);
  }
  std::mt19937 random(1);
  std::vector<Tuple> tuples(32768);
  std::vector<double> results;
  for (int round = 0; round < rounds; ++round) {
    for (Tuple& tuple : tuples) tuple = rows[random() % count].tuple;
    std::uint64_t hashes[32];
    std::uint64_t missing = 0;
    const double before = thread_ns();
    for (std::size_t i = 0; i < tuples.size(); i += 32) {
      for (std::size_t j = 0; j < 32; ++j) lookup.prefetch(hashes[j] = keyed_hash(tuples[i + j], key));
      for (const std::uint64_t hash : hashes) {
        const std::uint32_t candidate = lookup.first_candidate(hash);
        if (candidate < count) __builtin_prefetch(&rows[candidate]);
      }
      for (std::size_t j = 0; j < 32; ++j)
        missing += lookup.find(hashes[j], [&](std::uint32_t row) { return rows[row].tuple == tuples[i + j]; }) ? 0 : 1;
    }
    results.push_back((thread_ns() - before) / double(tuples.size()));
    if (missing != 0) std::printf("missing\n");
  }
  return median(results);
}

struct Bulk {
  double receiver_ns = 0,
         sender_ns = 0;  // of a data segment: in and its share of an ACK out; out and its share of one in
};

Bulk bulk(std::uint64_t segments) {
  Settings settings = settings_for(4);
  settings.rack = true;
  TcpPair pair(settings, settings, 16384);
  Talker client(pair.client, {.is_client = true, .sends_for_ever = true}), server(pair.server, {});
  pair.server.listen(pair.server_address, 80, server);
  (void)pair.client.connect({pair.client_address, pair.server_address, 80, 0}, client);
  Bulk result;
  for (int i = 0; i < 2000; ++i) pair.run(1);
  const std::uint64_t before = pair.client_env.sent;
  double sender = 0, receiver = 0;
  while (pair.client_env.sent - before < segments) {
    pair.now += std::chrono::microseconds(10);
    const double start = thread_ns();
    pair.turn(pair.client, pair.client_env);
    const double between = thread_ns();
    do pair.turn(pair.server, pair.server_env);
    while (!pair.server_env.inbox.empty());
    const double end = thread_ns();
    sender += between - start;
    receiver += end - between;
  }
  const double count = double(pair.client_env.sent - before);
  return {.receiver_ns = receiver / count, .sender_ns = sender / count};
}

double connections_per_second(std::uint32_t total) {
  TcpPair pair(settings_for(4096), settings_for(4096), 16384);
  Talker client(pair.client, {.is_client = true, .closes_when_opened = true}), server(pair.server, {});
  pair.server.listen(pair.server_address, 80, server);
  const double before = thread_ns();
  for (std::uint32_t made = 0; made < total;) {
    for (int i = 0; i < 256; ++i, ++made)
      (void)pair.client.connect({pair.client_address, pair.server_address, 80, 0}, client);
    pair.run(100);
    pair.now += std::chrono::milliseconds(2);  // TIME-WAIT is over
  }
  // Both ends in one thread: a core that is one of them does twice as many.
  return double(server.ended) / ((thread_ns() - before) / 1e9);
}

double requests_per_second(std::uint32_t connections, std::uint64_t total) {
  TcpPair pair(settings_for(connections), settings_for(connections), 65536);
  Talker client(pair.client, {.request = 100, .response = 1000, .is_client = true});
  Talker server(pair.server, {.request = 100, .response = 1000});
  pair.server.listen(pair.server_address, 80, server);
  for (std::uint32_t i = 0; i < connections; ++i)
    (void)pair.client.connect({pair.client_address, pair.server_address, 80, 0}, client);
  pair.run(1000);
  const std::uint64_t first = client.answered;
  const double before = thread_ns();
  while (client.answered - first < total) pair.run(100);
  return double(client.answered - first) / ((thread_ns() - before) / 1e9);
}

// What 64 connections get of a server's time while `flood` SYNs of made-up sources come with every turn: answers a
// second of its processor time.
double answers_per_second(std::uint32_t flood, int turns) {
  TcpPair pair(settings_for(64), settings_for(64), 65536);
  Talker client(pair.client, {.request = 100, .response = 1000, .is_client = true});
  Talker server(pair.server, {.request = 100, .response = 1000});
  pair.server.listen(pair.server_address, 80, server);
  for (int i = 0; i < 64; ++i) (void)pair.client.connect({pair.client_address, pair.server_address, 80, 0}, client);
  pair.run(1000);
  Segment syn;
  syn.destination = pair.server_address;
  syn.destination_port = 80;
  syn.flags = flag_syn;
  syn.options.mss = 1460;
  std::mt19937 random(1);
  const std::uint64_t first = client.answered;
  double spent_ns = 0;
  for (int i = 0; i < turns; ++i) {
    pair.now += std::chrono::microseconds(10);
    pair.turn(pair.client, pair.client_env);
    for (std::uint32_t j = 0; j < flood; ++j) {
      syn.source = IpAddr::v4(0x0b000000 + random() % 0x1000000);
      syn.source_port = std::uint16_t(random());
      Buffer* buffer = pair.server_env.allocate();
      if (buffer == nullptr) break;
      const std::size_t length = write_headers(syn, 0, {buffer->data, buffer->size});
      pair.server_env.inbox.push_back({buffer, 0, std::uint32_t(length), true});
    }
    const double before = thread_ns();
    do pair.turn(pair.server, pair.server_env);
    while (!pair.server_env.inbox.empty());
    spent_ns += thread_ns() - before;
    // What was sent to nobody ends here.
    std::erase_if(pair.client_env.inbox, [&](const Packet& packet) {
      const bool is_stray = packet.buffer->data[16] == 0x0b;
      if (is_stray) pair.client_env.free(*packet.buffer);
      return is_stray;
    });
  }
  return double(client.answered - first) / (spent_ns / 1e9);
}

}  // namespace

int run(bool is_quick) {
  const std::uint32_t million = is_quick ? 10'000 : 1'000'000;
  const int rounds = is_quick ? 3 : 41;
  const double own = lookup_ns(million, rounds), theirs = rte_hash_ns(million, rounds);
  std::printf(
      "look-up among %u connections, with the row's line: %.1f ns; rte_hash bulk, without: %.1f ns; ratio %.2f\n",
      million, own, theirs, own / theirs);
  const Bulk costs = bulk(is_quick ? 10'000 : 2'000'000);
  std::printf(
      "a data segment of 1,460 bytes: %.0f ns to receive, read and acknowledge; %.0f ns to send and see acknowledged"
      " (both with a copy of it)\n",
      costs.receiver_ns, costs.sender_ns);
  std::printf("connections opened and closed, both ends in one thread: %.0f a second\n",
              connections_per_second(is_quick ? 2'560 : 512'000));
  for (const std::uint32_t connections : {16u, 1024u, 16384u}) {
    if (is_quick && connections > 16) break;
    std::printf("requests of 100 bytes and answers of 1,000, %u connections, both ends in one thread: %.0f a second\n",
                connections, requests_per_second(connections, is_quick ? 1'000 : 1'000'000));
  }
  {
    BufferEnv env(1);
    Settings settings = settings_for(million);
    settings.syns_max = settings.time_waits_max = 65536;
    const Stack stack(env, settings, Instant(std::chrono::hours(1)));
    std::printf("memory for %u idle connections: %.0f MB\n", million, double(stack.usage().memory_bytes) / 1e6);
  }
  const int turns = is_quick ? 200 : 20'000;
  const double quiet = answers_per_second(0, turns), flooded = answers_per_second(32, turns);
  std::printf(
      "64 connections beside one spoofed SYN for each of their requests: %.0f answers a second of the server's"
      " time, %.0f %% of %.0f without\n",
      flooded, 100 * flooded / quiet, quiet);
  return 0;
}

}  // namespace poise::bench

int main(int count, char** arguments) {
  return poise::bench::run(count > 1 && std::strcmp(arguments[1], "--quick") == 0);
}
