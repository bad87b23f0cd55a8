#include "datapath/dpdk/appliance.hpp"

#include <sys/random.h>

#include "datapath/dpdk/eal.hpp"
#include "datapath/dpdk/lcores.hpp"
#include "datapath/dpdk/machine_memory.hpp"
#include "datapath/dpdk/packet_pool.hpp"
#include "datapath/dpdk/port.hpp"
#include "datapath/dpdk/tsc_clock.hpp"

namespace poise::datapath::dpdk {
namespace {

HashKey make_hash_key(const std::optional<std::string>& digits) {
  HashKey key;
  if (!digits) {
    ensure(getrandom(key.octets.data(), key.octets.size(), 0) == ssize_t(key.octets.size()));
    return key;
  }
  ensure(digits->size() == 2 * key.octets.size());  // validated
  for (std::size_t i = 0; i < key.octets.size(); ++i)
    key.octets[i] = std::uint8_t(std::stoul(digits->substr(2 * i, 2), nullptr, 16));
  return key;
}

}  // namespace

Results<std::unique_ptr<Appliance>> Appliance::start(const config::Config& config, LogLine log) {
  capture_eal_log(std::move(log));
  std::unique_ptr<Appliance> appliance(new Appliance());
  appliance->cores_ = worker_cores(config);
  const std::size_t workers = appliance->cores_.size();
  const auto sizes = size_for(config, workers, read_machine_memory(""));
  if (!sizes) return tl::unexpected(Errors{sizes.error()});
  if (auto started = start_eal(config, *sizes); !started) return tl::unexpected(started.error());
  if (auto made = appliance->make_pools(*sizes); !made) return tl::unexpected(Errors{made.error()});
  appliance->huge_pages_ = sizes->huge_pages;
  if (Errors errors = appliance->open_ports(config, Steering(workers)); !errors.empty())
    return tl::unexpected(std::move(errors));
  appliance->make_engine(config, sizes->flows_per_worker);
  auto threads = WorkerThreads::launch(*appliance->engine_, appliance->ports_, config.node.polling);
  if (!threads) return tl::unexpected(Errors{threads.error()});
  appliance->threads_ = std::move(*threads);
  return appliance;
}

Result<void> Appliance::make_pools(const Sizes& sizes) {
  auto pool = PacketPool::create(sizes.packet_buffers, sizes.buffer_bytes);
  if (!pool) return tl::unexpected(pool.error());
  pool_ = std::move(*pool);
  packet_buffers_ = sizes.packet_buffers;
  proxy_buffers_ = sizes.proxy_buffers_per_worker;
  buffer_bytes_ = sizes.buffer_bytes;
  if (sizes.header_buffers == 0) return {};
  auto headers = PacketPool::create(sizes.header_buffers, header_buffer_bytes, sizes.frame_pieces);
  if (!headers) return tl::unexpected(headers.error());
  headers_ = std::move(*headers);
  return {};
}

// What every port can: a segment does not know its port when it is made. Proxies that came after the start copy.
LocalTcpMeans Appliance::local_tcp_means() const {
  LocalTcpMeans means{pool_.get(), pool_.get(), proxy_buffers_, buffer_bytes_, false, false, false};
  if (headers_ == nullptr) return means;
  means.headers = headers_.get();
  means.takes_pieces = means.completes_checksums = means.cuts_segments = true;
  for (const auto& port : ports_) {
    const DevicePort::TcpAbilities& can = port->tcp_abilities();
    means.takes_pieces &= can.takes_pieces;
    means.completes_checksums &= can.completes_checksums;
    means.cuts_segments &= can.cuts_segments;
  }
  return means;
}

Errors Appliance::open_ports(const config::Config& config, const Steering& steering) {
  Errors errors;
  for (const auto& [name, interface] : config.interfaces) {
    auto port = DevicePort::open({name, interface, cores_.size(), pool_.get(), &steering, headers_ != nullptr});
    if (!port) {
      errors.push_back(port.error());
      continue;
    }
    ports_.push_back(std::move(*port));
    names_.push_back(name);
  }
  return errors;
}

void Appliance::make_engine(const config::Config& config, FlowTable::Sizes flows) {
  Engine::Parts parts;
  for (std::size_t worker = 0; worker < cores_.size(); ++worker) {
    Engine::WorkerParts mine{pool_.get(), {}, flows};
    for (const auto& port : ports_) mine.ports.push_back(port->queue(worker));
    parts.workers.push_back(std::move(mine));
  }
  for (std::size_t i = 0; i < ports_.size(); ++i)
    parts.ports.push_back({names_[i], ports_[i]->mac(), ports_[i]->hardware_rss()});
  parts.hash_key = make_hash_key(config.node.hash_key);
  ensure(getrandom(&parts.seed, sizeof parts.seed, 0) == ssize_t(sizeof parts.seed));
  engine_ = std::make_unique<Engine>(std::move(parts), config);
}

Appliance::~Appliance() = default;  // in reverse order: threads, engine, ports, pool

void Appliance::accept(PortIndex port, const std::vector<MacAddr>& macs) { ports_[port.value]->accept(macs); }
bool Appliance::link_up(PortIndex port) const { return ports_[port.value]->link_up(); }
std::uint64_t Appliance::missed(PortIndex port) const { return ports_[port.value]->missed(); }
std::uint32_t Appliance::packet_buffers_in_use() const { return pool_->in_use(); }
Instant Appliance::now() { return tsc_now(); }
bool Appliance::stop() { return threads_->stop(); }

}  // namespace poise::datapath::dpdk
