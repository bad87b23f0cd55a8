#pragma once
#include <vector>

#include "l7/balance/balancer.hpp"

// The algorithms that look at how much the servers have to do.
namespace poise::l7::balance {

// LeastConnections - the smallest load for its weight; among equals in turn. O(n).
class LeastConnections final : public Balancer {
 public:
  void set_servers(std::span<const Candidate> candidates) override;
  std::optional<std::uint32_t> pick(const Query& query, const Loads& loads) override;

 private:
  std::vector<Candidate> candidates_;
  std::size_t next_ = 0;  // where the look begins
};

// First - the server of lowest id that has room: others may be switched off while they are not needed.
class First final : public Balancer {
 public:
  void set_servers(std::span<const Candidate> candidates) override;
  std::optional<std::uint32_t> pick(const Query& query, const Loads& loads) override;

 private:
  std::vector<Candidate> candidates_;
};

// RandomDraws - the least loaded of some that are drawn by weight (Mitzenmacher 1996: the power of two choices).
class RandomDraws final : public Balancer {
 public:
  explicit RandomDraws(std::uint8_t draws) : draws_(draws) {}
  void set_servers(std::span<const Candidate> candidates) override;
  std::optional<std::uint32_t> pick(const Query& query, const Loads& loads) override;

 private:
  const Candidate& drawn(std::uint64_t random) const;
  const std::uint8_t draws_;
  std::vector<Candidate> candidates_;
  std::vector<std::uint64_t> sums_;  // of weights, up to and with each
};

}  // namespace poise::l7::balance
