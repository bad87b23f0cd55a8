#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "config/types/ids.hpp"
#include "config/types/ip.hpp"
#include "config/types/mac.hpp"
#include "datapath/keyed_hash.hpp"
#include "datapath/local_addresses.hpp"
#include "datapath/prefix_table.hpp"
#include "datapath/proxy_bindings.hpp"
#include "datapath/service_table.hpp"
#include "datapath/steering.hpp"

namespace poise::datapath {

struct Interface {
  std::string name;
  PortIndex port;
  std::uint16_t vlan = 0;  // 0: untagged
  MacAddr mac;
  std::uint16_t mtu = 1500;  // of the IP packet
  bool host_path = false;
  std::vector<IpPrefix> addresses;      // with host bits: ours
  IpAddr link_local;                    // fe80::/64 + EUI-64 of mac
  std::vector<HoldIndex> virtual_macs;  // by family (IPv6: + 256) and VRID; empty when there are none
  std::vector<bool> vrids;              // likewise: whether there is such a virtual router, with whatever MAC address
  std::optional<IpAddr> source_for(const IpAddr& destination) const;  // our address to talk to that neighbor with
};

struct PortInfo {
  std::string name;
  MacAddr mac;
  bool hardware_rss = false;
  InterfaceIndex untagged{0xffff};
  std::vector<InterfaceIndex> vlans;  // by VLAN id (4096 rows), 0xffff: unknown; empty when there are none
};

// VirtualRouter - a VRRP instance as the workers need to know it. Rows stay while they keep their names; "": free.
struct VirtualRouter {
  std::string name;
  InterfaceIndex interface{0xffff};
  MacAddr mac;         // that answers for its addresses: the virtual one, or the interface's
  bool accept = true;  // pings and host traffic, not only services
};

// Where to send: an interface and the next hop's address; `on_link`: the packet's own destination is the next hop.
struct Hop {
  InterfaceIndex interface{0xffff};
  bool on_link = false;
  IpAddr gateway;
  bool operator==(const Hop&) const = default;
};
struct RouteGroup {
  std::vector<Hop> hops;  // weights expanded; picked by hash: hops[hash % size]
};

enum class SteerBy : std::uint8_t { tuple, client };  // who owns a packet: the NIC's hash of it, or the client's prefix

struct Service {
  ServiceIndex index;
  std::string name;
  bool enabled = true;
  IpAddr address;
  std::uint8_t protocol = 0;  // IPPROTO_TCP, IPPROTO_UDP, 0: any
  config::PortRange ports;
  config::Mode mode = config::Mode::fullnat;
  config::Encapsulation encapsulation = config::Encapsulation::ipip;
  config::Scheduler scheduler = config::Scheduler::wrr;
  config::ClientAddress client_address = config::ClientAddress::none;
  config::RemovedServerPolicy removed_server = config::RemovedServerPolicy::keep;
  config::FailedServerPolicy failed_server = config::FailedServerPolicy::keep;
  config::UnknownFlowPolicy unknown_flow = config::UnknownFlowPolicy::reset;
  config::Timeouts timeouts;
  std::optional<config::Persistence> persistence;
  SteerBy steer_by = SteerBy::tuple;
  std::vector<RealIndex> reals;      // in the order of server names; the sorry server is not among them
  std::vector<ServerIndex> servers;  // of `reals`, position by position: what schedulers read most, side by side
  RealIndex sorry{~0u};
  std::uint16_t weight_max = 0, weight_divisor = 1;  // over the configured weights of `servers` that are not 0
  // Position in `reals` by slot (maglev_nobody: none), by configured weights. For sh, dh, maglev, random2; else null.
  std::shared_ptr<const std::vector<std::uint16_t>> maglev;
  std::uint64_t maglev_inputs = 0;   // digest of the names and weights that `maglev` was built from
  std::uint16_t snat_pool = 0xffff;  // 0xffff: address of the interface towards the server
  HoldIndex hold{0xffff};            // its address is a virtual router's
};

// Real - one server as one service uses it. Rows stay where they are while a flow may name them, also after removal.
struct Real {
  bool in_use = false;   // false: a hole
  bool removed = false;  // no longer in the configuration; its flows follow Service::removed_server
  ServiceIndex service;
  ServerIndex server;
  IpAddr address;
  std::uint16_t port = 0;  // 0: the port the client asked for
  std::string pool_name, server_name;
};

// RealFacts - what every packet needs of a real, in one cache line; made from the row of Real and its service.
struct alignas(64) RealFacts {
  IpAddr address, tunnel_source;  // tunnel_source: ours, for outer headers; unspecified when there is no route
  ServiceIndex service;
  ServerIndex server;
  HoldIndex hold{0xffff};             // of the service
  std::uint16_t tunnel_overhead = 0;  // bytes; mode tunnel only
  config::Mode mode = config::Mode::nat;
  bool removed = false;
  config::Encapsulation encapsulation = config::Encapsulation::ipip;
  config::ClientAddress client_address = config::ClientAddress::none;
  config::RemovedServerPolicy removed_server = config::RemovedServerPolicy::keep;
  config::FailedServerPolicy failed_server = config::FailedServerPolicy::keep;
};
static_assert(sizeof(RealFacts) == 64);

struct SnatPool {
  std::string name;
  std::vector<IpAddr> v4, v6;
  std::uint16_t port_first = 1024, port_last = 65535;
};
struct SnatRule {
  IpPrefix source;
  InterfaceIndex interface;
  std::uint16_t snat_pool = 0xffff;
};

// Tables - everything the workers need to know of a configuration; immutable, published through Snapshots.
struct Tables {
  std::uint64_t revision = 0;
  std::uint32_t path_generation = 0;  // changes with interfaces, addresses and routes: flows find next hops anew
  HashKey hash_key;
  std::shared_ptr<const Steering> steering;
  std::vector<PortInfo> ports;
  std::vector<Interface> interfaces;
  std::vector<VirtualRouter> virtual_routers;  // by HoldIndex
  bool heartbeats = false;                     // BFD packets to our addresses are control's
  ProxyBindings proxy_bindings;                // segments to there end in the worker's proxy
  std::uint16_t own_port_first = 1024;         // of source NAT to addresses of interfaces: the others are the proxies'
  LocalAddresses probed;                       // by health checks: their answers are control's
  LocalAddresses local;                        // every address that is ours, and why
  PrefixTable routes_v4, routes_v6;            // -> row of route_groups
  std::vector<RouteGroup> route_groups;
  ServiceTable service_table;         // (address, protocol, port) -> ServiceIndex
  std::vector<Service> services;      // by ServiceIndex; removed ones stay as disabled rows while reals name them
  std::vector<Real> reals;            // by RealIndex
  std::vector<RealFacts> real_facts;  // by RealIndex
  std::vector<SnatPool> snat_pools;
  std::vector<SnatRule> snat_rules;    // most specific source first
  std::uint8_t client_prefix_v4 = 32;  // what SteerBy::client hashes: the shortest prefix any such service needs
  std::uint8_t client_prefix_v6 = 128;
  LocalAddresses nat_servers;    // sources whose packets are replies of SteerBy::client services with mode nat
  bool steer_by_client = false;  // any service with SteerBy::client
  bool forwarding = true;
  config::Icmp icmp;
  std::uint8_t embryonic_percent = 50;
};

// Pure lookups that stages and explain share.
const Hop* find_hop(const Tables& tables, const IpAddr& destination, std::uint32_t hash);  // null: no route

}  // namespace poise::datapath
