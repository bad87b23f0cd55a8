// ns per packet of the pipeline, beside what the machine could do at best and what rte_hash needs for the look-up
// alone. Frames are laid out before the clock starts, as a NIC would have; thread CPU time; the median of several
// rounds.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "tests/bench/bench_appliance.hpp"
#include "tests/bench/bench_frames.hpp"
#include "tests/bench/change_bench.hpp"
#include "tests/bench/connection_bench.hpp"
#include "tests/bench/limit_bench.hpp"
#include "tests/bench/lookup_bench.hpp"
#include "tests/bench/measure.hpp"
#include "tests/bench/read_bench.hpp"

namespace poise::bench {

bool show_stages = false;  // set once, from the command line

namespace {

using config::Mode;

constexpr std::size_t packets_per_round = 32768;

void queue_random_packets(BenchAppliance& appliance, std::mt19937& random) {
  for (std::size_t i = 0; i < packets_per_round; ++i) {
    const datapath::BufferPool::Allocation memory = appliance.memory.allocate();
    const auto flow = std::uint32_t(random() % appliance.settings.flows);
    const std::uint16_t length = write_frame(memory.data, {appliance.settings.v6, flow, 0x10, 0}, appliance.wan_mac);
    appliance.wan.queued.push_back(
        {memory.buffer, memory.data, length, memory.headroom, std::uint16_t(memory.capacity - length)});
  }
  // 64 MiB of frames have just been written: the first of them have left the caches as they would behind a busy NIC.
}

// Where the cycles go: the workers' own sampled counters.
void print_stages(BenchAppliance& appliance) {
  const datapath::WorkerCounters& counters = appliance.worker().counters;
  for (std::size_t i = 0; i < datapath::pipeline.size(); ++i)
    std::printf("  %-10s %6.1f cycles/packet\n", datapath::pipeline[i].name,
                double(counters.stage_cycles[i].read()) / double(counters.stage_packets[i].read() + 1));
}

struct Row {
  double ns = 0, limit_ns = 0;
};

// The pipeline and the limit take turns, so that what else the machine does meets both.
Row measure(const BenchAppliance::Settings& settings, Limit& limit, int rounds) {
  BenchAppliance appliance(settings);
  appliance.establish_flows();
  std::mt19937 random(1);
  std::vector<double> results, limits;
  for (int round = 0; round < rounds; ++round) {
    limits.push_back(limit.round());
    queue_random_packets(appliance, random);
    appliance.lan.sent.reserve(packets_per_round);
    const double before = thread_ns();
    appliance.run(std::chrono::microseconds(1));
    results.push_back((thread_ns() - before) / packets_per_round);
    if (appliance.lan.sent.size() != packets_per_round) {
      std::fprintf(stderr, "only %zu of %zu packets came out\n", appliance.lan.sent.size(), packets_per_round);
      std::exit(1);
    }
    appliance.recycle();
  }
  if (show_stages) print_stages(appliance);
  return {median(results), median(limits)};
}

const char* name_of(Mode mode) {
  switch (mode) {
    case Mode::nat:
      return "nat";
    case Mode::fullnat:
      return "fullnat";
    case Mode::dr:
      return "dr";
    case Mode::tunnel:
      return "tunnel";
  }
  return "?";
}

std::string flows_text(std::uint32_t flows) {
  return flows % 1'000'000 == 0 ? std::to_string(flows / 1'000'000) + " M" : std::to_string(flows / 1000) + " k";
}

void print_row(const BenchAppliance::Settings& settings, Limit& limit, int rounds) {
  const Row row = measure(settings, limit, rounds);
  std::printf("| %s | %s | %s | %.1f | %.0f | %.1f | %.2f |\n", name_of(settings.mode), settings.v6 ? "IPv6" : "IPv4",
              flows_text(settings.flows).c_str(), row.ns, row.ns * cycles_per_ns(), row.limit_ns,
              row.ns / row.limit_ns);
  std::fflush(stdout);
}

int run(bool quick) {
  const std::vector<std::uint32_t> sizes =
      quick ? std::vector<std::uint32_t>{1000} : std::vector<std::uint32_t>{1000, 100'000, 1'000'000, 10'000'000};
  const int rounds = quick ? 2 : 41;
  std::printf(
      "| mode | family | flows | ns/packet | cycles/packet | limit (a), ns | ratio |\n|---|---|---|---|---|---|---|\n");
  for (const std::uint32_t flows : sizes)
    for (const bool v6 : {false, true}) {
      Limit limit(v6, flows);
      for (const Mode mode : {Mode::dr, Mode::tunnel, Mode::nat, Mode::fullnat})
        print_row({mode, v6, flows, {}, {}}, limit, rounds);
    }
  const std::uint32_t many = quick ? 10'000 : 1'000'000;
  std::printf("\n| look-up alone, 32 at once, ns/key | 1 k | %s |\n|---|---|---|\n", flows_text(many).c_str());
  std::printf("| flow table | %.1f | %.1f |\n", flow_table_ns(1000, rounds), flow_table_ns(many, rounds));
  std::printf("| rte_hash bulk (b) | %.1f | %.1f |\n", rte_hash_ns(1000, rounds), rte_hash_ns(many, rounds));
  std::printf("| parse and key hash only, ns/packet | %.1f | %.1f |\n", parse_ns(false, rounds),
              parse_ns(true, rounds));
  std::printf("\n| connections | per second and core | ns each |\n|---|---|---|\n");
  for (const Mode mode : {Mode::nat, Mode::fullnat, Mode::dr}) {
    const double ns = connection_ns(mode, quick ? 2000 : 1'000'000);
    std::printf("| %s, SYN to FIN, made and expired | %.0f | %.0f |\n", name_of(mode), 1e9 / ns, ns);
  }
  std::printf("\n| stage, cycles/packet | steady | a commit every 32,768 packets | ratio |\n|---|---|---|---|\n");
  for (const StageCost& cost : change_costs(quick ? 2 : 100))
    std::printf("| %s | %.1f | %.1f | %.2f |\n", cost.stage.c_str(), cost.steady, cost.changing,
                cost.changing / cost.steady);
  const std::uint32_t most = quick ? 10'000 : 10'000'000;
  const ReadCost read = read_cost(most, quick ? 2 : 41);
  std::printf("\n| flows | ns/packet | while all are read | ratio | rows per second |\n|---|---|---|---|---|\n");
  std::printf("| %s | %.1f | %.1f | %.2f | %.0f |\n", flows_text(most).c_str(), read.steady_ns, read.reading_ns,
              read.reading_ns / read.steady_ns, read.rows_per_second);
  return 0;
}

}  // namespace
}  // namespace poise::bench

int main(int argc, char** argv) {
  const std::string option = argc > 1 ? argv[1] : "";
  poise::bench::show_stages = option == "--stages";
  return poise::bench::run(option == "--quick" || option == "--stages");
}
