#pragma once
#include <vector>

#include "l7/balance/turns.hpp"

namespace poise::l7::balance {

// RoundRobin - weights may change at any time.
class RoundRobin final : public Balancer {
 public:
  void set_servers(std::span<const Candidate> candidates) override { turns_.set(candidates); }
  std::optional<std::uint32_t> pick(const Query& query, const Loads& loads) override;

 private:
  Turns turns_;
};

// StaticRoundRobin - goes round a map that is made once: O(1), and any number of servers.
class StaticRoundRobin final : public Balancer {
 public:
  void set_servers(std::span<const Candidate> candidates) override;
  std::optional<std::uint32_t> pick(const Query& query, const Loads& loads) override;

 private:
  std::vector<Candidate> candidates_;
  std::vector<std::uint32_t> map_;  // places in candidates_
  std::size_t next_ = 0;
};

}  // namespace poise::l7::balance
