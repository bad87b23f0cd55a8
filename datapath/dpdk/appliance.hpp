#pragma once
#include <memory>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "config/types/result.hpp"
#include "datapath/dpdk/eal_log.hpp"
#include "datapath/engine.hpp"
#include "datapath/local_tcp.hpp"
#include "datapath/sizing.hpp"

namespace poise::datapath::dpdk {

class DevicePort;
class PacketPool;
class WorkerThreads;

// Appliance - everything between a configuration and running workers: EAL, memory, ports, engine, lcores. One a process
// (the EAL starts once). Owner: control, on the thread that called start.
class Appliance {
 public:
  // Every device that can't be opened is reported, not the first alone. `log` gets DPDK's own warnings, from any
  // thread.
  static Results<std::unique_ptr<Appliance>> start(const config::Config& config, LogLine log = {});
  ~Appliance();  // stop(), which must succeed

  Engine& engine() { return *engine_; }
  std::size_t ports() const { return ports_.size(); }
  const std::string& port_name(PortIndex port) const { return names_[port.value]; }
  bool link_up(PortIndex port) const;
  void accept(PortIndex port, const std::vector<MacAddr>& macs);
  std::uint64_t missed(PortIndex port) const;  // frames lost in the device for want of descriptors or buffers
  std::uint16_t worker_core(std::size_t worker) const { return cores_[worker]; }
  std::uint64_t packet_buffers() const { return packet_buffers_; }
  std::uint32_t packet_buffers_in_use() const;
  bool huge_pages() const { return huge_pages_; }
  LocalTcpMeans local_tcp_means() const;  // for each worker's
  static Instant now();                   // the workers' clock: CLOCK_MONOTONIC

  // Stops the workers and waits for them; the ports stay open until destruction. Idempotent. False: a worker hangs (5
  // s); end the process without destroying anything.
  bool stop();

 private:
  Appliance() = default;
  Result<void> make_pools(const Sizes& sizes);
  Errors open_ports(const config::Config& config, const Steering& steering);
  void make_engine(const config::Config& config, FlowTable::Sizes flows);
  std::unique_ptr<PacketPool> pool_, headers_;  // headers_: null without proxies at the start
  std::vector<std::unique_ptr<DevicePort>> ports_;
  std::vector<std::string> names_;
  std::vector<std::uint16_t> cores_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<WorkerThreads> threads_;
  std::uint64_t packet_buffers_ = 0;
  std::uint32_t proxy_buffers_ = 0, buffer_bytes_ = 0;
  bool huge_pages_ = false;
};

}  // namespace poise::datapath::dpdk
