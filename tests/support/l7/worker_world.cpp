#include "tests/support/l7/worker_world.hpp"

#include <algorithm>
#include <cstring>

#include "config/schema.hpp"
#include "config/text.hpp"
#include "datapath/wire/bytes.hpp"
#include "l7/tcp/checksum.hpp"

namespace poise::l7 {
namespace {

using namespace std::chrono_literals;
using datapath::Frame;

constexpr std::size_t link_length = 14;
constexpr MacAddr own_mac{{2, 0, 0, 0, 0, 1}}, peer_mac{{2, 0, 0, 0, 0, 2}};

tcp::Settings peer_settings(const WorkerWorld::Settings& settings) {
  tcp::Settings peer;
  peer.connections_max = settings.peer_connections_max;
  peer.syns_max = std::max(1024u, settings.peer_connections_max);
  peer.time_waits_max = 1u << 16;
  peer.queue_bytes = 64u << 20;
  peer.buffers_max = std::uint64_t(settings.buffers) * 2048;
  peer.time_wait = 1ms;
  peer.port_first = 1024;
  peer.port_last = 65535;
  return peer;
}

tcp::Settings host_settings(const WorkerWorld::Settings& settings) {
  tcp::Settings stack;
  stack.connections_max = settings.connections_max;
  stack.syns_max = std::max(1024u, settings.connections_max);
  stack.time_waits_max = 1u << 16;
  stack.queue_bytes = 64u << 20;
  stack.buffers_max = std::uint64_t(settings.buffers) / settings.workers * datapath::PiecesPool::capacity;
  stack.receive_max = settings.receive_max;
  stack.time_wait = 1ms;
  stack.port_first = limits::proxy_port_first;
  stack.port_last = limits::proxy_port_last;
  return stack;
}

}  // namespace

PeerEnv::PeerEnv(std::size_t buffers) : memory_(buffers * size), buffers_(buffers) {
  for (std::size_t i = 0; i < buffers; ++i) {
    buffers_[i] = {&memory_[i * size], size, 0};
    free_.push_back(&buffers_[i]);
  }
}

tcp::Buffer* PeerEnv::allocate() {
  if (free_.empty()) return nullptr;
  tcp::Buffer* buffer = free_.back();
  free_.pop_back();
  buffer->references = 1;
  return buffer;
}

bool PeerEnv::transmit(const tcp::Outgoing& segment) {
  wire(segment);
  return true;
}

void PeerEnv::arrived(const std::uint8_t* packet, std::size_t length) {
  tcp::Buffer* buffer = allocate();
  if (buffer == nullptr) return;
  std::memcpy(buffer->data, packet, length);
  inbox.push_back({buffer, 0, std::uint32_t(length), !takes_unverified});
}

// One worker's queue of the one port there is.
class WorkerWorld::Port : public datapath::PortQueue {
 public:
  Port(WorkerWorld& world, std::size_t worker) : world_(world), worker_(worker) {}
  std::size_t receive(std::span<datapath::Packet> into) override {
    const std::size_t count = std::min(into.size(), left());
    for (std::size_t i = 0; i < count; ++i) static_cast<Frame&>(into[i]) = waiting[next_ + i];
    next_ += count;
    if (left() == 0) {
      waiting.clear();
      next_ = 0;
    }
    world_.frames_in[worker_] += count;
    return count;
  }
  std::size_t transmit(std::span<const Frame> frames) override {
    const std::size_t count = std::min(frames.size(), room);
    room -= count;
    sent.insert(sent.end(), frames.begin(), frames.begin() + std::ptrdiff_t(count));
    return count;
  }
  std::size_t left() const { return waiting.size() - next_; }
  // What nobody has taken goes back to its pool.
  void give_back(datapath::PiecesPool& pool) {
    for (; next_ < waiting.size(); ++next_) pool.free({&waiting[next_].buffer, 1});
    for (const Frame& frame : sent) pool.free({&frame.buffer, 1});
  }
  std::vector<Frame> waiting, sent;
  std::size_t room = 1024;

