#include "datapath/dpdk/receive_side_scaling.hpp"

#include <rte_ethdev.h>

#include <algorithm>
#include <vector>

namespace poise::datapath::dpdk {
namespace {

constexpr std::uint64_t with_ports = RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP |
                                     RTE_ETH_RSS_NONFRAG_IPV6_TCP | RTE_ETH_RSS_NONFRAG_IPV6_UDP;
constexpr std::uint64_t addresses_alone = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_FRAG_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_OTHER |
                                          RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_FRAG_IPV6 | RTE_ETH_RSS_NONFRAG_IPV6_OTHER;

// Drivers that leave the size open take the usual one.
std::uint8_t key_size(const rte_eth_dev_info& facts) {
  return facts.hash_key_size == 0 ? std::uint8_t(40) : facts.hash_key_size;
}

}  // namespace

bool can_steer(const rte_eth_dev_info& facts, std::size_t workers) {
  return workers > 1 && facts.max_rx_queues >= workers && key_size(facts) >= 40 &&
         key_size(facts) <= sizeof(DeviceKey) && facts.reta_size >= Steering::table_size &&
         facts.reta_size % Steering::table_size == 0 && (facts.flow_type_rss_offloads & with_ports) == with_ports;
}

DeviceKey device_key(const Steering& steering) {
  DeviceKey key{};
  std::copy(steering.key().begin(), steering.key().end(), key.begin());
  return key;
}

void ask_for_steering(rte_eth_conf& conf, const rte_eth_dev_info& facts, DeviceKey& key) {
  conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
  conf.rx_adv_conf.rss_conf = {key.data(), key_size(facts),
                               (with_ports | addresses_alone) & facts.flow_type_rss_offloads};
}

bool finish_steering(std::uint16_t port, const Steering& steering) {
  rte_eth_dev_info facts{};
  if (rte_eth_dev_info_get(port, &facts) != 0) return false;
  std::vector<rte_eth_rss_reta_entry64> rows(facts.reta_size / RTE_ETH_RETA_GROUP_SIZE);
  for (std::uint16_t i = 0; i < facts.reta_size; ++i) {
    rows[i / RTE_ETH_RETA_GROUP_SIZE].mask = ~0ull;
    rows[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE] = steering.table()[i % Steering::table_size];
  }
  if (rte_eth_dev_rss_reta_update(port, rows.data(), facts.reta_size) != 0) return false;
  DeviceKey key{};
  rte_eth_rss_conf conf{key.data(), key_size(facts), 0};
  return rte_eth_dev_rss_hash_conf_get(port, &conf) == 0 &&
         std::equal(steering.key().begin(), steering.key().end(), key.begin());
}

}  // namespace poise::datapath::dpdk
