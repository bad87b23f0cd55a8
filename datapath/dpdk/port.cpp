#include "datapath/dpdk/port.hpp"

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <bitset>
#include <cstring>

#include "datapath/dpdk/eal_log.hpp"
#include "datapath/dpdk/pci_device.hpp"
#include "datapath/dpdk/receive_side_scaling.hpp"
#include "datapath/dpdk/tap_fix.hpp"
#include "datapath/sizing.hpp"

namespace poise::datapath::dpdk {
namespace {

std::string device_name(const std::string& device) {
  return pci_address(device).value_or(device.substr(0, device.find(',')));
}

bool is_tap(std::uint16_t id) {
  rte_eth_dev_info facts{};
  return rte_eth_dev_info_get(id, &facts) == 0 && std::string_view(facts.driver_name) == "net_tap";
}

// Whether it is a device that does: net_tap does it in software like ourselves, and a virtio device that is asked to
// may bring packets of its host whose checksums nobody has completed, which could not be forwarded.
bool looks_at_checksums(const rte_eth_dev_info& facts) {
  const std::string_view driver(facts.driver_name);
  for (const char* virtual_one : {"tap", "virtio", "vhost", "af_packet", "af_xdp"})
    if (driver.find(virtual_one) != std::string_view::npos) return false;
  return true;
}

int bond_mode(config::BondMode mode) {
  switch (mode) {
    case config::BondMode::active_backup:
      return 1;
    case config::BondMode::balance:
      return 2;
    case config::BondMode::lacp:
      return 4;
  }
  return 1;
}

// The kernel interface that a tap is told to use; "" when it may choose, or is no tap.
std::string tap_interface(const std::string& device) {
  constexpr std::string_view option = ",iface=";
  const std::size_t at = device.find(option);
  if (device.rfind("net_tap", 0) != 0 || at == std::string::npos) return "";
  const std::size_t begin = at + option.size();
  return device.substr(begin, device.find(',', begin) - begin);
}

// The id of a device, made or found; negative: error.
int attach_device(const std::string& device) {
  const int error = rte_dev_probe(device.c_str());
  if (error != 0 && error != -EEXIST) return error;
  std::uint16_t id = 0;
  const int missing = rte_eth_dev_get_port_by_name(device_name(device).c_str(), &id);
  return missing != 0 ? missing : id;
}

// A device belongs to the interface that opened it first: closing it twice would close another's. Control's thread
// only.
std::bitset<RTE_MAX_ETHPORTS> taken;

std::string bond_device(const config::Bond& bond) {
  static unsigned number = 0;  // control's thread only; a name is never used twice
  std::string device = "net_bonding" + std::to_string(number++) + ",mode=" + std::to_string(bond_mode(bond.mode));
  for (const std::string& member : bond.devices) device += ",slave=" + device_name(member);
  return device;
}

std::uint16_t mtu_of(const config::Interface& interface) {
  std::uint16_t mtu = interface.mtu;
  for (const auto& [name, vlan] : interface.vlans) mtu = std::max(mtu, vlan.mtu.value_or(0));
  return mtu;
}

}  // namespace

std::uint32_t largest_mtu(const rte_eth_dev_info& facts) {
  constexpr std::uint32_t ethernet_and_checksum = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;
  if (facts.max_mtu != UINT16_MAX) return facts.max_mtu;
  return std::min<std::uint32_t>(facts.max_rx_pktlen, UINT16_MAX) - ethernet_and_checksum;
}

tl::unexpected<Error> DevicePort::refuse(const char* what, int error) const {
  const int code = error < 0 ? -error : error;
  std::string fix = "check the device string; `poise doctor` lists the NICs and how they are bound";
  const std::string complaints = take_complaints();
  // Drivers often return -1, which reads as EPERM: their words count for more.
  const bool not_allowed = code == EACCES || (code == EPERM && complaints.empty()) ||
                           complaints.find("not permitted") != std::string::npos ||
                           complaints.find("ermission denied") != std::string::npos;
  if (not_allowed) fix = "poised needs CAP_NET_ADMIN for it (CAP_SYS_RAWIO for NICs): start it as root or by its unit";
  if (code == EBUSY || complaints.find("busy") != std::string::npos)
    fix = "another process or interface uses it: end that, or name another device";
  return fail("interfaces." + name_ + (is_bond_ ? ".bond" : ".device"),
              "\"" + device_ + "\" " + what + ": " + (complaints.empty() ? rte_strerror(code) : complaints), fix);
}

Result<std::unique_ptr<DevicePort>> DevicePort::open(const Settings& settings) {
  std::unique_ptr<DevicePort> port(new DevicePort());
  port->name_ = settings.name;
  port->is_bond_ = settings.interface.bond.has_value();
  take_complaints();
  auto done = port->attach(settings);
  if (done) done = port->configure(settings);
  if (done) done = port->set_up_queues(settings);
  if (done) done = port->start(settings);
  if (!done) return tl::unexpected(done.error());
  port->make_queues(settings.workers);
  return port;
}

Result<void> DevicePort::attach(const Settings& settings) {
  const config::Interface& interface = settings.interface;
  std::vector<std::string> devices{interface.device};
  if (interface.bond) {
    devices = interface.bond->devices;
    devices.push_back(bond_device(*interface.bond));
  }
  for (const std::string& device : devices) {
    is_pci_ = is_pci_ || pci_address(device).has_value();
    device_ = device;
    if (tap_is_taken(tap_interface(device))) return refuse("is another process's or interface's already", -EBUSY);
    const int id = attach_device(device);
    if (id < 0) return refuse("can't be opened", id);
    if (taken.test(std::size_t(id))) return refuse("is another interface's already", -EBUSY);
    taken.set(std::size_t(id));
    id_ = std::uint16_t(id);
    devices_.push_back(id_);
    if (is_tap(id_)) taps_.push_back(id_);
  }
  return {};
}

// What it is to do with frames that it sends. Buffers may go back in bulk when all are of one pool and nobody holds
// them.
std::uint64_t DevicePort::offloads(const Settings& settings, const rte_eth_dev_info& facts) {
  constexpr std::uint64_t pieces = RTE_ETH_TX_OFFLOAD_MULTI_SEGS, checksums = RTE_ETH_TX_OFFLOAD_TCP_CKSUM,
                          cutting = RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_IPV4_CKSUM;
  if (!settings.terminates_tcp) return facts.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
  // net_tap adds up pieces of odd lengths wrongly (DPDK 22.11), and does it in software like ourselves.
  const std::uint64_t use = facts.tx_offload_capa & (taps_.empty() ? pieces | checksums | cutting : pieces);
  const auto has = [&](std::uint64_t wanted) { return (use & wanted) == wanted; };
  tcp_abilities_ = {has(pieces), has(checksums), has(checksums | cutting)};
  return use;
}

Result<void> DevicePort::configure(const Settings& settings) {
  const config::Interface& interface = settings.interface;
  rte_eth_dev_info facts{};
  if (const int error = rte_eth_dev_info_get(id_, &facts); error != 0) return refuse("does not describe itself", error);
  const std::uint16_t mtu = mtu_of(interface);
  if (mtu > largest_mtu(facts))
    return fail("interfaces." + name_ + ".mtu",
                "the device takes packets of at most " + std::to_string(largest_mtu(facts)) + " bytes",
                "lower mtu (here and of the VLANs) to that");
  receive_queues_ = facts.max_rx_queues >= settings.workers ? std::uint16_t(settings.workers) : std::uint16_t(1);
  transmit_queues_ = facts.max_tx_queues >= settings.workers ? std::uint16_t(settings.workers) : std::uint16_t(1);
  hardware_rss_ = interface.rss != config::Rss::software && can_steer(facts, settings.workers);
  rte_eth_conf conf{};
  conf.rxmode.mtu = mtu;
  conf.intr_conf.rxq = taps_.size() == 1 && !is_bond_;
  DeviceKey key = device_key(*settings.steering);
  if (hardware_rss_) {
    ask_for_steering(conf, facts, key);
  } else if (is_pci_ && receive_queues_ > 1) {  // spread at least: workers hand over what is another's
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf.rx_adv_conf.rss_conf.rss_hf =
        facts.flow_type_rss_offloads & (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP);
  }
  conf.txmode.offloads = offloads(settings, facts);
  if (settings.terminates_tcp && looks_at_checksums(facts))
    conf.rxmode.offloads = facts.rx_offload_capa & RTE_ETH_RX_OFFLOAD_TCP_CKSUM;
  if (const int error = rte_eth_dev_configure(id_, receive_queues_, transmit_queues_, &conf); error != 0)
    return refuse("can't be configured", error);
  // The kernel's end of a virtual device learns the MTU by this call alone; devices without an MTU refuse it.
  const int error = rte_eth_dev_set_mtu(id_, mtu);
  if (error != 0 && error != -ENOTSUP) return refuse("does not take the MTU", error);
  return {};
}

Result<void> DevicePort::set_up_queues(const Settings& settings) {
  std::uint16_t receive = descriptors_per_queue, transmit = descriptors_per_queue;
  rte_eth_dev_adjust_nb_rx_tx_desc(id_, &receive, &transmit);
  const int socket = rte_eth_dev_socket_id(id_);
  const unsigned near = socket < 0 ? unsigned(SOCKET_ID_ANY) : unsigned(socket);
  for (std::uint16_t queue = 0; queue < receive_queues_; ++queue)
    if (const int error = rte_eth_rx_queue_setup(id_, queue, receive, near, nullptr, settings.pool->mempool());
        error != 0)
      return refuse("has no receive queue for each worker", error);
  for (std::uint16_t queue = 0; queue < transmit_queues_; ++queue)
    if (const int error = rte_eth_tx_queue_setup(id_, queue, transmit, near, nullptr); error != 0)
      return refuse("has no transmit queue for each worker", error);
  return {};
}

Result<void> DevicePort::start(const Settings& settings) {
  const config::Interface& interface = settings.interface;
  if (auto taken = take_mac(interface); !taken) return taken;
  if (const int error = rte_eth_dev_start(id_); error != 0) return refuse("can't be started", error);
  if (!taps_.empty() && !silence_taps()) allow_tap_signals();
  separate_kernel_end();
  rte_ether_addr own{};
  rte_eth_macaddr_get(id_, &own);
  filters_ = std::memcmp(own.addr_bytes, mac_.octets.data(), mac_.octets.size()) == 0 && is_pci_;
  if (interface.promiscuous || !filters_) rte_eth_promiscuous_enable(id_);
  if (rte_eth_allmulticast_enable(id_) != 0) rte_eth_promiscuous_enable(id_);  // ND and VRRP groups
  if (hardware_rss_) hardware_rss_ = finish_steering(id_, *settings.steering);
  if (interface.rss == config::Rss::hardware && !hardware_rss_ && settings.workers > 1)
    return fail("interfaces." + name_ + ".rss", "the device cannot spread packets with our key and table",
                "say automatic or software: workers then hand packets over");
  return {};
}

// Devices have room for some dozens of addresses; with more they take everything, and the workers sort it out.
void DevicePort::accept(const std::vector<MacAddr>& macs) {
  if (!filters_) return;
  const auto as_ether = [](const MacAddr& mac) {
    rte_ether_addr address{};
    std::memcpy(address.addr_bytes, mac.octets.data(), sizeof address.addr_bytes);
    return address;
  };
  for (const MacAddr& mac : accepted_) {
    rte_ether_addr address = as_ether(mac);
    if (std::find(macs.begin(), macs.end(), mac) == macs.end()) rte_eth_dev_mac_addr_remove(id_, &address);
  }
  for (const MacAddr& mac : macs) {
    rte_ether_addr address = as_ether(mac);
    if (std::find(accepted_.begin(), accepted_.end(), mac) != accepted_.end()) continue;
    if (rte_eth_dev_mac_addr_add(id_, &address, 0) != 0) rte_eth_promiscuous_enable(id_);
  }
  accepted_ = macs;
}

// A tap is left its own address (it filters nothing), so that the kernel's end of it does not have ours; others are
// given ours.
Result<void> DevicePort::take_mac(const config::Interface& interface) {
  rte_ether_addr own{};
  if (interface.mac && taps_.empty()) {
    std::memcpy(own.addr_bytes, interface.mac->octets.data(), sizeof own.addr_bytes);
    const int error = rte_eth_dev_default_mac_addr_set(id_, &own);
    if (error != 0 && error != -ENOTSUP) return refuse("does not take the MAC address", error);
  }
  rte_eth_macaddr_get(id_, &own);
  std::memcpy(mac_.octets.data(), own.addr_bytes, sizeof own.addr_bytes);
  if (interface.mac) mac_ = *interface.mac;  // also where the device keeps its own: it is promiscuous then
  return {};
}

// (The members of a bond get their addresses from the bond again and again.)
void DevicePort::separate_kernel_end() const {
  constexpr std::uint8_t locally_administered = 2, other_end = 4;
  rte_eth_dev_info facts{};
  if (taps_.size() != 1 || is_bond_ || rte_eth_dev_info_get(id_, &facts) != 0 || facts.if_index == 0) return;
  MacAddr kernel = mac_;
  kernel.octets[0] = std::uint8_t((kernel.octets[0] | locally_administered) ^ other_end);
  set_kernel_end_mac(facts.if_index, kernel);
}

void DevicePort::make_queues(std::size_t workers) {
  if (transmit_queues_ < workers)
    for (std::size_t worker = 1; worker < workers; ++worker)
      shared_.push_back(std::make_unique<SpscRing<Frame>>(limits::ring));
  for (std::size_t worker = 0; worker < workers; ++worker) {
    DeviceQueue::Parts parts;
    parts.port = id_;
    parts.tap = !taps_.empty();
    if (worker < receive_queues_) parts.receive_queue = std::uint16_t(worker);
    if (worker < transmit_queues_) parts.transmit_queue = std::uint16_t(worker);
    if (worker >= transmit_queues_) parts.shared = shared_[worker - 1].get();
    if (worker == 0)
      for (const auto& ring : shared_) parts.others.push_back(ring.get());
    queues_.push_back(std::make_unique<DeviceQueue>(parts));
  }
}

DevicePort::~DevicePort() {
  for (auto device = devices_.rbegin(); device != devices_.rend(); ++device) {
    rte_eth_dev_info facts{};
    const bool known = rte_eth_dev_info_get(*device, &facts) == 0;
    rte_eth_dev_stop(*device);
    rte_eth_dev_close(*device);
    if (known && facts.device != nullptr) rte_dev_remove(facts.device);
    taken.reset(*device);
  }
  Frame frame;
  for (const auto& ring : shared_)
    while (ring->pop(frame)) rte_pktmbuf_free(to_mbuf(frame.buffer));
}

bool DevicePort::link_up() const {
  rte_eth_link link{};
  return rte_eth_link_get_nowait(id_, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

std::uint64_t DevicePort::missed() const {
  std::uint64_t lost = 0;
  for (const auto& queue : queues_) lost += queue->lost();
  rte_eth_stats stats{};
  return rte_eth_stats_get(id_, &stats) == 0 ? lost + stats.imissed + stats.rx_nombuf : lost;
}

int DevicePort::receive_event(std::size_t worker) const {
  if (taps_.size() != 1 || is_bond_ || worker >= receive_queues_) return -1;
  return rte_eth_dev_rx_intr_ctl_q_get_fd(id_, std::uint16_t(worker));
}

}  // namespace poise::datapath::dpdk
