#pragma once
#include <array>
#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "config/types/siphash.hpp"
#include "datapath/local_tcp.hpp"
#include "datapath/ring.hpp"
#include "l7/counters.hpp"
#include "l7/frame_env.hpp"
#include "l7/session/proxy.hpp"
#include "l7/tcp/stack.hpp"
#include "l7/transport.hpp"

namespace poise::l7 {

// WorkerHost - layer 7 of one polling worker: a Stack of its own, over the worker's frames, and a Proxy on it. Owner:
// control, which hands it to the worker; from then on what is under "control" is control's, everything else the
// worker's thread. Memory: all in the constructor, but for the rows of servers and sessions, which grow to their most
// and stay.
class WorkerHost final : public datapath::LocalTcp, private FrameEnv, private StackTransport::Sources {
 public:
  struct Settings {
    datapath::LocalTcpMeans means;
    tcp::Settings stack;
    tcp::ReceiveSideScaling scaling;  // as the ports spread packets over workers, and which of them this is
    Proxy::Settings proxy;
    Proxy::Page stats_page;
    std::array<std::uint8_t, 16> secret{};  // random
  };
  WorkerHost(const Settings& settings, Instant start);
  ~WorkerHost() override;

  // ---- control
  // From the worker's next turn on; frontends that are gone listen no more, and their connections come to their end.
  // False: the worker has not taken earlier ones yet, and these are not on their way.
  bool set_tables(std::shared_ptr<const Tables> tables);
  // As of some moment within the last 100 ms; any thread.
  enum class Fact : std::uint8_t {
    connections,
    half_open,
    time_waits,
    sessions,
    clients,
    buffers,
    without_buffer,
    count_
  };
  std::uint64_t read(Fact fact) const { return facts_[std::size_t(fact)].read(); }
  std::uint64_t read(tcp::Counter counter) const { return counts_[std::size_t(counter)].read(); }
  std::uint64_t memory_bytes() const { return memory_bytes_; }

  // ---- the worker's thread
  bool knows(const datapath::FlowKey& key) const override;
  void take(const datapath::Frame& frame, std::uint16_t ip_offset) override;
  void take_error(std::span<const std::uint8_t> packet, Instant now) override;
  std::size_t turn(datapath::TcpOutlet& outlet, Instant now) override;
  Instant deadline() const override { return deadline_; }
  tcp::Stack& stack() { return stack_; }

 private:
  using Listener = std::pair<IpAddr, std::uint16_t>;
  static FrameEnv::Settings frame_settings(const datapath::LocalTcpMeans& means);
  bool send(const datapath::Frame& packet, const datapath::BufferPool::Completion& completion) override;
  std::uint64_t random() override;
  std::optional<IpAddr> source_to(const IpAddr& remote) override;
  void adopt(std::shared_ptr<const Tables> tables);
  void publish(Instant now);

  const SipHash secret_;
  std::uint64_t drawn_ = 0;
  tcp::Stack stack_;
  StackTransport transport_;
  Proxy proxy_;
  datapath::TcpOutlet* outlet_ = nullptr;  // during a turn
  std::vector<tcp::Packet> arrived_;
  std::vector<Listener> listeners_;
  Instant deadline_, publish_at_;
  datapath::SpscRing<std::shared_ptr<const Tables>> mail_{16};
  std::array<Count, std::size_t(Fact::count_)> facts_;
  std::array<Count, std::size_t(tcp::Counter::count_)> counts_;
  std::uint64_t memory_bytes_ = 0;
};

}  // namespace poise::l7
