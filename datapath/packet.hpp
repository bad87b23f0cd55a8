#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "config/types/ids.hpp"
#include "config/types/ip.hpp"
#include "config/types/limits.hpp"
#include "datapath/drops.hpp"

namespace poise::datapath {

// Buffer - an opaque packet buffer: an mbuf under DPDK, heap memory in tests. Only the BufferPool that made it knows
// more.
struct Buffer;

// BufferPool - where the bytes of packets live. One per worker; never shared between workers, though a buffer may be
// freed by another worker's pool of the same kind (after a hand-off).
class BufferPool {
 public:
  virtual ~BufferPool() = default;
  struct Allocation {
    Buffer* buffer = nullptr;                  // null when the pool is empty
    std::uint8_t* data = nullptr;              // where a frame may start, after `headroom` free bytes
    std::uint16_t headroom = 0, capacity = 0;  // bytes before and from `data`
  };
  virtual Allocation allocate() = 0;
  virtual void free(std::span<Buffer* const> buffers) = 0;

  // ---- for who terminates TCP
  // Lets the frame in `head` go on, without a copy, with bytes that lie in `of`; they stay as they are until the frame
  // is sent or freed, whoever frees `of` before. False: no memory, or this pool can't.
  virtual bool append(Buffer* head, Buffer* of, const std::uint8_t* bytes, std::uint16_t length);
  // What the device is to do with a frame of TCP: complete the checksum, and cut it into segments of at most so many
  // bytes of payload (0: it is one). Only for ports that can.
  struct Completion {
    std::uint16_t link_length = 0, ip_length = 0, tcp_length = 0, segment_size = 0;
    bool is_v4 = false;
  };
  virtual void complete_in_device(Buffer* head, const Completion& completion);
};
inline bool BufferPool::append(Buffer*, Buffer*, const std::uint8_t*, std::uint16_t) { return false; }
inline void BufferPool::complete_in_device(Buffer*, const Completion&) {}

// FlowKey - the 5-tuple as seen in a packet; ports in host order, 0 for protocols without ports.
struct FlowKey {
  IpAddr source, destination;
  std::uint16_t source_port = 0, destination_port = 0;
  std::uint8_t protocol = 0;
  bool operator==(const FlowKey&) const = default;
  FlowKey reversed() const { return {destination, source, destination_port, source_port, protocol}; }
};

// What parse found out; a bit set.
enum PacketFlag : std::uint16_t {
  flag_fragment = 1 << 0,        // any fragment
  flag_first_fragment = 1 << 1,  // offset 0, more fragments: has the L4 header
  flag_ports_known = 1 << 2,     // key has the real ports (TCP, UDP, or a fragment whose first was seen)
  flag_icmp_error = 1 << 3,      // ICMP/ICMPv6 error with an embedded packet; `key` is the embedded packet's, reversed
  flag_steered = 1 << 4,         // came over a hand-off ring: do not steer again
  flag_generated = 1 << 5,       // made by this worker (ICMP error, reset, ARP ...)
  flag_traced = 1 << 6,          // a trace wants to hear about it
  flag_to_client = 1 << 7,       // the flow's reply direction (set with `flow`)
  flag_ip_options = 1 << 8,      // IPv4 options or IPv6 extension headers present
  flag_rescheduled = 1 << 10,    // its flow's server went away and the service wants another one for it
  flag_link_broadcast = 1 << 9,  // destination MAC was broadcast or multicast: never answered with an error
};

enum TcpFlag : std::uint8_t { tcp_fin = 1, tcp_syn = 2, tcp_rst = 4, tcp_psh = 8, tcp_ack = 16, tcp_urg = 32 };

// FlowRef - a flow entry of this worker's FlowTable: index, and which of the two entry sizes it has.
struct FlowRef {
  std::uint32_t value = ~0u;  // top bit: wide (IPv6 or NAT64) entry
  bool valid() const { return value != ~0u; }
  bool wide() const { return (value >> 31) != 0; }
  std::uint32_t index() const { return value & 0x7fffffffu; }
  bool operator==(const FlowRef&) const = default;
};

// Frame - a packet's bytes: what ports and rings exchange.
struct Frame {
  Buffer* buffer = nullptr;
  std::uint8_t* data = nullptr;  // first byte (Ethernet header)
  std::uint16_t length = 0;      // bytes from `data`
  std::uint16_t headroom = 0;    // free bytes before `data`
  std::uint16_t tailroom = 0;    // free bytes after the frame
  bool is_verified = false;      // the device found the checksum of TCP right
};

// Packet - a frame and what the stages know about it. Lives in a Batch; plain data.
struct alignas(64) Packet : Frame {
  std::uint16_t flags = 0;   // PacketFlag
  PortIndex port;            // received on
  InterfaceIndex interface;  // port + VLAN; set by parse
  std::uint8_t family = 0;   // 4, 6 or 0 (not IP)
  std::uint8_t tcp_flags = 0;
  std::uint8_t l3_offset = 0;  // from data
  std::uint8_t traffic_class = 0;
  std::uint16_t l4_offset = 0;        // from data; past options and extension headers
  std::uint16_t payload_offset = 0;   // from data; past the L4 header
  std::uint16_t l3_length = 0;        // IPv4 total length, or 40 + IPv6 payload length: padding excluded
  std::uint16_t fragment_offset = 0;  // in bytes
  std::uint32_t hash = 0;             // keyed hash of `key`
  std::uint32_t fragment_id = 0;
  FlowRef flow;
  std::uint64_t flow_hash = 0;  // the same, all of it: where the flow table looks
  // second cache line
  FlowKey key;
  ServiceIndex service{~0u};
  RealIndex real{~0u};
  NeighborIndex neighbor{0xffff};  // next hop of the rewritten packet
  InterfaceIndex out_interface{0xffff};
  std::uint32_t trace_id = 0;  // with flag_traced

  bool has(PacketFlag flag) const { return (flags & flag) != 0; }
  void set(PacketFlag flag) { flags = std::uint16_t(flags | flag); }
  std::uint8_t* l3() const { return data + l3_offset; }
  std::uint8_t* l4() const { return data + l4_offset; }
};

// Batch - up to limits::burst packets on their way through the pipeline. `live` holds those still under way, in arrival
// order; a stage that finishes with a packet (dropped, sent, queued, punted) takes it out of `live`.
struct Batch {
  std::array<Packet, limits::burst> packets;
  std::array<std::uint8_t, limits::burst> live;
  std::uint8_t live_count = 0;
  std::array<Buffer*, limits::burst> freed;  // dropped in this batch, returned to the pool at its end
  std::uint8_t freed_count = 0;
  // Known while a batch is under way, so that stages with nothing to do need not ask every packet.
  bool no_fragments = false;  // since parse
  bool all_in_flows = false;  // since flow: every live packet has its flow, or is finished

  // Calls `stage(packet)` for each live packet; those for which it returns false leave the batch.
  template <class Stage>
  void keep_if(Stage&& stage) {
    std::uint8_t kept = 0;
    for (std::uint8_t i = 0; i < live_count; ++i) {
      const std::uint8_t index = live[i];
      live[kept] = index;
      kept = std::uint8_t(kept + (stage(packets[index]) ? 1 : 0));
    }
    live_count = kept;
  }
  void free_later(Packet& packet) {
    freed[freed_count++] = packet.buffer;
    packet.buffer = nullptr;
  }
};

}  // namespace poise::datapath
