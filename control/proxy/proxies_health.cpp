#include <algorithm>

#include "control/log.hpp"
#include "control/proxy/backend_health.hpp"
#include "control/proxy/kernel_checks.hpp"
#include "control/proxy/proxies.hpp"

// What Proxies does for the checks of backends.
namespace poise::control::proxy {

void Proxies::make_health() {
  BackendHealth::Hooks hooks;
  hooks.begin = [this](CheckId id, const std::shared_ptr<const CheckPlan>& plan, config::ProxyTransport transport) {
    if (transport == config::ProxyTransport::kernel) {
      if (kernel_checks_ == nullptr) kernel_checks_ = std::make_unique<KernelChecks>(settings_.clock);
      kernel_checks_->begin(id, plan);
    } else if (datapath_checks_ != nullptr) {
      datapath_checks_->begin(settings_.clock(), id, plan);
    }
  };
  hooks.cancel = [this](CheckId id, config::ProxyTransport transport) {
    if (transport == config::ProxyTransport::kernel && kernel_checks_ != nullptr) kernel_checks_->cancel(id);
    if (transport == config::ProxyTransport::datapath && datapath_checks_ != nullptr) datapath_checks_->cancel(id);
  };
  hooks.tell = [this](const HealthEvent& event) { tell(event); };
  hooks.wake = [this] {
    if (kernel_ != nullptr) kernel_->look();
  };
  health_ = std::make_unique<BackendHealth>(states_, std::move(hooks));
}

void Proxies::set_connector(health::Connector connector) {
  datapath_checks_.reset();
  if (connector == nullptr) return;
  datapath_checks_ = std::make_unique<CheckRunner>(
      std::move(connector), [this](const CheckFound& found) { health_->on_found(settings_.clock(), found); });
}

std::size_t Proxies::poll_health() {
  const Instant now = settings_.clock();
  std::size_t count = 0;
  if (datapath_checks_ != nullptr) datapath_checks_->on_deadline(now);
  if (kernel_checks_ != nullptr)
    for (const CheckFound& found : kernel_checks_->take_results()) {
      health_->on_found(now, found);
      ++count;
    }
  health_->on_deadline(now);
  return count;
}

Instant Proxies::deadline() const {
  return std::min(health_->deadline(), datapath_checks_ == nullptr ? never : datapath_checks_->deadline());
}

void Proxies::tell(const HealthEvent& event) {
  if (!event.line.text.empty()) {
    using Level = l7::health::LogLine::Level;
    if (event.line.level == Level::notice)
      log::info("proxy", event.line.text);
    else
      log::warning("proxy", event.line.text);
    sender_.send(event.line, settings_.since_1970(), utc_offset_minutes_);
  }
  listener_(event);
}

}  // namespace poise::control::proxy
