#pragma once
#include <array>
#include <cstdint>

#include "datapath/steering.hpp"

struct rte_eth_conf;
struct rte_eth_dev_info;

namespace poise::datapath::dpdk {

// ReceiveSideScaling - makes a device spread packets over its queues exactly as Steering says: our Toeplitz key, our
// table.

// Whether the device says that it can: TCP, UDP and bare addresses of both families hashed with a key and a table of
// sizes that fit ours.
bool can_steer(const rte_eth_dev_info& facts, std::size_t workers);

// The key in the length that the device wants: what lies past its 40 octets has no part in any hash of ours.
using DeviceKey = std::array<std::uint8_t, 64>;
DeviceKey device_key(const Steering& steering);

// For rte_eth_dev_configure; `key` must outlive that call.
void ask_for_steering(rte_eth_conf& conf, const rte_eth_dev_info& facts, DeviceKey& key);

// After the start: writes the table and reads the key back. False: the device has not done what it promised; software
// must steer.
bool finish_steering(std::uint16_t port, const Steering& steering);

}  // namespace poise::datapath::dpdk
