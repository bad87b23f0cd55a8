#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "config/types/time.hpp"
#include "datapath/engine.hpp"

namespace poise::control {

// Machine - what the control core runs on: the engine and the devices behind it. The daemon's is DPDK's
// (appliance_machine.hpp); tests have one in memory. Thread: control's.
class Machine {
 public:
  virtual ~Machine() = default;
  virtual datapath::Engine& engine() = 0;
  virtual bool link_up(PortIndex port) const = 0;
  // The port is to take frames to these MAC addresses, besides its own.
  virtual void accept(PortIndex port, const std::vector<MacAddr>& macs) = 0;
  virtual std::uint64_t missed(PortIndex port) const = 0;  // frames the device lost
  virtual std::uint16_t worker_core(std::size_t worker) const = 0;
  virtual std::uint64_t packet_buffers() const = 0;
  virtual std::uint64_t packet_buffers_in_use() const = 0;
  virtual bool huge_pages() const = 0;
  virtual datapath::LocalTcpMeans local_tcp_means(std::size_t worker) = 0;
};

}  // namespace poise::control
