#pragma once
#include <array>
#include <cstdint>
#include <variant>

#include "config/types/ids.hpp"
#include "config/types/ip.hpp"
#include "config/types/limits.hpp"
#include "config/types/mac.hpp"
#include "datapath/flow.hpp"
#include "datapath/packet.hpp"

// What workers and control say to each other over rings. Plain values; every ring is bounded, what does not fit is
// counted.
namespace poise::datapath {

class LocalTcp;

// Up: worker -> control. Bytes are copied, buffers never leave the worker.
struct Punt {
  enum Kind : std::uint8_t {
    arp,            // ARP packet: bytes from the Ethernet header
    nd,             // ICMPv6 neighbor discovery (RS/RA/NS/NA): bytes from the Ethernet header
    host,           // for the host path of the port: bytes from the Ethernet header
    vrrp,           // VRRP packet: bytes from the Ethernet header
    group_query,    // IGMP or MLD query: bytes from the Ethernet header
    bfd,            // BFD packet to an address of ours: bytes from the Ethernet header
    probe,          // what may answer a health check's ping or datagram: bytes from the Ethernet header
    neighbor_miss,  // no bytes: resolve `address` on `interface`
    capture,        // one captured frame (also dropped ones): bytes from the Ethernet header, `time_ns`, `drop`
    trace           // a TraceRow in `bytes`: what a stage did with a traced packet
  } kind = host;
  PortIndex port;
  InterfaceIndex interface{0xffff};
  IpAddr address;
  std::uint64_t time_ns = 0;  // worker clock
  std::uint16_t length = 0;   // bytes valid
  std::uint16_t original_length = 0;
  Drop drop = Drop::count_;
  std::array<std::uint8_t, limits::punt_bytes> bytes;
};

// One stage's say about one traced packet.
struct TraceRow {
  std::uint32_t packet_id = 0;  // counts traced packets of this worker
  std::uint8_t stage = 0;       // row of `pipeline`
  Drop drop = Drop::count_;     // count_: went on
  WorkerId worker;
  std::uint16_t flags = 0;
  FlowKey key;
  FlowRef flow;
  ServiceIndex service{~0u};
  RealIndex real{~0u};
  InterfaceIndex out_interface{0xffff};
};

// Down: control -> worker.
struct SetNeighbor {  // resolved: mac is set and queued packets leave; not resolved: they are dropped
                      // (neighbor_unresolved)
  InterfaceIndex interface;
  IpAddr address;
  MacAddr mac;
  bool resolved = false;
};
struct EraseNeighbor {
  InterfaceIndex interface;
  IpAddr address;
};
struct AskNeighborUse {  // answered by NeighborUse in the reply ring: was the row used since the last question?
  InterfaceIndex interface;
  IpAddr address;
};
struct ReadFlows {  // copies up to `rows` flows from `cursor` on into the reply ring, then FlowsEnd
  std::uint32_t request = 0;
  std::uint64_t cursor = 0;
  std::uint16_t rows = 64;
};
struct SetLocalTcp {  // from now on it terminates TCP; it stays until the worker has stopped
  LocalTcp* local_tcp = nullptr;
};
struct Stop {};
using Command = std::variant<SetNeighbor, EraseNeighbor, AskNeighborUse, ReadFlows, SetLocalTcp, Stop>;

// Up, answers to commands.
struct FlowRow {
  std::uint32_t request = 0;
  IpAddr client, virtual_address, server, local;
  std::uint16_t client_port = 0, virtual_port = 0, server_port = 0, local_port = 0;
  FlowState state;
  std::uint32_t idle_ms = 0, expires_ms = 0;
};
struct FlowsEnd {
  std::uint32_t request = 0;
  std::uint64_t cursor = 0;  // where to go on; 0: that was all
};
struct NeighborUse {
  WorkerId worker;
  InterfaceIndex interface;
  IpAddr address;
  bool used = false;
};
using Reply = std::variant<FlowRow, FlowsEnd, NeighborUse>;

// Between workers: a frame for its owner. Everything else is parsed again there.
struct HandOff {
  Frame frame;
  PortIndex port;
  std::uint16_t source_port = 0, destination_port = 0;  // of a fragment whose first was seen
  bool ports_known = false;
};

// Down: a frame of control's (ARP request, ND, host path, later VRRP): complete from the Ethernet header, or an IP
// packet to route.
struct Inject {
  PortIndex port;
  std::uint16_t length = 0;
  std::array<std::uint8_t, limits::punt_bytes> bytes;
};

}  // namespace poise::datapath
