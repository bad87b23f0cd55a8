#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "config/types/mac.hpp"
#include "config/types/result.hpp"
#include "datapath/dpdk/device_queue.hpp"
#include "datapath/dpdk/packet_pool.hpp"
#include "datapath/ring.hpp"
#include "datapath/steering.hpp"

struct rte_device;
struct rte_eth_dev_info;

namespace poise::datapath::dpdk {

// DevicePort - one DPDK device (or bond), opened, configured with a queue pair for each worker and started. Owner:
// control; each queue() belongs to one worker. A device with fewer transmit queues than workers is shared: the others'
// frames go through a ring to worker 0, which sends them; one with fewer receive queues is polled by worker 0 alone.
class DevicePort {
 public:
  struct Settings {
    std::string name;  // of the interface, for messages
    config::Interface interface;
    std::size_t workers = 1;
    PacketPool* pool = nullptr;
    const Steering* steering = nullptr;  // key and table for devices that hash in hardware
    // Frames may be in pieces, from several pools, with bytes that are held by others still: BufferPool::append.
    bool terminates_tcp = false;
  };
  static Result<std::unique_ptr<DevicePort>> open(const Settings& settings);
  ~DevicePort();  // stops, closes and removes the device
  DevicePort(const DevicePort&) = delete;
  DevicePort& operator=(const DevicePort&) = delete;

  DeviceQueue* queue(std::size_t worker) { return queues_[worker].get(); }
  MacAddr mac() const { return mac_; }
  bool hardware_rss() const { return hardware_rss_; }
  struct TcpAbilities {  // all false unless it was opened to terminate TCP
    bool takes_pieces = false, completes_checksums = false, cuts_segments = false;
  };
  const TcpAbilities& tcp_abilities() const { return tcp_abilities_; }
  void accept(const std::vector<MacAddr>& macs);  // frames to these, too, besides its own address; control's thread
  bool link_up() const;                           // polled: virtual devices raise no event
  std::uint64_t missed() const;                   // frames lost in the device or between workers for want of room
  // Readable when packets wait for that worker; -1 when the device cannot tell. Only taps can.
  int receive_event(std::size_t worker) const;

 private:
  DevicePort() = default;
  Result<void> attach(const Settings& settings);
  Result<void> configure(const Settings& settings);
  std::uint64_t offloads(const Settings& settings, const rte_eth_dev_info& facts);
  Result<void> set_up_queues(const Settings& settings);
  Result<void> start(const Settings& settings);
  Result<void> take_mac(const config::Interface& interface);
  void separate_kernel_end() const;
  void make_queues(std::size_t workers);
  tl::unexpected<Error> refuse(const char* what, int error) const;

  std::string name_, device_;
  std::uint16_t id_ = 0xffff;           // 0xffff: not attached
  std::vector<std::uint16_t> devices_;  // every ethdev to close: the port itself last, members of a bond before it
  std::vector<std::uint16_t> taps_;     // those of them that are taps
  bool is_pci_ = false, is_bond_ = false;
  bool filters_ = false;  // takes only frames to its own address and to groups
  std::vector<MacAddr> accepted_;
  std::uint16_t receive_queues_ = 1, transmit_queues_ = 1;
  bool hardware_rss_ = false;
  TcpAbilities tcp_abilities_;
  MacAddr mac_;
  std::vector<std::unique_ptr<SpscRing<Frame>>> shared_;  // by worker, where transmit queues are too few
  std::vector<std::unique_ptr<DeviceQueue>> queues_;
};

// The largest IP packet the device takes.
std::uint32_t largest_mtu(const rte_eth_dev_info& facts);

}  // namespace poise::datapath::dpdk
