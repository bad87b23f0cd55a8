#include "datapath/dpdk/port.hpp"

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <cstring>

#include "datapath/dpdk/device_queue.hpp"
#include "datapath/dpdk/eal.hpp"
#include "datapath/dpdk/tap_fix.hpp"

namespace poise::datapath::dpdk {
namespace {

constexpr std::uint16_t descriptors = 1024;
constexpr std::uint64_t wanted_hash = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP |
                                      RTE_ETH_RSS_NONFRAG_IPV6_TCP | RTE_ETH_RSS_NONFRAG_IPV6_UDP | RTE_ETH_RSS_FRAG_IPV4 | RTE_ETH_RSS_FRAG_IPV6;

std::string device_name(const std::string& device) { return device.substr(0, device.find(',')); }

bool has_driver(const std::string& device, const char* driver) { return device.rfind(driver, 0) == 0; }

int bond_mode(config::BondMode mode) {
  switch (mode) {
    case config::BondMode::active_backup: return 1;
    case config::BondMode::balance: return 2;
    case config::BondMode::lacp: return 4;
  }
  return 1;
}

tl::unexpected<Error> refuse(const std::string& interface, const std::string& device, int error) {
  const int code = error < 0 ? -error : error;
  std::string fix = "check the device string; `poise doctor` lists the NICs and how they are bound";
  if (code == EPERM || code == EACCES) fix = "poised needs CAP_NET_ADMIN (and CAP_SYS_RAWIO for NICs): start it as root or by its unit";
  if (code == EBUSY) fix = "another process or interface uses it";
  return fail("interfaces." + interface + ".device", "\"" + device + "\" can't be opened: " + rte_strerror(code), fix);
}

Result<std::uint16_t> probe(const std::string& interface, const std::string& device) {
  if (const int error = rte_dev_probe(device.c_str()); error != 0 && error != -EEXIST) return refuse(interface, device, error);
  std::uint16_t id = 0;
  if (const int error = rte_eth_dev_get_port_by_name(device_name(device).c_str(), &id); error != 0) return refuse(interface, device, error);
  return id;
}

// A tap takes its MAC address only when it is made.
std::string with_mac(std::string device, const std::optional<MacAddr>& mac) {
  if (mac && has_driver(device, "net_tap") && device.find("mac=") == std::string::npos) device += ",mac=" + to_string(*mac);
  return device;
}

Result<std::uint16_t> make_bond(const std::string& name, const config::Interface& interface) {
  std::string device = "net_bonding_" + name + ",mode=" + std::to_string(bond_mode(interface.bond->mode));
  for (const std::string& member : interface.bond->devices) {
    const auto id = probe(name, member);
    if (!id) return id;
    device += ",slave=" + device_name(member);
  }
  return probe(name, device);
}

bool can_hash(const rte_eth_dev_info& facts, std::size_t workers) {
  constexpr std::uint64_t tcp = RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV6_TCP;
  return workers > 1 && facts.max_rx_queues >= workers && facts.hash_key_size == 40 && facts.reta_size >= Steering::table_size &&
         facts.reta_size % Steering::table_size == 0 && (facts.flow_type_rss_offloads & tcp) == tcp;
}

bool write_indirection_table(std::uint16_t id, std::uint16_t size, const Steering& steering) {
  std::vector<rte_eth_rss_reta_entry64> rows(size / RTE_ETH_RETA_GROUP_SIZE);
  for (std::uint16_t i = 0; i < size; ++i) {
    rows[i / RTE_ETH_RETA_GROUP_SIZE].mask = ~0ull;
    rows[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE] = steering.table()[i % Steering::table_size];
  }
  return rte_eth_dev_rss_reta_update(id, rows.data(), size) == 0;
}

}  // namespace

Result<std::unique_ptr<DevicePort>> DevicePort::open(const Settings& settings) {
  const config::Interface& interface = settings.interface;
  const auto id = interface.bond ? make_bond(settings.name, interface) : probe(settings.name, with_mac(interface.device, interface.mac));
  if (!id) return tl::unexpected(id.error());
  std::unique_ptr<DevicePort> port(new DevicePort(*id, settings.name));
  port->is_tap_ = has_driver(interface.device, "net_tap");
  if (auto done = port->configure(settings); !done) return tl::unexpected(done.error());
  if (auto done = port->start(settings); !done) return tl::unexpected(done.error());
  port->make_queues(settings.workers);
  return port;
}

Result<void> DevicePort::configure(const Settings& settings) {
  const config::Interface& interface = settings.interface;
  rte_eth_dev_info facts{};
  if (const int error = rte_eth_dev_info_get(id_, &facts); error != 0) return refuse(name_, interface.device, error);
  receive_queues_ = facts.max_rx_queues >= settings.workers ? std::uint16_t(settings.workers) : std::uint16_t(1);
  transmit_queues_ = facts.max_tx_queues >= settings.workers ? std::uint16_t(settings.workers) : std::uint16_t(1);
  rte_eth_conf conf{};
  const bool hash = interface.rss != config::Rss::software && can_hash(facts, settings.workers);
  if (interface.rss == config::Rss::hardware && !hash && settings.workers > 1)
    return fail("interfaces." + name_ + ".rss", "the device cannot spread packets with our key and table",
                "say automatic or software: workers then hand packets over");
  std::array<std::uint8_t, 40> key = settings.steering->key();
  if (hash) {
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf.rx_adv_conf.rss_conf = {key.data(), std::uint8_t(key.size()), wanted_hash & facts.flow_type_rss_offloads};
  }
  if (const int error = rte_eth_dev_configure(id_, receive_queues_, transmit_queues_, &conf); error != 0)
    return refuse(name_, interface.device, error);
  if (const int error = rte_eth_dev_set_mtu(id_, interface.mtu); error != 0 && interface.mtu != 1500)
    return fail("interfaces." + name_ + ".mtu", "the device does not take " + std::to_string(interface.mtu) + ": " + rte_strerror(-error),
                facts.max_mtu != 0 && facts.max_mtu != UINT16_MAX ? "its largest is " + std::to_string(facts.max_mtu) : "use a smaller one");
  std::uint16_t receive_descriptors = descriptors, transmit_descriptors = descriptors;
  rte_eth_dev_adjust_nb_rx_tx_desc(id_, &receive_descriptors, &transmit_descriptors);
  for (std::uint16_t queue = 0; queue < receive_queues_; ++queue)
    if (const int error = rte_eth_rx_queue_setup(id_, queue, receive_descriptors, SOCKET_ID_ANY, nullptr, settings.pool->mempool()); error != 0)
      return refuse(name_, interface.device, error);
  for (std::uint16_t queue = 0; queue < transmit_queues_; ++queue)
    if (const int error = rte_eth_tx_queue_setup(id_, queue, transmit_descriptors, SOCKET_ID_ANY, nullptr); error != 0)
      return refuse(name_, interface.device, error);
  hardware_rss_ = hash;
  return {};
}

Result<void> DevicePort::start(const Settings& settings) {
  const config::Interface& interface = settings.interface;
  if (interface.mac && !is_tap_) {
    rte_ether_addr address;
    std::memcpy(address.addr_bytes, interface.mac->octets.data(), 6);
    rte_eth_dev_default_mac_addr_set(id_, &address);  // checked below: some devices keep their own
  }
  if (const int error = rte_eth_dev_start(id_); error != 0) return refuse(name_, interface.device, error);
  if (is_tap_) silence_taps();
  if (interface.promiscuous || !is_pci_address(interface.device)) rte_eth_promiscuous_enable(id_);
  rte_eth_allmulticast_enable(id_);  // ND and VRRP groups; a device that cannot is promiscuous
  if (hardware_rss_) {
    rte_eth_dev_info facts{};
    hardware_rss_ = rte_eth_dev_info_get(id_, &facts) == 0 && write_indirection_table(id_, facts.reta_size, *settings.steering);
  }
  rte_ether_addr own{};
  rte_eth_macaddr_get(id_, &own);
  std::memcpy(mac_.octets.data(), own.addr_bytes, 6);
  if (interface.mac && mac_ != *interface.mac) {
    // Virtual devices without an address filter take any: the port simply speaks and listens as the configured one.
    if (is_pci_address(interface.device))
      return fail("interfaces." + name_ + ".mac", "the device keeps its own address " + to_string(mac_), "leave `mac` out");
    mac_ = *interface.mac;
  }
  return {};
}

void DevicePort::make_queues(std::size_t workers) {
  if (transmit_queues_ < workers)
    for (std::size_t worker = 1; worker < workers; ++worker) shared_.push_back(std::make_unique<SpscRing<Frame>>(limits::ring));
  for (std::size_t worker = 0; worker < workers; ++worker) {
    DeviceQueue::Parts parts;
    parts.port = id_;
    parts.tap = is_tap_;
    if (worker < receive_queues_) parts.receive_queue = std::uint16_t(worker);
    if (worker < transmit_queues_) parts.transmit_queue = std::uint16_t(worker);
    if (worker >= transmit_queues_) parts.shared = shared_[worker - 1].get();
    if (worker == 0)
      for (const auto& ring : shared_) parts.others.push_back(ring.get());
    queues_.push_back(std::make_unique<DeviceQueue>(parts));
  }
}

DevicePort::~DevicePort() {
  rte_eth_dev_stop(id_);
  rte_eth_dev_close(id_);
  Frame frame;
  for (const auto& ring : shared_)
    while (ring->pop(frame)) rte_pktmbuf_free(to_mbuf(frame.buffer));
}

bool DevicePort::link_up() const {
  rte_eth_link link{};
  return rte_eth_link_get_nowait(id_, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

std::uint64_t DevicePort::missed() const {
  rte_eth_stats stats{};
  return rte_eth_stats_get(id_, &stats) == 0 ? stats.imissed + stats.rx_nombuf : 0;
}

}  // namespace poise::datapath::dpdk