 private:
  std::size_t next_ = 0;
  WorkerWorld& world_;
  const std::size_t worker_;
};

config::Config WorkerWorld::config_of(const std::string& document) const {
  auto config = config::parse(document, "document");
  ensure(config.has_value());
  config::Interface lan;
  lan.device = "lan";
  lan.addresses = {*parse_prefix("192.0.2.1/24"), *parse_prefix("2001:db8::1/64")};
  config->interfaces["lan"] = lan;
  return *config;
}

WorkerWorld::WorkerWorld(const std::string& document, const Settings& settings)
    : frames_in(settings.workers),
      settings_(settings),
      pool_(settings.buffers * 2),
      client_env_(settings.buffers),
      origin_env_(settings.buffers),
      states_(settings.workers) {
  for (PeerEnv* env : {&client_env_, &origin_env_}) {
    env->wire = [this](const tcp::Outgoing& segment) { carry(segment); };
    env->takes_unverified = settings.has_checksums;
  }
  clients_ = std::make_unique<tcp::Stack>(client_env_, peer_settings(settings), now);
  origins_ = std::make_unique<tcp::Stack>(origin_env_, peer_settings(settings), now);
  datapath::Engine::Parts parts;
  for (std::size_t worker = 0; worker < settings.workers; ++worker) {
    ports_.push_back(std::make_unique<Port>(*this, worker));
    parts.workers.push_back({&pool_, {ports_.back().get()}, {256, 256}});
  }
  parts.ports = {{"lan", own_mac, settings.hardware_rss}};
  engine_ = std::make_unique<datapath::Engine>(std::move(parts), config_of("{}"));
  const datapath::Steering& steering = *engine_->tables().steering;
  for (std::size_t worker = 0; worker < settings.workers; ++worker) {
    WorkerHost::Settings host;
    host.means = {&pool_, &pool_, std::uint32_t(settings.buffers / settings.workers),
                  2048,   true,   !settings.has_checksums};
    host.stack = host_settings(settings);
    host.scaling = {steering.key(), {steering.table().begin(), steering.table().end()}, std::uint16_t(worker)};
    host.proxy.number = worker;
    host.proxy.connections_max = settings.connections_max;
    host.secret[0] = std::uint8_t(worker + 1);
    hosts_.push_back(std::make_unique<WorkerHost>(host, now));
    ensure(engine_->send(WorkerId{std::uint16_t(worker)}, datapath::SetLocalTcp{hosts_.back().get()}));
  }
  apply(document);
}

WorkerWorld::~WorkerWorld() {
  clients_.reset();
  origins_.reset();
  hosts_.clear();
  engine_.reset();
  for (const auto& port : ports_) port->give_back(pool_);
}

void WorkerWorld::apply(const std::string& document) {
  const config::Config config = config_of(document);
  tables_ = compile(config, config::ProxyTransport::datapath, ++revision_, states_);
  for (const auto& host : hosts_) ensure(host->set_tables(tables_));
  engine_->apply(config, revision_);
}

// From a peer to the appliance.
void WorkerWorld::carry(const tcp::Outgoing& segment) {
  const auto memory = pool_.allocate();
  if (memory.buffer == nullptr) return;
  std::uint8_t* at = memory.data;
  std::memcpy(at, own_mac.octets.data(), 6);
  std::memcpy(at + 6, peer_mac.octets.data(), 6);
  std::uint8_t* packet = at + link_length;
  const bool is_v4 = segment.headers[0] >> 4 == 4;
  datapath::wire::store16(at + 12, is_v4 ? 0x0800 : 0x86dd);
  std::memcpy(packet, segment.headers.data(), segment.headers.size());
  std::size_t length = segment.headers.size();
  if (settings_.has_checksums) tcp::complete_checksum({packet, length}, segment.payload);
  for (const tcp::Slice& slice : segment.payload) {
    std::memcpy(packet + length, slice.begin(), slice.length);
    length += slice.length;
  }
  Frame frame{memory.buffer, memory.data, std::uint16_t(link_length + length), memory.headroom,
              std::uint16_t(memory.capacity - link_length - length)};
  frame.is_verified = !settings_.has_checksums;
  std::size_t worker = 0;
  if (settings_.hardware_rss) {
    datapath::FlowKey key;
    key.source = is_v4 ? IpAddr::v4_at(packet + 12) : IpAddr::v6(packet + 8);
    key.destination = is_v4 ? IpAddr::v4_at(packet + 16) : IpAddr::v6(packet + 24);
    const std::uint8_t* tcp = packet + (is_v4 ? 20 : 40);
    key.source_port = datapath::wire::load16(tcp);
    key.destination_port = datapath::wire::load16(tcp + 2);
    worker = engine_->tables().steering->owner(key, true).value;
  }
  ports_[worker]->waiting.push_back(frame);
}

void WorkerWorld::deliver(const Frame& frame) {
  std::array<std::uint8_t, 65536> bytes;
  const std::size_t length = datapath::PiecesPool::copy(frame, bytes.data());
  if (on_sent) on_sent(frame);
  pool_.free({&frame.buffer, 1});
  const std::uint8_t* packet = bytes.data() + link_length;
  const std::uint16_t type = datapath::wire::load16(bytes.data() + 12);
  if (type != 0x0800 && type != 0x86dd) return;
  const IpAddr to = type == 0x0800 ? IpAddr::v4_at(packet + 16) : IpAddr::v6(packet + 24);
  PeerEnv& env = to == origin(false) || to == origin(true) ? origin_env_ : client_env_;
  env.arrived(packet, length - link_length);
}

void WorkerWorld::resolve() {
  engine_->poll_punts([&](WorkerId, const datapath::Punt& punt) {
    if (punt.kind == datapath::Punt::neighbor_miss)
      engine_->send_all(datapath::SetNeighbor{punt.interface, punt.address, peer_mac, true});
  });
  engine_->maintain();
}

void WorkerWorld::turn(tcp::Stack& stack, PeerEnv& env) {
  taken_.clear();
  std::swap(taken_, env.inbox);
  if (taken_.empty() && stack.deadline() > now) return;
  stack.input(taken_, now);
  stack.advance(now);
  stack.flush(now);
}

void WorkerWorld::turn() {
  now += step;
  turn(*clients_, client_env_);
  turn(*origins_, origin_env_);
  for (std::size_t worker = 0; worker < hosts_.size(); ++worker) {
    const auto round = [&] {
      do run_once(engine_->worker(worker), now);
      while (ports_[worker]->left() > 0);
    };
    if (around)
      around(worker, round);
    else
      round();
  }
  for (const auto& port : ports_) {
    for (const Frame& frame : port->sent) deliver(frame);
    port->sent.clear();
    port->room = 1024;
  }
  resolve();
}

void WorkerWorld::run_until(const std::function<bool()>& is_done, Duration patience) {
  for (const Instant end = now + patience; !is_done() && now < end;) turn();
}

std::uint64_t WorkerWorld::count(tcp::Counter counter) {
  std::uint64_t sum = 0;
  for (const auto& host : hosts_) sum += host->stack().counters().read(counter);
  return sum;
}

}  // namespace poise::l7
