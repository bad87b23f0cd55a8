#include "control/proxy/worker_proxies.hpp"

#include <sys/random.h>

#include <algorithm>

#include "datapath/sizing.hpp"

namespace poise::control::proxy {
namespace {

constexpr std::uint32_t window_least = 256u << 10, window_most = 4u << 20;
constexpr std::uint64_t connections_at_full_speed = 64;  // that the buffers would do for
// Timestamps and initial sequence numbers that grow with time (RFC 6191, RFC 6528) tell old segments from new ones; a
// minute of TIME-WAIT would hold the ports towards a server for nothing: 530 connections a second would take them all.
constexpr auto time_wait = std::chrono::seconds(10);

std::uint16_t smallest_mtu(const config::Config& config) {
  std::uint16_t mtu = config.interfaces.empty() ? 1500 : 9216;
  for (const auto& [name, interface] : config.interfaces) {
    mtu = std::min(mtu, interface.mtu);
    for (const auto& [vlan_name, vlan] : interface.vlans) mtu = std::min(mtu, vlan.mtu.value_or(mtu));
  }
  return mtu;
}

// One Stack serves every interface, and a connection does not know its own before it is there: what fits all of them.
l7::tcp::Settings stack_settings(const config::Config& config, const datapath::LocalTcpMeans& means,
                                 std::uint32_t connections) {
  constexpr std::uint16_t headers_v4 = 40, headers_v6 = 60;
  l7::tcp::Settings settings;
  settings.connections_max = connections;
  settings.syns_max = std::clamp(connections, 1024u, 65536u);
  settings.time_waits_max = std::clamp(connections, 65536u, 1u << 20);
  settings.time_wait = time_wait;
  settings.queue_bytes = std::clamp<std::size_t>(std::size_t(connections) * 2048, 16u << 20, 1u << 30);
  settings.buffers_max = std::uint64_t(means.buffers) * means.buffer_bytes;
  const auto window =
      std::clamp<std::uint64_t>(settings.buffers_max / connections_at_full_speed, window_least, window_most);
  settings.receive_max = settings.send_max = std::uint32_t(window);
  const std::uint16_t mtu = smallest_mtu(config);
  settings.mss_v4 = std::uint16_t(mtu - headers_v4);
  settings.mss_v6 = std::uint16_t(std::max<std::uint16_t>(mtu, 1280) - headers_v6);
  settings.port_first = limits::proxy_port_first;
  settings.port_last = limits::proxy_port_last;
  settings.destinations_max = std::uint32_t(limits::reals);
  settings.segmentation_max = means.takes_pieces && means.cuts_segments ? 65000 : 0;
  return settings;
}

}  // namespace

l7::WorkerHost::Settings WorkerProxies::settings_of(std::size_t worker, const config::Config& config) const {
  l7::WorkerHost::Settings settings;
  settings.means = settings_.machine->local_tcp_means(worker);
  settings.stack = stack_settings(config, settings.means, settings_.connections_max);
  const datapath::Steering& steering = *settings_.machine->engine().tables().steering;
  settings.scaling = {steering.key(), {steering.table().begin(), steering.table().end()}, std::uint16_t(worker)};
  settings.proxy.number = settings_.first_number + worker;
  settings.proxy.connections_max = settings_.connections_max;
  settings.proxy.log = logs_[worker].get();
  settings.proxy.process = settings_.process;
  settings.proxy.wall_clock = settings_.wall_clock;
  settings.stats_page = settings_.stats_page;
  ensure(getrandom(settings.secret.data(), settings.secret.size(), 0) == ssize_t(settings.secret.size()));
  ensure(getrandom(&settings.proxy.seed, sizeof settings.proxy.seed, 0) == ssize_t(sizeof settings.proxy.seed));
  return settings;
}

Result<void> WorkerProxies::prepare(const config::Config& config) {
  if (settings_.machine == nullptr || !hosts_.empty() || !datapath::has_worker_proxies(config)) return {};
  const std::size_t workers = settings_.machine->engine().workers();
  std::vector<std::unique_ptr<l7::WorkerHost>> hosts;
  try {
    while (logs_.size() < workers) logs_.push_back(std::make_unique<l7::AccessLog>());
    for (std::size_t worker = 0; worker < workers; ++worker)
      hosts.push_back(std::make_unique<l7::WorkerHost>(settings_of(worker, config), settings_.clock()));
  } catch (const std::bad_alloc&) {
    return fail("memory.proxy_connections",
                "there is no memory for proxies of " + std::to_string(settings_.connections_max) +
                    " connections on each worker: frontends and backends of the datapath are not served",
                "lower it and start again, or give the machine (or this container) more");
  }
  hosts_ = std::move(hosts);
  return {};
}

void WorkerProxies::apply(std::shared_ptr<const l7::Tables> tables) {
  if (hosts_.empty()) return;
  tables_.push_back(std::move(tables));
  behind_.clear();
  for (std::size_t worker = 0; worker < hosts_.size(); ++worker) behind_.push_back(worker);
  is_handed_over_.resize(hosts_.size());
  poll();
}

void WorkerProxies::poll() {
  for (std::size_t worker = 0; worker < is_handed_over_.size(); ++worker)
    if (!is_handed_over_[worker])
      is_handed_over_[worker] = settings_.machine->engine().send(WorkerId{std::uint16_t(worker)},
                                                                 datapath::SetLocalTcp{hosts_[worker].get()});
  std::erase_if(behind_, [&](std::size_t worker) { return hosts_[worker]->set_tables(tables_.back()); });
  if (tables_.size() > 1 && behind_.empty())
    std::erase_if(tables_, [&](const auto& each) { return each != tables_.back() && each.use_count() == 1; });
}

}  // namespace poise::control::proxy
