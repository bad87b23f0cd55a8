#pragma once
#include <deque>
#include <memory>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "config/model.hpp"
#include "datapath/engine.hpp"
#include "tests/support/frames.hpp"

namespace poise::datapath {

// ExactPool - packet buffers on the heap, each an allocation of its own: a received frame's ends with its tailroom, so
// that ASan sees a byte too many. Counts what is out.
class ExactPool : public BufferPool {
 public:
  static constexpr std::uint16_t headroom = 128, capacity = 2048;  // as in datapath/sizing.cpp for an MTU of 1500
  ~ExactPool() override { ensure(outstanding_ == 0); }
  Allocation allocate() override { return allocate(capacity); }
  Allocation allocate(std::size_t bytes);  // as many from `data` on
  void free(std::span<Buffer* const> buffers) override;
  std::size_t outstanding() const { return outstanding_; }

 private:
  struct Memory {
    ExactPool* owner;
    std::unique_ptr<std::uint8_t[]> bytes;
  };
  std::size_t outstanding_ = 0;
};

// ExactPort - a port on which frames wait to be received; what it is given to send is checked and gone.
class ExactPort : public PortQueue {
 public:
  explicit ExactPort(ExactPool& pool) : pool_(pool) {}
  void give(Bytes frame, std::uint16_t tailroom) { waiting_.emplace_back(std::move(frame), tailroom); }
  std::size_t receive(std::span<Packet> into) override;
  std::size_t transmit(std::span<const Frame> frames) override;

 private:
  ExactPool& pool_;
  std::deque<std::pair<Bytes, std::uint16_t>> waiting_;
};

// ReusedAppliance - a whole datapath that lives through many inputs: to build one takes a tenth of a second, nearly all
// of it for tables of which an input touches a few rows. Frames arrive at worker 0, which hands them on. In control's
// place stands a stand-in that resolves neighbors, but not all: those whose last octet is a multiple of four never
// answer, and those one above fail at once.
// Invariant: after forget() every buffer is back in its pool and no flow, neighbor, fragment or connection is left.
class ReusedAppliance {
 public:
  ReusedAppliance(const config::Config& config, std::size_t workers);
  ~ReusedAppliance();
  std::size_t ports() const { return port_count_; }
  static MacAddr mac_of(PortIndex port) { return {{2, 0, 0, 0, 1, std::uint8_t(port.value + 1)}}; }
  // On a port's wire: several before one run make one burst.
  void receive(PortIndex port, Bytes frame, std::uint16_t tailroom) {
    queues_[0][port.value]->give(std::move(frame), tailroom);
  }
  void run(Duration pause);  // time passes, then the workers run until nothing is left to do
  void forget();             // so much time passes that everything is over, and the neighbors are erased

 private:
  void settle();
  void handle(const Punt& punt);
  void expire();
  void ensure_empty();
  std::vector<std::unique_ptr<ExactPool>> pools_;                // [worker]
  std::vector<std::vector<std::unique_ptr<ExactPort>>> queues_;  // [worker][port]
  std::unique_ptr<Engine> engine_;
  std::size_t port_count_ = 0;
  using Place = std::pair<InterfaceIndex, IpAddr>;
  std::set<Place> asked_, unanswered_;
  Instant now_{std::chrono::seconds(1000)};
};

}  // namespace poise::datapath
