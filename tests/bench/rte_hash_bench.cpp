#include "tests/bench/rte_hash_bench.hpp"

#include <rte_eal.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

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

double thread_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return double(time.tv_sec) * 1e9 + double(time.tv_nsec);
}

}  // namespace

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
  std::nth_element(results.begin(), results.begin() + std::ptrdiff_t(results.size() / 2), results.end());
  return results[results.size() / 2];
}

}  // namespace poise::bench
