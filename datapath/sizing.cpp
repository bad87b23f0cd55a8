#include "datapath/sizing.hpp"

#include <algorithm>

#include "config/types/limits.hpp"

namespace poise::datapath {
namespace {

constexpr std::uint64_t mebibyte = 1u << 20;
constexpr std::uint16_t headroom = 128, frame_overhead = 32, smallest_room = 2048;
constexpr std::uint32_t buffers_in_flight_per_worker = 8192, mbuf_overhead = 192;
constexpr std::uint32_t headers_in_flight_per_worker = 8192;
constexpr std::uint64_t proxy_bytes = 32 * mebibyte, connection_bytes = 3072;  // queues of those that are busy included
constexpr std::uint64_t share_for_flows_percent = 10, flows_least = 16384, flows_per_worker_unasked = 1u << 20;
// What is not flows or packets: tables of control, of each worker (rings, neighbors, counters, persistence), of each
// device.
constexpr std::uint64_t control_bytes = 64 * mebibyte, worker_bytes = 64 * mebibyte, eal_base_megabytes = 32,
                        device_megabytes = 8;

std::uint16_t largest_mtu(const config::Config& config) {
  std::uint16_t mtu = 1500;
  for (const auto& [name, interface] : config.interfaces) {
    mtu = std::max(mtu, interface.mtu);
    for (const auto& [vlan_name, vlan] : interface.vlans) mtu = std::max(mtu, vlan.mtu.value_or(0));
  }
  return mtu;
}

std::size_t devices_of(const config::Config& config) {
  std::size_t devices = 0;
  for (const auto& [name, interface] : config.interfaces)
    devices += interface.bond ? interface.bond->devices.size() : 1;
  return devices;
}

// Two thirds of the entries are for IPv4, the rest for IPv6 and NAT64.
FlowTable::Sizes divide(std::uint64_t flows, std::size_t workers) {
  const std::uint64_t each = std::max<std::uint64_t>(flows / workers, 64);
  return {std::uint32_t(each * 2 / 3), std::uint32_t(each - each * 2 / 3)};
}

std::uint64_t flow_bytes(std::uint64_t flows, std::size_t workers) {
  return FlowTable::bytes_for(divide(flows, workers)) * workers;
}

std::uint64_t flows_for(const MachineMemory& machine, std::size_t workers) {
  std::uint64_t flows = flows_per_worker_unasked * workers;
  while (flows > flows_least && flow_bytes(flows, workers) > machine.available_bytes * share_for_flows_percent / 100)
    flows /= 2;
  return flows;
}

// On small pages no buffer crosses from one to the next.
std::uint64_t bytes_of_pool(std::uint64_t buffers, std::uint64_t room, bool huge_pages) {
  constexpr std::uint64_t small_page = 4096;
  const std::uint64_t each = (room + mbuf_overhead + 63) / 64 * 64;
  if (huge_pages) return buffers * each;
  return each > small_page ? buffers * ((each + small_page - 1) / small_page * small_page)
                           : (buffers / (small_page / each) + 1) * small_page;
}

std::uint32_t eal_megabytes(const Sizes& sizes, std::size_t devices, bool huge_pages) {
  const std::uint64_t packet_bytes = bytes_of_pool(sizes.packet_buffers, sizes.buffer_bytes, huge_pages) +
                                     bytes_of_pool(sizes.header_buffers, header_buffer_bytes, huge_pages) +
                                     bytes_of_pool(sizes.frame_pieces, 0, huge_pages);
  return std::uint32_t(packet_bytes * 9 / 8 / mebibyte + eal_base_megabytes + device_megabytes * devices);
}

// The part of a worker's packets that its proxy may hold; devices and what is under way keep the others.
std::uint32_t proxy_share(std::uint32_t buffers, std::uint32_t held_by_devices, std::size_t workers) {
  return std::uint32_t((buffers - held_by_devices) / workers * 3 / 4);
}

// Each connection of a proxy waits with a buffer or two now and then; who moves much holds hundreds.
std::uint32_t buffers_for_proxy(std::uint32_t connections) { return std::clamp(connections, 8192u, 1u << 17); }

std::string megabytes(std::uint64_t bytes) { return std::to_string((bytes + mebibyte - 1) / mebibyte) + " MiB"; }

}  // namespace

bool has_worker_proxies(const config::Config& config) {
  const auto is_for_workers = [](const auto& each) {
    return each.second.transport == config::ProxyTransport::datapath;
  };
  return std::ranges::any_of(config.frontends, is_for_workers) || std::ranges::any_of(config.backends, is_for_workers);
}

Result<Sizes> size_for(const config::Config& config, std::size_t workers, const MachineMemory& machine) {
  Sizes sizes;
  const std::uint64_t flows = config.memory.flows.value_or(flows_for(machine, workers));
  sizes.flows_per_worker = divide(flows, workers);
  sizes.buffer_bytes =
      std::uint16_t(std::max<std::uint32_t>(headroom + largest_mtu(config) + frame_overhead, headroom + smallest_room));
  const std::size_t devices = devices_of(config);
  const auto held_by_devices = std::uint32_t(workers * 2 * descriptors_per_queue * devices);
  const auto least = std::uint32_t(held_by_devices + workers * limits::burst * 32);
  const bool has_proxies = has_worker_proxies(config);
  const std::uint32_t connections = config.memory.proxy_connections.value_or(proxy_connections_unasked);
  const std::uint32_t in_flight = buffers_in_flight_per_worker + (has_proxies ? buffers_for_proxy(connections) : 0);
  sizes.packet_buffers = config.memory.packet_buffers.value_or(std::uint32_t(workers * in_flight + held_by_devices));
  if (sizes.packet_buffers < least)
    return fail("memory.packet_buffers",
                std::to_string(devices) + " devices and " + std::to_string(workers) + " workers keep " +
                    std::to_string(least) + " packet buffers busy, there would be " +
                    std::to_string(sizes.packet_buffers),
                "raise it, or leave it out");
  sizes.proxy_buffers_per_worker = proxy_share(sizes.packet_buffers, held_by_devices, workers);
  if (has_proxies) {
    sizes.header_buffers = std::uint32_t(workers) * headers_in_flight_per_worker + held_by_devices / 2;
    sizes.frame_pieces = sizes.header_buffers * 2;
  }
  sizes.eal_megabytes = eal_megabytes(sizes, devices, true);
  const std::uint64_t huge_bytes = sizes.eal_megabytes * mebibyte;
  const bool huge_fits = machine.free_huge_bytes >= huge_bytes;
  if (config.memory.huge_pages == config::HugePages::require && !huge_fits)
    return fail("memory.huge_pages",
                "packet buffers need " + megabytes(huge_bytes) + " of free 2 MiB pages, the machine has " +
                    megabytes(machine.free_huge_bytes),
                "sysctl vm.nr_hugepages=" + std::to_string(huge_bytes / (2 * mebibyte) + 1) + ", or say automatic");
  sizes.huge_pages = huge_fits && config.memory.huge_pages != config::HugePages::never;
  sizes.eal_megabytes = eal_megabytes(sizes, devices, sizes.huge_pages);
  const std::uint64_t eal_bytes = sizes.eal_megabytes * mebibyte;
  const std::uint64_t needed =
      flow_bytes(flows, workers) + control_bytes + workers * worker_bytes + (sizes.huge_pages ? 0 : eal_bytes) +
      (has_proxies ? workers * (proxy_bytes + std::uint64_t(connections) * connection_bytes) : 0);
  if (needed > machine.available_bytes)
    return fail("memory.flows",
                std::to_string(flows) + " flows and " + std::to_string(sizes.packet_buffers) + " packet buffers need " +
                    megabytes(needed) + ", the machine has " + megabytes(machine.available_bytes) + " available",
                "lower memory.flows or memory.packet_buffers");
  return sizes;
}

}  // namespace poise::datapath
