#pragma once
#include <cstdint>

#include "config/model.hpp"
#include "config/types/result.hpp"
#include "datapath/flow_table.hpp"

namespace poise::datapath {

// MachineMemory - what the machine has, as read by the shell.
struct MachineMemory {
  std::uint64_t available_bytes = 0;  // MemAvailable
  std::uint64_t free_huge_bytes = 0;  // free 2 MiB pages
};

// Frames that a device may hold per queue, in each direction (less when it takes fewer).
inline constexpr std::uint16_t descriptors_per_queue = 1024;

// Sizes - what to allocate. A pure function of configuration and machine; refused in words when it can't fit.
struct Sizes {
  FlowTable::Sizes flows_per_worker;
  std::uint32_t packet_buffers = 0;  // over all workers and ports
  std::uint16_t buffer_bytes = 0;    // data room of one, headroom included
  bool huge_pages = false;           // for packet buffers
  std::uint32_t eal_megabytes = 0;
  // Of the workers' proxies: packet buffers that each may hold at a time; and, where there are such proxies at the
  // start, buffers for headers and for pieces of frames, over all workers.
  std::uint32_t proxy_buffers_per_worker = 0, header_buffers = 0, frame_pieces = 0;
};
inline constexpr std::uint16_t header_buffer_bytes = 640;  // data room: headroom, headers, and little payloads

// Whether any frontend or backend is for the workers.
bool has_worker_proxies(const config::Config& config);
inline constexpr std::uint32_t proxy_connections_unasked = 16384;
Result<Sizes> size_for(const config::Config& config, std::size_t workers, const MachineMemory& machine);

}  // namespace poise::datapath
