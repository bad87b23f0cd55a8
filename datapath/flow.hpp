#pragma once
#include <cstdint>

#include "datapath/packet.hpp"

namespace poise::datapath {

enum class TcpState : std::uint8_t { none, syn_sent, syn_received, established, fin_wait, time_wait, closed };

enum FlowBit : std::uint8_t {
  flow_two_keys = 1,      // nat, fullnat, SNAT: found by the reply's key as well
  flow_embryonic = 2,     // not yet established; may be evicted
  flow_proxy_header = 4,  // a PROXY v2 header was put before the client's first byte: sequence numbers are shifted
  flow_proxy_acked = 8,   // the server has acknowledged that header
  flow_fin_client = 16,
  flow_fin_server = 32,
  flow_snat = 64,     // gateway SNAT: belongs to no service
  flow_in_use = 128,  // the entry holds a flow
};

// Everything of a flow but its addresses; the same in both entry sizes. 40 bytes.
struct FlowState {
  std::uint32_t last_seen_ms = 0;  // worker clock, wraps
  std::uint32_t created_s = 0;
  RealIndex real{~0u};           // ~0: SNAT
  std::uint16_t path_epoch = 0;  // of the neighbors below; differs from Worker::path_epoch: resolve again
  NeighborIndex to_server{0xffff}, to_client{0xffff};
  std::uint8_t protocol = 0;
  TcpState tcp = TcpState::none;
  std::uint8_t bits = 0;  // FlowBit
  std::uint8_t mode = 0;  // config::Mode
  std::uint16_t snat_rule = 0xffff;
  std::uint32_t sequence = 0;  // TOA: server's first sequence number + 1; PROXY: client's
  std::uint32_t packets_to_server = 0, packets_to_client = 0;
  std::uint32_t hash = 0;  // low half of the client key's hash: finds the index slot again when the flow ends

  bool has(FlowBit bit) const { return (bits & bit) != 0; }
  void set(FlowBit bit) { bits = std::uint8_t(bits | bit); }
  void clear(FlowBit bit) { bits = std::uint8_t(bits & ~bit); }
};
static_assert(sizeof(FlowState) == 40);

// FlowV4 - one cache line. Client side: client:client_port -> virtual_address:virtual_port as the client sends it.
// Server side: local:local_port -> server:server_port as the server gets it (nat: local is the client).
struct alignas(64) FlowV4 {
  std::uint32_t client = 0, virtual_address = 0;  // host order
  std::uint32_t server = 0, local = 0;
  std::uint16_t client_port = 0, virtual_port = 0, server_port = 0, local_port = 0;
  FlowState state;
};
static_assert(sizeof(FlowV4) == 64);

// FlowWide - two cache lines: IPv6, and NAT64 (client side IPv6, server side IPv4).
struct alignas(64) FlowWide {
  FlowState state;
  std::uint16_t client_port = 0, virtual_port = 0, server_port = 0, local_port = 0;
  IpAddr client;
  IpAddr virtual_address, server, local;
};
static_assert(sizeof(FlowWide) == 128);

}  // namespace poise::datapath
