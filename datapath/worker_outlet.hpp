#pragma once
#include <array>
#include <vector>

#include "config/types/ids.hpp"
#include "config/types/limits.hpp"
#include "config/types/mac.hpp"
#include "datapath/local_tcp.hpp"

namespace poise::datapath {

struct Worker;

// WorkerOutlet - the way out for what a worker's LocalTcp sends. It remembers ways by (source, destination), and keeps
// what a port has not taken until its next turn: TCP has slowed down by then, and nothing is lost. Owner: the worker.
class WorkerOutlet final : public TcpOutlet {
 public:
  explicit WorkerOutlet(Worker& worker);

  bool send(const Frame& packet, const BufferPool::Completion& completion) override;
  std::optional<IpAddr> source_to(const IpAddr& remote) const override;
  bool is_observed() const override;

  void flush();                                    // transmits what has been sent; what is not taken waits
  bool is_empty() const { return waiting_ == 0; }  // nothing waits for its port
  void give_back();                                // at the end: frees what waits

 private:
  struct Way {
    IpAddr source, destination;
    std::uint32_t tables_seen = 0;  // of the worker, when this was found; 0: nothing was
    std::uint16_t path_epoch = 0;
    NeighborIndex next{0xffff};
    HoldIndex hold{0xffff};
    bool is_ours = false, has_own_mac = false;  // the source; and frames from it have `mac` as theirs
    MacAddr mac;
  };
  struct Queue {
    std::array<Frame, limits::burst * 2> frames;
    std::uint16_t count = 0;
  };
  Way& way_of(const IpAddr& source, const IpAddr& destination);
  void find(Way& way) const;
  bool refuse(const Frame& packet, Drop reason);
  bool transmit(PortIndex port);
  void observe(const Frame& frame) const;

  Worker& worker_;
  std::vector<Way> ways_;
  std::vector<Queue> queues_;  // by PortIndex
  std::size_t waiting_ = 0;    // frames in them
};

}  // namespace poise::datapath
