#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/behaviours/bench.hpp"

namespace poise::datapath {

// Case - one folder of cases/: what arrives, what must leave, what must have been counted. Files:
//   why.md            what is shown and why, in a few lines
//   config.json       the configuration; others (config2.json ...) are named by steps
//   in_<port>.pcap    what arrives; the times of all ports together give the order, equal times make one burst
//   out_<port>.pcap   what must leave, in order; missing: nothing may leave
//   counters.json     counters and drop reasons by name; every drop reason that is not named must be 0
//   case.json         optional: see Options below, steps, free fields
struct Case {
  struct Arrival {
    Duration at;
    std::string port;
    Bytes frame;
  };
  // Something that control does at a time; after what arrives at the same time.
  struct Step {
    Duration at;
    std::string apply;            // a configuration file of the folder
    std::string server, status;   // "pool/server": up, draining, down; "" for no change
    bool reset_flows = false;     // its drain deadline has passed
    std::string answer, give_up;  // a silent neighbor
  };
  config::Config config;
  std::map<std::string, config::Config> other_configs;
  Bench::Options options;         // case.json: workers, rss, arrive_at, flows, silent
  std::vector<Arrival> arrivals;  // in order of time
  std::vector<Step> steps;        // in order of time
  std::map<std::string, std::vector<Bytes>> expected;
  std::map<std::string, std::uint64_t> counters;
  // Fields whose value the appliance may choose, of some expected frames: [port][frame] -> names, see
  // adopt_free_field().
  std::map<std::string, std::map<std::size_t, std::vector<std::string>>> free_fields;
};

Result<Case> load_case(const std::filesystem::path& folder);

// What a Bench did with a case.
struct Outcome {
  std::map<std::string, std::vector<Bytes>> sent;
  std::map<std::string, std::uint64_t> counters;  // every drop reason, and the counters that cases may name
  std::size_t buffers_out = 0;
};
Outcome play(const Case& what);

}  // namespace poise::datapath
