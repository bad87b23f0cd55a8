#include "tests/bench/lookup_bench.hpp"

#include <rte_eal.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "tests/bench/bench_appliance.hpp"
#include "tests/bench/bench_frames.hpp"
#include "tests/bench/measure.hpp"

namespace poise::bench {
namespace {

struct Key {
  std::uint32_t client, service;
  std::uint16_t client_port, service_port;
  std::uint32_t protocol;
};
static_assert(sizeof(Key) == 16);

Key key_of(std::uint32_t flow) { return {0x0a000000 + flow / 50000, 0xc0000201, std::uint16_t(flow % 50000), 80, 6}; }

void start_eal() {
  static bool started = false;
  if (started) return;
  started = true;
  const char* with_huge[] = {"bench",      "--no-pci",       "--in-memory",          "--iova-mode=va",
                             "--lcores=0", "--no-telemetry", "--log-level=critical", "-m",
                             "256"};
  const char* without[] = {"bench",
                           "--no-pci",
                           "--no-huge",
                           "--no-shconf",
                           "--iova-mode=va",
                           "--lcores=0",
                           "--no-telemetry",
                           "--log-level=critical",
                           "-m",
                           "512"};
  FILE* pages = std::fopen("/proc/sys/vm/nr_hugepages", "r");
  int huge = 0;
  if (pages != nullptr) {
    if (std::fscanf(pages, "%d", &huge) != 1) huge = 0;
    std::fclose(pages);
  }
  const bool use_huge = huge >= 160;
  const int result =
      use_huge ? rte_eal_init(9, const_cast<char**>(with_huge)) : rte_eal_init(10, const_cast<char**>(without));
  if (result < 0) std::exit(1);
}

}  // namespace

double flow_table_ns(std::uint32_t flows, int rounds) {
  BenchAppliance appliance({config::Mode::nat, false, flows, {}, {}});
  appliance.establish_flows();
  const datapath::FlowTable& table = appliance.worker().flows;
  std::mt19937 random(1);
  std::vector<double> results;
  std::vector<datapath::FlowKey> keys(32768);
  for (int round = 0; round < rounds; ++round) {
    for (datapath::FlowKey& key : keys) {
      const auto flow = std::uint32_t(random() % flows);
      key = {client_address(false, flow), service_address(false), client_port(flow), service_port, 6};
    }
    std::uint64_t hashes[32];
    std::uint32_t missing = 0;
    const double before = thread_ns();
    for (std::size_t i = 0; i < keys.size(); i += 32) {
      for (std::size_t j = 0; j < 32; ++j) table.prefetch_bucket(hashes[j] = table.hash(keys[i + j]));
      for (const std::uint64_t hash : hashes) table.prefetch_entry(hash);
      for (std::size_t j = 0; j < 32; ++j) missing += table.find(keys[i + j], hashes[j]).flow.valid() ? 0 : 1;
    }
    results.push_back((thread_ns() - before) / double(keys.size()));
    ensure(missing == 0);
  }
  return median(results);
}

double rte_hash_ns(std::uint32_t flows, int rounds) {
  start_eal();
  rte_hash_parameters parameters{};
  parameters.name = flows > 5000 ? "large" : "small";
  parameters.entries = flows + flows / 4;
  parameters.key_len = sizeof(Key);
  parameters.hash_func = rte_hash_crc;
  rte_hash* table = rte_hash_create(&parameters);
  if (table == nullptr) std::exit(1);
  for (std::uint32_t i = 0; i < flows; ++i) {
    const Key key = key_of(i);
    if (rte_hash_add_key(table, &key) < 0) std::exit(1);
  }
  std::mt19937 random(1);
  std::vector<double> results;
  std::vector<Key> keys(32768);
  for (int round = 0; round < rounds; ++round) {
    for (Key& key : keys) key = key_of(std::uint32_t(random() % flows));
    const void* pointers[32];
    std::int32_t positions[32];
    const double before = thread_ns();
    for (std::size_t i = 0; i < keys.size(); i += 32) {
      for (std::size_t j = 0; j < 32; ++j) pointers[j] = &keys[i + j];
      rte_hash_lookup_bulk(table, pointers, 32, positions);
    }
    results.push_back((thread_ns() - before) / double(keys.size()));
  }
  rte_hash_free(table);
  return median(results);
}

}  // namespace poise::bench
