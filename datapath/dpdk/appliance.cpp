#include "datapath/dpdk/appliance.hpp"

#include <sys/random.h>

#include "datapath/dpdk/eal.hpp"
#include "datapath/dpdk/lcores.hpp"
#include "datapath/dpdk/packet_pool.hpp"
#include "datapath/dpdk/port.hpp"

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

Result<std::unique_ptr<Appliance>> Appliance::start(const config::Config& config) {
  std::unique_ptr<Appliance> appliance(new Appliance());
  appliance->cores_ = worker_cores(config);
  const std::size_t workers = appliance->cores_.size();
  const auto sizes = size_for(config, workers, read_machine_memory());
  if (!sizes) return tl::unexpected(sizes.error());
  if (auto started = start_eal(config, *sizes); !started) return tl::unexpected(started.error());
  auto pool = PacketPool::create(sizes->packet_buffers, sizes->buffer_bytes);
  if (!pool) return tl::unexpected(pool.error());
  appliance->pool_ = std::move(*pool);
  appliance->packet_buffers_ = sizes->packet_buffers;
  appliance->huge_pages_ = sizes->huge_pages;
  const Steering steering(workers);
  if (auto opened = appliance->open_ports(config, steering); !opened) return tl::unexpected(opened.error());

  Engine::Parts parts;
  for (std::size_t worker = 0; worker < workers; ++worker) {
    Engine::WorkerParts mine{appliance->pool_.get(), {}, sizes->flows_per_worker};
    for (const auto& port : appliance->ports_) mine.ports.push_back(port->queue(worker));
    parts.workers.push_back(mine);
  }
  for (std::size_t i = 0; i < appliance->ports_.size(); ++i)
    parts.ports.push_back({appliance->names_[i], appliance->ports_[i]->mac(), appliance->ports_[i]->hardware_rss()});
  parts.hash_key = make_hash_key(config.node.hash_key);
  ensure(getrandom(&parts.seed, sizeof parts.seed, 0) == ssize_t(sizeof parts.seed));
  appliance->engine_ = std::make_unique<Engine>(std::move(parts), config);
  if (!launch_workers(*appliance->engine_, config.node.polling))
    return fail("node.worker_cores", "a worker could not be started on its core", "check that the cores exist and are allowed to this process");
  appliance->running_ = true;
  return appliance;
}

Result<void> Appliance::open_ports(const config::Config& config, const Steering& steering) {
  for (const auto& [name, interface] : config.interfaces) {
    auto port = DevicePort::open({name, interface, cores_.size(), pool_.get(), &steering});
    if (!port) return tl::unexpected(port.error());
    ports_.push_back(std::move(*port));
    names_.push_back(name);
  }
  return {};
}

Appliance::~Appliance() { stop(); }

bool Appliance::link_up(PortIndex port) const { return ports_[port.value]->link_up(); }
std::uint64_t Appliance::missed(PortIndex port) const { return ports_[port.value]->missed(); }
std::uint32_t Appliance::packet_buffers_in_use() const { return pool_->in_use(); }
Instant Appliance::now() { return tsc_now(); }

void Appliance::stop() {
  if (!running_) return;
  running_ = false;
  engine_->send_all(Stop{});
  engine_->maintain();
  join_workers();
}

}  // namespace poise::datapath::dpdk
