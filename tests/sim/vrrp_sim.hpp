#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <random>
#include <vector>

#include "vrrp/routers.hpp"

namespace poise::sim {

// VrrpSim - nodes that share one or more segments, on virtual time and one seed: the Routers of the daemon with a wire
// and a datapath that are models. The wire loses, delays, duplicates, reorders and cuts (each direction by itself); a
// node crashes (with its datapath), restarts, or hangs (control stands still, the datapath goes on holding addresses
// until their deadline); clocks run at their own rates.
class VrrpSim {
 public:
  struct Settings {
    std::size_t nodes = 2, routers = 1;  // every router on a segment of its own
    bool grouped = false;                // all routers of a node in one sync group
    Duration interval = std::chrono::milliseconds(100);
    vrrp::Version version = vrrp::Version::v3;
    Duration delay_max = std::chrono::milliseconds(2);
    double clock_error = 0.01;
    bool preempt = true;
    bool v6 = false;
  };
  VrrpSim(const Settings& settings, std::uint64_t seed);

  void run_for(Duration time);
  Duration now() const { return now_; }
  std::mt19937_64& random() { return random_; }

  bool trace = false;  // every decision goes to stderr

  // Faults; they last until undone.
  double loss = 0, duplication = 0;
  void cut(std::size_t from, std::size_t to, bool is_cut) { cut_[from * settings_.nodes + to] = is_cut; }
  void heal();  // the wire, and every node runs
  void crash(std::size_t node);
  void restart(std::size_t node);
  void hang(std::size_t node);
  void wake(std::size_t node);
  void stop(std::size_t node);  // gracefully; it stays away until restart
  bool runs(std::size_t node) const { return nodes_[node].control != nullptr && !nodes_[node].hangs; }

  std::uint8_t priority(std::size_t node) const { return std::uint8_t(200 - 20 * node); }
  std::vector<std::size_t> masters(std::size_t router) const;  // nodes that run and mean to stay master
  bool holds(std::size_t node, std::size_t router) const;      // its datapath answers for the address
  std::size_t holders(std::size_t router) const;
  // The longest time two datapaths held the same address at once, so far; and forgets it.
  Duration take_overlap() { return std::exchange(overlap_, Duration::zero()); }
  // Whether some sync group was ever seen half master.
  bool has_split() const { return split_; }
  Duration longest_down_interval() const;

 private:
  struct Packet {
    std::size_t router = 0;
    vrrp::Bytes bytes;
  };
  struct Node {
    std::unique_ptr<vrrp::Routers> control;
    std::vector<bool> held;
    std::vector<Instant> until;
    std::vector<Packet> waiting;  // while it hangs
    bool hangs = false, stopping = false;
    double rate = 1;
    std::uint64_t life = 0;  // ticks of an earlier one do not count
  };
  struct Event {
    Duration at{};
    std::uint64_t order = 0;
    std::function<void()> happen;
    bool operator>(const Event& other) const { return std::pair(at, order) > std::pair(other.at, other.order); }
  };
  Instant clock(std::size_t node) const;  // what the node takes for the time
  void schedule(Duration at, std::function<void()> happen);
  void tick(std::size_t node, std::uint64_t life);
  void receive(std::size_t node, const Packet& packet);
  void carry_out(std::size_t node, const vrrp::Routers::Outputs& outputs);
  void send(std::size_t node, std::size_t router, const vrrp::Bytes& bytes);
  void tell(std::size_t node, std::size_t router, const vrrp::Action& action) const;
  void extend(std::size_t node);
  void watch(Duration until);
  std::vector<vrrp::RouterSettings> configuration(std::size_t node) const;

  Settings settings_;
  std::mt19937_64 random_;
  Duration now_{};
  std::uint64_t order_ = 0;
  std::vector<Node> nodes_;
  std::vector<bool> cut_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::vector<Duration> overlapping_;  // by router, going on
  Duration overlap_{};
  bool split_ = false;
};

}  // namespace poise::sim
