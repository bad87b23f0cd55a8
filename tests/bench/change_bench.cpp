#include "tests/bench/change_bench.hpp"

#include <algorithm>
#include <array>
#include <random>

#include "tests/bench/bench_appliance.hpp"
#include "tests/bench/measure.hpp"

namespace poise::bench {
namespace {

using namespace datapath;

constexpr std::size_t packets_per_round = 32768;

using Costs = std::array<double, pipeline.size()>;

Costs run_round(BenchAppliance& appliance, std::mt19937& random) {
  appliance.queue_requests(packets_per_round, random);
  const WorkerCounters& counters = appliance.worker().counters;
  Costs cycles{}, packets{};
  for (std::size_t i = 0; i < pipeline.size(); ++i) {
    cycles[i] = -double(counters.stage_cycles[i].read());
    packets[i] = -double(counters.stage_packets[i].read());
  }
  appliance.run(std::chrono::microseconds(1));
  ensure(appliance.lan.sent.size() == packets_per_round);  // no packet of an unchanged flow is lost
  for (std::size_t i = 0; i < pipeline.size(); ++i) {
    cycles[i] += double(counters.stage_cycles[i].read());
    packets[i] += double(counters.stage_packets[i].read());
    cycles[i] /= packets[i] + 1;
  }
  appliance.recycle();
  return cycles;
}

void change(BenchAppliance& appliance, int number) {
  config::Config config = appliance.configuration();
  config.pools["web"].servers["s0"].weight = std::uint16_t(1 + number % 2);
  if (number % 2 == 0) {
    config.pools["other"] = config.pools["web"];
    config::Service service = config.services["web"];
    service.address = IpAddr::v4(0xc0000202);
    service.pool = "other";
    config.services["other"] = service;
  }
  appliance.engine->apply(config, std::uint64_t(number) + 2);
  appliance.engine->maintain();
}

}  // namespace

std::vector<StageCost> change_costs(int rounds) {
  BenchAppliance appliance({config::Mode::nat, false, 100'000, {}, {}});
  appliance.establish_flows();
  std::mt19937 random(1);
  std::array<std::vector<double>, pipeline.size()> steady, changing;
  for (int round = 0; round < 2 * rounds; ++round) {
    const bool changes = round % 2 != 0;
    if (changes) change(appliance, round / 2);
    const Costs costs = run_round(appliance, random);
    for (std::size_t i = 0; i < pipeline.size(); ++i) (changes ? changing : steady)[i].push_back(costs[i]);
  }
  std::vector<StageCost> result;
  for (std::size_t i = 0; i < pipeline.size(); ++i)
    result.push_back({pipeline[i].name, median(steady[i]), median(changing[i])});
  return result;
}

}  // namespace poise::bench
