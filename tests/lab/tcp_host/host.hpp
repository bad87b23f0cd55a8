#pragma once
#include <deque>
#include <iosfwd>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "datapath/dpdk/packet_pool.hpp"
#include "datapath/dpdk/port.hpp"
#include "l7/frame_env.hpp"
#include "l7/tcp/stack.hpp"
#include "tests/support/tcp/link.hpp"

namespace poise::l7 {

// Host - one Stack behind one DPDK port, with a single neighbor: the kernel's end of a tap. Packets may pass a Link of
// the simulation in each direction, which then works in real time.
class Host : private FrameEnv {
 public:
  struct Parts {
    datapath::dpdk::DevicePort* port;
    datapath::dpdk::PacketPool *headers, *data;
    tcp::Settings stack;
    std::optional<tcp::Impairments> impairments;
    std::uint64_t seed = 1;
  };
  Host(const Parts& parts, Instant now);

  tcp::Stack& stack() { return stack_; }
  // A turn of the loop. Returns whether there was anything to do.
  bool turn(Instant now);
  Instant deadline() const;  // of the stack or of a link
  tcp::Env& env() { return *this; }
  void tell(std::ostream& to) const;  // its counters that are not zero
  ~Host() override;

 private:
  bool send(const datapath::Frame& packet, const datapath::BufferPool::Completion& completion) override;
  std::uint64_t random() override { return random_(); }
  void receive(Instant now);
  void receive_one(const datapath::Frame& frame);
  void input(tcp::Bytes packet);
  void deliver(Instant now);
  void push(const datapath::Frame& frame);
  void write_link_header(datapath::Frame& frame) const;

  datapath::dpdk::DevicePort& port_;
  datapath::dpdk::PacketPool &headers_, &data_;
  MacAddr neighbor_;
  std::mt19937_64 random_;
  std::optional<tcp::Link> outward_, inward_;
  struct Late {
    Instant at;
    bool is_inward;
    tcp::Bytes packet;
  };
  std::vector<Late> late_;
  std::vector<datapath::Frame> leaving_;
  std::vector<tcp::Packet> arrived_;
  Instant now_;
  tcp::Stack stack_;
};

}  // namespace poise::l7
