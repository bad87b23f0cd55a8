#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "config/types/mac.hpp"
#include "config/types/result.hpp"
#include "datapath/dpdk/packet_pool.hpp"
#include "datapath/port.hpp"
#include "datapath/ring.hpp"
#include "datapath/steering.hpp"

namespace poise::datapath::dpdk {

// DevicePort - one DPDK device (or bond), opened, configured with a queue pair for each worker and started. Owner: control; each
// queue() belongs to one worker. A device with fewer transmit queues than workers is shared: the others' frames go through a ring to
// worker 0, which sends them; one with fewer receive queues is polled by worker 0 alone.
class DevicePort {
 public:
  struct Settings {
    std::string name;                     // of the interface, for messages
    config::Interface interface;
    std::size_t workers = 1;
    PacketPool* pool = nullptr;
    const Steering* steering = nullptr;   // key and table for devices that hash in hardware
  };
  static Result<std::unique_ptr<DevicePort>> open(const Settings& settings);
  ~DevicePort();                          // stops and closes the device

  PortQueue* queue(std::size_t worker) { return queues_[worker].get(); }
  MacAddr mac() const { return mac_; }
  bool hardware_rss() const { return hardware_rss_; }
  bool link_up() const;
  std::uint64_t missed() const;           // frames the device dropped because no descriptor was free

 private:
  DevicePort(std::uint16_t id, std::string name) : id_(id), name_(std::move(name)) {}
  Result<void> configure(const Settings& settings);
  Result<void> start(const Settings& settings);
  void make_queues(std::size_t workers);

  std::uint16_t id_;
  std::string name_;
  std::uint16_t receive_queues_ = 1, transmit_queues_ = 1;
  bool hardware_rss_ = false, is_tap_ = false;
  MacAddr mac_;
  std::vector<std::unique_ptr<SpscRing<Frame>>> shared_;  // by worker, where transmit queues are too few
  std::vector<std::unique_ptr<PortQueue>> queues_;
};

}  // namespace poise::datapath::dpdk
