#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "l7/tcp/stack.hpp"
#include "tests/support/tcp/link.hpp"
#include "tests/support/tcp/memory_env.hpp"

namespace poise::l7::tcp {

// World - Stacks with links between them on virtual time: the loop that a worker is, for as many as there are. What
// happens is a function of the seed. Packets that arrive at one instant come as one burst; `poll` makes instants of a
// host coarse, as of a worker that is busy.
class World {
 public:
  struct HostSettings {
    Settings stack;
    std::vector<IpAddr> addresses;
    MemoryEnv::Limits buffers;
    Duration poll{};
    std::size_t transmit_max = MemoryEnv::endless;  // packets that the device takes in one turn
  };
  World(Instant start, std::uint64_t seed) : now_(start), random_(seed) {}
  ~World();

  std::size_t add(const HostSettings& settings);
  // One direction; without, packets arrive at once.
  void link(std::size_t from, std::size_t to, const Impairments& impairments);

  // What runs on a host besides its Stack, and is its application: it has its turn before the Stack tells anything.
  class Driver {
   public:
    virtual ~Driver() = default;
    virtual void turn(Instant now) = 0;
    virtual Instant deadline() const = 0;
  };
  void drive(std::size_t host, Driver& driver) { hosts_[host]->driver = &driver; }

  Stack& stack(std::size_t host) { return *hosts_[host]->stack; }
  const Stack& stack(std::size_t host) const { return *hosts_[host]->stack; }
  MemoryEnv& env(std::size_t host) { return *hosts_[host]->env; }
  Instant now() const { return now_; }
  std::mt19937_64& random() { return random_; }

  // `happen` and then a turn of the host.
  void schedule(std::size_t host, Duration from_now, std::function<void()> happen);
  // Until nothing is left to happen: true. False: `end` comes before, or something went wrong.
  bool run_until(Instant end);

  // What is wrong, or "".
  const std::string& failure() const { return failure_; }
  void fail(std::string what);
  std::uint64_t turns() const { return turns_; }
  std::uint64_t packets() const;  // that all hosts have sent

  unsigned check_every = 0;  // turns between two looks at a Stack's invariants; 0: none
  bool trace = false;        // every packet goes to stderr
  std::uint64_t turns_max = 20'000'000;

 private:
  struct Host {
    std::unique_ptr<MemoryEnv> env;
    std::unique_ptr<Stack> stack;
    Driver* driver = nullptr;
    Duration poll{};
    std::size_t transmit_max = 0;
    Instant due = never;
    bool is_awake = false;
    unsigned spins = 0;
    std::vector<Packet> arrived;
  };
  struct Event {
    Instant at;
    std::uint64_t order = 0;
    std::size_t host = 0;
    Bytes packet, icmp;
    std::function<void()> happen;
    bool operator<(const Event& other) const { return std::pair(at, order) > std::pair(other.at, other.order); }
  };
  void push(Event event);
  void route(std::size_t from, Bytes packet);
  void happen(Event& event);
  void step();
  void turn(std::size_t host);
  void tell(std::size_t from, std::size_t to, const Bytes& packet, const char* fate) const;

  Instant now_;
  std::mt19937_64 random_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::map<IpAddr, std::size_t> routes_;
  std::map<std::pair<std::size_t, std::size_t>, Link> links_;
  std::vector<Event> events_;  // a heap
  std::vector<Link::Carried> carried_;
  std::uint64_t order_ = 0, turns_ = 0;
  std::string failure_;
};

// "1.234567 > A 1000:1448 ack 7 win 500", as the trace tells it.
std::string to_string(const Segment& segment);

}  // namespace poise::l7::tcp
