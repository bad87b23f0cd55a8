#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "l7/balance/balancer.hpp"
#include "l7/balance/mix.hpp"

namespace poise::l7::balance {

struct TestLoads final : Loads {
  std::map<std::uint32_t, std::uint32_t> loads;
  std::set<std::uint32_t> full;
  std::uint32_t current(std::uint32_t server) const override {
    const auto found = loads.find(server);
    return found == loads.end() ? 0 : found->second;
  }
  bool has_room(std::uint32_t server) const override { return !full.contains(server); }
};

// Servers 0, 1, 2 ... of these weights; a weight of 0 leaves one out.
inline std::vector<Candidate> candidates(std::vector<std::uint32_t> weights) {
  std::vector<Candidate> all;
  for (std::uint32_t i = 0; i < weights.size(); ++i)
    if (weights[i] != 0) all.push_back({i, i + 1, weights[i], mix(i + 1000)});
  return all;
}

// What is picked, as letters: server 0 is 'a'. A '-' where there is nothing.
inline std::string picks(Balancer& balancer, std::size_t count, const Loads& loads = TestLoads(), Query query = {}) {
  std::string letters;
  for (std::size_t i = 0; i < count; ++i) {
    query.hash = query.random = i;
    const auto server = balancer.pick(query, loads);
    letters += server ? char('a' + *server) : '-';
  }
  return letters;
}

// What sessions without a key get.
inline std::string keyless_picks(Balancer& balancer, std::size_t count, Query query = {}) {
  std::string letters;
  for (std::size_t i = 0; i < count; ++i) letters += char('a' + *balancer.pick(query, TestLoads()));
  return letters;
}

inline std::map<char, int> counts(const std::string& letters) {
  std::map<char, int> each;
  for (const char letter : letters) ++each[letter];
  return each;
}

}  // namespace poise::l7::balance
