#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/tcp/proxy.hpp"
#include "tests/support/tcp/transfer.hpp"
#include "tests/support/tcp/world.hpp"

namespace poise::sim {

// TcpSim - one or more connections between two Stacks, or through a splicing proxy on a third, all drawn from a seed:
// settings of the Stacks, what the links do, what the applications do, and where the clock begins. At the end
// everything must have arrived as it was sent, both ends must know that it is over, and nothing may be left of it.
class TcpSim {
 public:
  explicit TcpSim(std::uint64_t seed);
  TcpSim(const TcpSim&) = delete;
  TcpSim& operator=(const TcpSim&) = delete;

  // Runs it to its end. What does not hold, or "".
  std::string run();

  bool trace = false;  // every packet goes to stderr
  // What was drawn, for people.
  std::string description() const;
  std::size_t completed() const;  // connections that moved all that was planned, both ways
  std::size_t connections() const { return clients_.size(); }

 private:
  // What the seed picked for all of it.
  struct Drawn {
    std::size_t connections = 1;
    bool v6 = false, has_proxy = false;
    bool may_fail = false;  // the links are so bad, that giving up is right now and then
    double loss = 0;        // of any kind, each way
    std::uint64_t bytes_max = 0;
    std::uint32_t unit = 0;  // bytes of payload that a segment has at least, when there are enough
    std::uint32_t mtu = 0;
    l7::tcp::Impairments link;
  };
  std::uint64_t below(std::uint64_t count) { return count == 0 ? 0 : random_() % count; }
  bool chance(unsigned percent) { return below(100) < percent; }
  Duration up_to(Duration most) { return Duration(std::int64_t(below(std::uint64_t(most.count()) + 1))); }
  Instant draw_start();
  void draw_world();
  void draw_damage();
  void draw_path();
  l7::tcp::Settings draw_settings();
  void draw_sizes(l7::tcp::Settings& settings);
  void draw_connection(std::size_t number);
  void draw_behaviour(l7::tcp::Transfer::Plan& plan);
  void draw_ends(l7::tcp::Transfer::Plan& client, l7::tcp::Transfer::Plan& server);
  std::uint64_t draw_size();
  IpAddr address(std::size_t host) const;
  void open(std::size_t number);

  std::string judge(bool is_quiet) const;
  std::string judge_connection(std::size_t number) const;
  std::string judge_leftovers(std::size_t host) const;
  std::uint64_t packets_max() const;

  std::mt19937_64 random_;
  Drawn drawn_;
  Instant start_;
  l7::tcp::World world_;
  std::vector<l7::tcp::Settings> settings_;  // of each host
  std::vector<std::unique_ptr<l7::tcp::Transfer>> clients_, servers_;
  std::vector<std::unique_ptr<l7::tcp::Proxy>> proxies_;
};

}  // namespace poise::sim
