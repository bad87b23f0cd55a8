#include "control/proxy/proxies.hpp"

#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "control/proxy/listening_socket.hpp"
#include "l7/report/csv.hpp"
#include "l7/report/page.hpp"
#include "l7/stats_rows.hpp"

namespace poise::control::proxy {

namespace {

constexpr auto look_period = std::chrono::seconds(1);

std::int16_t minutes_from_utc(Duration since_1970) {
  const std::time_t now = since_1970 / std::chrono::seconds(1);
  std::tm local{};
  localtime_r(&now, &local);
  return std::int16_t(local.tm_gmtoff / 60);
}

}  // namespace

Proxies::Proxies(Settings settings) : settings_(std::move(settings)), started_(settings_.clock()) {}
Proxies::~Proxies() = default;

Errors Proxies::apply(const config::Config& config, std::uint64_t revision) {
  kernel_tables_ = l7::compile(config, config::ProxyTransport::kernel, revision, states_);
  states_.forget_all_but(config);
  sender_.apply(config.log_servers);
  const bool is_needed = !kernel_tables_->frontends.empty() || !kernel_tables_->backends.empty();
  if (kernel_ == nullptr && !is_needed) return {};
  if (kernel_ == nullptr) {
    KernelWorker::Settings settings;
    settings.proxy.connections_max = settings_.connections_max;
    settings.proxy.log = &log_;
    settings.proxy.process = &process_;
    settings.clock = settings_.clock;
    settings.stats_page = [this](const l7::Tables& tables, const l7::Frontend& frontend, std::string_view target) {
      return stats_page(tables, frontend, target);
    };
    kernel_ = std::make_unique<KernelWorker>(std::move(settings));
  }
  std::vector<Key> wanted;
  for (const l7::Binding& binding : kernel_tables_->bindings) wanted.emplace_back(binding.address, binding.port);
  std::erase_if(listeners_, [&](const auto& entry) {
    const bool is_gone = std::find(wanted.begin(), wanted.end(), entry.first) == wanted.end();
    if (is_gone) kernel_->stop_listening(entry.second);
    return is_gone;
  });
  kernel_->set_tables(kernel_tables_);
  return open_listeners(wanted);
}

Errors Proxies::open_listeners(const std::vector<Key>& wanted) {
  Errors errors;
  failed_.clear();
  for (const Key& key : wanted) {
    if (listeners_.contains(key)) continue;
    const Result<int> socket = listening_socket(key.first, key.second);
    if (!socket) {
      errors.push_back(socket.error());
      failed_.push_back(key);
      continue;
    }
    listeners_[key] = next_id_;
    kernel_->listen(next_id_++, *socket);
  }
  return errors;
}

std::size_t Proxies::poll(Instant now) {
  const Duration since_1970 = settings_.since_1970();
  if (now >= next_look_) {
    next_look_ = now + look_period;
    utc_offset_minutes_ = minutes_from_utc(since_1970);
    log_.set_wall_clock(since_1970 - now.time_since_epoch(), utc_offset_minutes_);
  }
  return log_.poll([&](const l7::AccessLog::Line& line) { sender_.send(line, since_1970, utc_offset_minutes_); });
}

// Thread: the proxy's.
std::string Proxies::stats_page(const l7::Tables& tables, const l7::Frontend& frontend, std::string_view target) const {
  const std::vector<l7::report::StatsRow> rows = l7::stats_rows(tables, settings_.clock());
  std::string page;
  if (target.find(";csv") != std::string_view::npos) {
    write_csv(rows, page);
    return page;
  }
  l7::report::PageHeader header;
  header.version = settings_.version;
  header.revision = std::to_string(tables.revision);
  header.pid = std::uint32_t(::getpid());
  header.uptime_s = std::uint64_t((settings_.clock() - started_) / std::chrono::seconds(1));
  header.uri = frontend.stats_uri;
  header.refresh_seconds = frontend.stats_refresh_s;
  header.is_refresh_off = target.find(";norefresh") != std::string_view::npos;
  header.hides_down = target.find(";up") != std::string_view::npos;
  write_page(header, rows, page);
  return page;
}

Errors Proxies::retry() { return open_listeners(std::vector<Key>(failed_)); }

}  // namespace poise::control::proxy
