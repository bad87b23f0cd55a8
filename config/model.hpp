#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/model_check_l7.hpp"
#include "config/model_proxy.hpp"
#include "config/port_range.hpp"
#include "config/types/ip.hpp"
#include "config/types/mac.hpp"

// The configuration as values: everything an operator may say, with its defaults. Plain data, no behaviour.
// What each field means, its range and its help text are in the field tables (config/fields_*.hpp); rules that span
// fields are in validate.hpp. Named things are maps from name to thing, so that "/services/web/pool" is a stable path
// for patches, errors and plans. Times are whole milliseconds and say so (`_ms`), sizes say their unit.
namespace poise::config {

enum class Polling { busy, adaptive };
enum class HugePages { automatic, require, never };
enum class BondMode { active_backup, balance, lacp };
enum class Rss { automatic, hardware, software };
enum class Protocol { tcp, udp, any };
enum class Mode { nat, fullnat, dr, tunnel };
enum class Encapsulation { ipip, gre, gue };
enum class Scheduler { rr, wrr, lc, wlc, sh, dh, maglev, random2, sed, nq, fo, ovf };
enum class ClientAddress { none, toa, proxy_v2 };
enum class RemovedServerPolicy : std::uint8_t { keep, reset, reschedule };
enum class FailedServerPolicy : std::uint8_t { keep, reset, reschedule };
enum class UnknownFlowPolicy { reset, drop, schedule };
enum class ServerState { up, drain, down };
enum class CheckKind { tcp, http, https, icmp, dns, smtp, udp, exec };
enum class CheckState { down, up };
enum class DnsType { a, aaaa, cname, mx, ns, ptr, soa, srv, txt };
enum class LogFormat { text, json };
enum class LogLevel { debug, info, warning, error };
enum class LogTarget { console, journald, syslog };
enum class Role { read, operate, admin };
enum class VrrpAuthentication { none, password, ah };
enum class VrrpHmacMode { enforce, permissive, receive_only };
enum class VrrpReplayCheck { time, monotonic };
enum class MailSecurity { none, starttls, tls };
enum class VrrpChecksum { automatic, rfc5798, rfc9568 };

struct Node {
  std::string name = "poise";
  std::vector<std::uint16_t> worker_cores;  // empty: one worker on core 1 (core 0 if there is only one core)
  std::uint16_t control_core = 0;
  Polling polling = Polling::adaptive;
  std::optional<std::string> hash_key;   // 32 hex digits; unset: random at each start. Same on both nodes of a pair
  std::uint32_t worker_stall_ms = 2000;  // a worker that makes no progress for so long ends the daemon
  std::uint32_t drain_on_stop_ms = 0;    // SIGTERM: refuse new flows, wait so long for the old ones
  bool operator==(const Node&) const = default;
};

struct Memory {
  std::optional<std::uint64_t> flows;           // flow entries over all workers; unset: from the machine's memory
  std::optional<std::uint32_t> packet_buffers;  // unset: from ports, queues and workers
  HugePages huge_pages = HugePages::automatic;
  std::optional<std::uint32_t> proxy_connections;  // of clients and servers, in each proxy; unset: 16,384
  std::uint8_t embryonic_percent = 50;  // the share of the flow table that not yet established flows may take
  bool operator==(const Memory&) const = default;
};

struct Vlan {
  std::uint16_t id = 0;  // 1..4094
  std::vector<IpPrefix> addresses;
  std::optional<std::uint16_t> mtu;  // unset: the interface's
  bool operator==(const Vlan&) const = default;
};

struct Bond {
  BondMode mode = BondMode::active_backup;
  std::vector<std::string> devices;  // DPDK device strings of the members
  bool operator==(const Bond&) const = default;
};

struct Interface {
  std::string device;  // "0000:03:00.0", "net_tap0,iface=dt0", ...; empty for a bond
  std::optional<Bond> bond;
  std::optional<MacAddr> mac;  // unset: the device's own
  std::uint16_t mtu = 1500;
  std::vector<IpPrefix> addresses;
  Named<Vlan> vlans;  // by name: "lan.100" style names are usual
  Rss rss = Rss::automatic;
  bool promiscuous = false;
  bool host_path = false;  // a kernel tap "poise-<name>" for frames that are nobody's
  bool operator==(const Interface&) const = default;
};

struct NextHop {
  std::optional<IpAddr> gateway;         // unset: on-link through `interface`
  std::optional<std::string> interface;  // unset: the interface on whose subnet the gateway is
  std::uint8_t weight = 1;
  bool operator==(const NextHop&) const = default;
};

struct Route {
  IpPrefix prefix;
  std::vector<NextHop> via;  // several: equal-cost multipath by flow hash
  bool operator==(const Route&) const = default;
};

struct SnatPool {
  std::vector<IpAddr> addresses;  // ours: answered for by ARP/ND on the interface whose subnet they are in
  std::uint16_t port_first = 1024, port_last = 65535;
  bool operator==(const SnatPool&) const = default;
};

// What is not for a service and leaves through `interface` from `source` gets an address of `snat_pool`.
struct SnatRule {
  IpPrefix source;
  std::string interface;
  std::string snat_pool;
  bool operator==(const SnatRule&) const = default;
};

struct HttpCheck {  // kinds http and https
  std::string method = "GET", path = "/";
  HttpVersion version = HttpVersion::http_1_1;
  std::optional<std::string> host;  // unset: the address that is probed
  Named<std::string> headers;
  std::vector<std::string> statuses = {"200-399"};       // any of these passes: "200", "200-299"
  std::optional<std::string> body_match, body_no_match;  // regular expressions (RE2)
  std::optional<std::string> body_md5;                   // 32 hex digits
  bool operator==(const HttpCheck&) const = default;
};

struct TlsCheck {                  // kind https
  std::optional<std::string> sni;  // unset: http.host, when that is a name
  bool verify_certificate = false;
  std::optional<std::string> ca_file;  // PEM; unset: the system's authorities
  bool operator==(const TlsCheck&) const = default;
};

struct DnsCheck {  // kind dns, over UDP
  std::string name = ".";
  DnsType type = DnsType::soa;
  std::vector<std::string> expected;  // one of the answers is one of these; empty: any answer without an error
  bool operator==(const DnsCheck&) const = default;
};

struct SmtpCheck {                  // kind smtp
  std::optional<std::string> helo;  // unset: node.name
  bool operator==(const SmtpCheck&) const = default;
};

struct ExchangeCheck {                  // kinds tcp and udp: what is sent, what must come back
  std::string payload;                  // bytes as \xHH
  std::optional<std::string> expected;  // regular expression (RE2) over the bytes of the reply
  bool reply_required = false;          // udp: without, silence passes and only an ICMP error fails
  std::uint32_t reply_bytes_min = 0, reply_bytes_max = 65535;
  bool operator==(const ExchangeCheck&) const = default;
};

struct ExecCheck {                   // kind exec
  std::vector<std::string> command;  // program and arguments, no shell; exit code 0: passed
  std::optional<std::string> user;   // unset: vrrp.script_user
  bool weight_from_exit_code = false;
  bool operator==(const ExecCheck&) const = default;
};

struct Check {
  CheckKind kind = CheckKind::tcp;
  std::uint32_t interval_ms = 1000;
  std::optional<std::uint32_t> fast_interval_ms;  // between up and down; unset: interval_ms
  std::optional<std::uint32_t> down_interval_ms;  // unset: interval_ms
  std::optional<std::uint32_t> timeout_ms;        // unset: interval_ms
  std::uint8_t rise = 2, fall = 3;
  std::uint8_t retries = 0;  // of a probe of a server that is up, before it counts as failed
  std::uint32_t retry_delay_ms = 1000;
  CheckState initial_state = CheckState::down;
  std::optional<IpAddr> address;      // unset: the server's
  std::optional<std::uint16_t> port;  // unset: the server's, else the one of the services, else the kind's own
  HttpCheck http;
  TlsCheck tls;
  DnsCheck dns;
  SmtpCheck smtp;
  ExchangeCheck exchange;
  ExecCheck exec;
  bool operator==(const Check&) const = default;
};

struct Server {
  IpAddr address;
  std::optional<std::uint16_t> port;               // unset: the port the client asked for
  std::uint16_t weight = 1;                        // 0..65535; 0: no new flows
  ServerState state = ServerState::up;             // administrative; health comes on top
  std::uint32_t connections_max = 0;               // 0: no limit
  std::optional<std::uint32_t> drain_deadline_ms;  // with state drain: flows left after so long are reset
  std::uint32_t slow_start_ms = 0;                 // after it came up its share grows so long to the whole
  std::optional<Named<Check>> checks;              // instead of the pool's
  std::optional<bool> inhibit_on_failure;          // unset: the pool's
  bool operator==(const Server&) const = default;
};

struct Pool {
  Named<Server> servers;
  std::optional<std::string> sorry_server;  // name in `servers`: used only when no other server can take a flow
  Named<Check> checks;                      // all pass: the server is healthy; none: it counts as healthy
  std::uint32_t quorum = 1;                 // weight of the healthy servers that the pool needs
  std::uint32_t quorum_hysteresis = 0;      // regained at quorum + this, lost below quorum - this
  bool inhibit_on_failure = false;          // a failed server drains (weight 0) and is not removed
  bool operator==(const Pool&) const = default;
};

struct Persistence {
  std::uint32_t timeout_ms = 300000;
  std::uint8_t prefix_v4 = 32, prefix_v6 = 128;
  bool operator==(const Persistence&) const = default;
};

struct Timeouts {  // 0: the default for the protocol and state
  std::uint32_t tcp_syn_ms = 30000, tcp_established_ms = 900000, tcp_fin_ms = 60000, tcp_closed_ms = 5000;
  std::uint32_t udp_one_way_ms = 30000, udp_ms = 180000, other_ms = 60000;
  bool operator==(const Timeouts&) const = default;
};

struct Service {
  IpAddr address;
  Protocol protocol = Protocol::tcp;
  PortRange ports;  // JSON: 80, "8000-8099" or "any"
  std::string pool;
  Mode mode = Mode::fullnat;
  Encapsulation encapsulation = Encapsulation::ipip;  // for mode tunnel
  Scheduler scheduler = Scheduler::wrr;
  std::optional<std::string> snat_pool;  // for mode fullnat; unset: the address of the interface to the server
  std::optional<Persistence> persistence;
  ClientAddress client_address = ClientAddress::none;
  RemovedServerPolicy removed_server = RemovedServerPolicy::keep;
  FailedServerPolicy failed_server = FailedServerPolicy::keep;
  UnknownFlowPolicy unknown_flow = UnknownFlowPolicy::reset;  // a TCP segment of no flow that opens none
  Timeouts timeouts;
  bool enabled = true;
  bool operator==(const Service&) const = default;
};

struct BackendServer {
  IpAddr address;
  std::optional<std::uint16_t> port;  // unset: the one that the client connected to
  std::optional<std::uint32_t> id;    // order and hash position; unset: behind those that have one, by name
  std::uint16_t weight = 1;           // 0..256; 0: no new sessions
  ServerState state = ServerState::up;
  std::uint32_t connections_max = 0, connections_min = 0, queue_max = 0;  // 0: no limit
  bool backup = false;
  ProxyHeaderVersion send_proxy = ProxyHeaderVersion::none;
  std::optional<IpAddr> source;
  std::optional<std::string> cookie;  // its value in the backend's cookie
  std::optional<ServerCheck> check;
  std::optional<AgentCheck> agent;   // unset: the backend's
  HealthReaction health;             // what is unset: the backend's
  std::optional<std::string> track;  // "backend/server": is up when that one is
  bool operator==(const BackendServer&) const = default;
};

struct Backend {
  ProxyMode mode = ProxyMode::http;
  ProxyTransport transport = ProxyTransport::datapath;
  Balance balance;
  Named<BackendServer> servers;
  BackendTimeouts timeouts;
  std::uint8_t retries = 3;
  bool redispatch = true, all_backups = false, abort_on_close = false;
  HttpReuse reuse = HttpReuse::safe;
  std::uint32_t connections_full = 0, idle_connections_max = 0;
  std::optional<ForwardedFor> forwarded_for;
  std::optional<CookiePersistence> cookie;
  bool persist_when_down = false;
  std::optional<Forwarded> forwarded;
  std::optional<OriginalTo> original_to;
  std::vector<RequestRule> request_rules;
  std::vector<ResponseRule> response_rules;
  std::vector<ErrorPage> error_pages;
  std::optional<BackendCheck> check;  // of all its servers; unset: only those with a check of their own are checked
  std::optional<AgentCheck> agent;
  HealthReaction health;
  std::vector<StickRule> stick;
  std::vector<TrackRule> track;
  bool operator==(const Backend&) const = default;
};

struct ApiListen {  // TCP with TLS, besides the unix socket
  IpAddr address;
  std::uint16_t port = 8443;
  std::string certificate, key;  // PEM files
  bool operator==(const ApiListen&) const = default;
};

struct ApiToken {
  std::string sha256;  // 64 hex digits: SHA-256 of the token; `poise token create` makes both
  Role role = Role::read;
  bool operator==(const ApiToken&) const = default;
};

struct Api {
  std::string socket = "/run/poise/api.sock";
  std::optional<ApiListen> listen;
  Named<ApiToken> tokens;
  bool operator==(const Api&) const = default;
};

struct Logging {
  LogTarget target = LogTarget::console;
  LogFormat format = LogFormat::text;
  LogLevel level = LogLevel::info;
  bool operator==(const Logging&) const = default;
};

struct Icmp {
  std::uint32_t errors_per_second = 1000;  // per worker, generated errors and TCP resets
  bool echo = true;                        // answer echo requests to our addresses and services
  bool operator==(const Icmp&) const = default;
};

struct NeighborSettings {
  std::uint32_t reachable_ms = 30000;  // confirmed so long ago: probe again
  std::uint32_t retry_ms = 1000;
  std::uint8_t tries = 3;
  bool operator==(const NeighborSettings&) const = default;
};

struct VrrpHmacKey {
  std::string key;  // 64..128 hex digits
  bool operator==(const VrrpHmacKey&) const = default;
};

struct VrrpHmac {           // keepalived's auth_hmac
  Named<VrrpHmacKey> keys;  // by id, "1".."255"
  std::uint8_t active_key = 1;
  VrrpHmacMode mode = VrrpHmacMode::enforce;
  VrrpReplayCheck replay_check = VrrpReplayCheck::time;
  std::optional<std::uint32_t> window_ms;  // unset: three advert intervals, at least 5 s
  bool operator==(const VrrpHmac&) const = default;
};

struct VrrpTracker {  // exactly one of the first five
  std::optional<std::string> interface, script, file, pool;
  bool workers = false;
  std::int16_t weight = 0;  // >0: added while up; <0: while down; 0: down is a fault
  bool reverse = false;     // up counts as down, down as up
  bool operator==(const VrrpTracker&) const = default;
};

struct VrrpNotify {  // programs and their arguments; none: nothing is run
  std::vector<std::string> any, master, backup, fault, stop;
  bool mail = false;
  bool operator==(const VrrpNotify&) const = default;
};

struct VrrpInstance {
  std::string interface;               // interface or VLAN
  std::uint8_t virtual_router_id = 0;  // 1..255, the same on every node of the group
  std::uint8_t version = 3;            // 2: RFC 3768, IPv4 only; 3: RFC 9568 and 5798
  std::uint8_t priority = 100;         // 255: the addresses are the node's own
  std::uint32_t advert_interval_ms = 1000;
  std::vector<IpAddr> addresses;  // of one family; IPv6: a link-local one first
  bool virtual_mac = true;        // 00-00-5E-00-01/02-VRID; false: the interface's own
  bool accept = true;             // answer pings and take host traffic for the addresses
  bool preempt = true;
  std::uint32_t preempt_delay_ms = 0, start_delay_ms = 0;
  std::optional<IpAddr> source;  // of adverts; unset: the interface's address of the family
  std::vector<IpAddr> unicast_peers;
  std::uint8_t unicast_ttl = 255, unicast_ttl_min = 0, unicast_ttl_max = 255;
  VrrpAuthentication authentication = VrrpAuthentication::none;
  std::optional<std::string> password;  // version 2, up to 8 characters
  std::optional<VrrpHmac> hmac;
  VrrpChecksum checksum = VrrpChecksum::automatic;
  std::optional<bool> check_addresses;  // unset: version 2 yes, version 3 no
  std::uint8_t down_timer_adverts = 3;
  std::uint32_t learned_interval_max_ms = 40950;
  std::vector<std::uint32_t> announce_after_ms = {0, 10, 100, 1000};
  std::uint32_t announce_refresh_ms = 60000;
  std::vector<VrrpTracker> track;
  VrrpNotify notify;
  std::vector<std::uint8_t> other_priorities;  // what the other nodes are configured with: checked against ours
  bool operator==(const VrrpInstance&) const = default;
};

struct VrrpGroup {
  std::vector<std::string> members;  // instances that are master together or not at all
  std::vector<VrrpTracker> track;    // of every member
  VrrpNotify notify;
  bool operator==(const VrrpGroup&) const = default;
};

struct VrrpHeartbeat {
  std::string interface;         // interface or VLAN on whose link the peer is
  IpAddr peer;                   // the source of its advertisements
  std::optional<IpAddr> source;  // unset: the interface's first address of the family, IPv6: link-local
  std::uint32_t interval_ms = 5;
  std::uint8_t multiplier = 3;
  std::vector<IpAddr> advert_sources;  // the peer's addresses on other links: a second path to the same node
  bool operator==(const VrrpHeartbeat&) const = default;
};

struct VrrpScript {
  std::vector<std::string> command;  // program and arguments, no shell; exit code 0: up
  std::optional<std::string> user;   // unset: vrrp.script_user
  std::uint32_t interval_ms = 1000;
  std::optional<std::uint32_t> timeout_ms;  // unset: the interval
  std::uint8_t rise = 1, fall = 1;
  bool operator==(const VrrpScript&) const = default;
};

struct VrrpFile {
  std::string path;  // holds a whole number; 0 is up
  bool operator==(const VrrpFile&) const = default;
};

struct Vrrp {
  Named<VrrpInstance> instances;
  Named<VrrpGroup> groups;
  Named<VrrpHeartbeat> heartbeats;
  Named<VrrpScript> scripts;
  Named<VrrpFile> files;
  std::string script_user = "nobody";  // of scripts and notify commands
  std::uint32_t notify_timeout_ms = 30000;
  bool operator==(const Vrrp&) const = default;
};

struct Mail {
  std::string server;  // name or address
  std::uint16_t port = 25;
  MailSecurity security = MailSecurity::starttls;
  std::optional<std::string> user, password, hello;
  std::string from;
  std::vector<std::string> to;
  std::uint32_t timeout_ms = 30000;
  bool operator==(const Mail&) const = default;
};

struct Config {
  Node node;
  Memory memory;
  Named<Interface> interfaces;
  std::vector<Route> routes;
  Named<SnatPool> snat_pools;
  std::vector<SnatRule> snat_rules;
  Named<Pool> pools;
  Named<Service> services;
  Named<Frontend> frontends;
  Named<Backend> backends;
  Named<LogServer> log_servers;
  ProxySettings proxy;
  Named<StickTable> stick_tables;
  Vrrp vrrp;
  std::optional<Mail> mail;
  Icmp icmp;
  NeighborSettings neighbors;
  Api api;
  Logging logging;
  bool forwarding = true;  // route what is not for a service
  bool operator==(const Config&) const = default;
};

}  // namespace poise::config
