#pragma once
#include <memory>

#include "control/log.hpp"
#include "control/machine.hpp"
#include "datapath/dpdk/appliance.hpp"

namespace poise::control {

// ApplianceMachine - the daemon's Machine: DPDK ports and pinned workers.
class ApplianceMachine : public Machine {
 public:
  static Results<std::unique_ptr<ApplianceMachine>> start(const config::Config& config) {
    auto appliance =
        datapath::dpdk::Appliance::start(config, [](std::string_view line) { log::warning("dpdk", line); });
    if (!appliance) return tl::unexpected(appliance.error());
    return std::unique_ptr<ApplianceMachine>(new ApplianceMachine(std::move(*appliance)));
  }
  datapath::Engine& engine() override { return appliance_->engine(); }
  bool link_up(PortIndex port) const override { return appliance_->link_up(port); }
  void accept(PortIndex port, const std::vector<MacAddr>& macs) override { appliance_->accept(port, macs); }
  std::uint64_t missed(PortIndex port) const override { return appliance_->missed(port); }
  std::uint16_t worker_core(std::size_t worker) const override { return appliance_->worker_core(worker); }
  std::uint64_t packet_buffers() const override { return appliance_->packet_buffers(); }
  std::uint64_t packet_buffers_in_use() const override { return appliance_->packet_buffers_in_use(); }
  bool huge_pages() const override { return appliance_->huge_pages(); }
  datapath::LocalTcpMeans local_tcp_means(std::size_t) override { return appliance_->local_tcp_means(); }
  Instant now() const { return datapath::dpdk::Appliance::now(); }
  bool stop() { return appliance_->stop(); }  // false: a worker hangs

 private:
  explicit ApplianceMachine(std::unique_ptr<datapath::dpdk::Appliance> appliance) : appliance_(std::move(appliance)) {}
  std::unique_ptr<datapath::dpdk::Appliance> appliance_;
};

}  // namespace poise::control
