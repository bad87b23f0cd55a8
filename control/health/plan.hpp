#pragma once
#include <memory>
#include <string>

#include "config/model.hpp"
#include "control/health/pattern.hpp"
#include "control/health/probe.hpp"

namespace poise::control::health {

// Target - what a check looks at. Servers of several pools whose checks look at the same in the same way share one.
struct Target {
  config::Check check;  // without address and port
  IpAddr address;
  std::uint16_t port = 0;  // 0: the kind has none
  std::string user;        // kind exec
  bool operator==(const Target&) const = default;
  // Whether what is looked at is the same, however often.
  bool looks_like(const Target& other) const;
};

// Plan - a target made ready to be probed again and again.
struct Plan {
  Plan(const Target& of, std::string node_name);

  Target target;
  std::string node_name;
  Pattern body_match, body_no_match, expected;
  std::string payload;

  Duration timeout() const;
};

// The machine for one probe of a kind that speaks to the server itself; `plan` outlives it. Null: kind exec.
std::unique_ptr<Probe> make_probe(std::shared_ptr<const Plan> plan);

}  // namespace poise::control::health
