#include "control/proxy/proxies.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <set>

#include "config/path.hpp"
#include "control/proxy/backend_health.hpp"
#include "control/proxy/inherited_binds.hpp"
#include "control/proxy/kernel_checks.hpp"
#include "control/proxy/listening_socket.hpp"
#include "control/proxy/open_files.hpp"
#include "l7/compile_stick.hpp"
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

HashKey random_key() {
  HashKey key;
  ensure(getrandom(key.octets.data(), key.octets.size(), 0) == ssize_t(key.octets.size()));
  return key;
}

}  // namespace

// The kernel's proxy is number 0, those of the workers follow.
Proxies::Proxies(Settings settings)
    : settings_(std::move(settings)),
      started_(settings_.clock()),
      states_(1 + (settings_.machine == nullptr ? 0 : settings_.machine->engine().workers()), random_key()),
      workers_({settings_.machine, settings_.clock, settings_.connections_max, 1,
                [this](const l7::Tables& tables, const l7::Frontend& frontend, std::string_view target) {
                  return stats_page(tables, frontend, target);
                },
                &process_, &wall_clock_}) {
  wall_clock_.set(settings_.since_1970() - started_.time_since_epoch());
  make_health();
}
Proxies::~Proxies() = default;

Errors Proxies::check(const config::Config& config) const {
  Errors errors = read_rule_files(config).errors;
  for (Error& error : inherited_binds(config, settings_.sockets).errors) errors.push_back(std::move(error));
  return errors;
}

Errors Proxies::prepare(const config::Config& config) {
  Errors errors = prepare_stick_tables(config);
  if (const Result<void> workers = workers_.prepare(config); !workers) errors.push_back(workers.error());
  return errors;
}

// One that there is no memory for is left out, and what names it does nothing.
Errors Proxies::prepare_stick_tables(const config::Config& config) {
  Errors errors;
  l7::States::StickTables tables;
  for (const auto& [name, wanted] : config.stick_tables) {
    const auto too_large = [&, &table = name] {
      errors.push_back({config::child("stick_tables", table), "there is no memory for a table of this size",
                        "make it smaller, or give the machine (or this container) more"});
    };
    const auto old = states_.stick_table(name);
    const l7::stick::Shape shape = l7::shape_of(config, name);
    const bool is_new = old == nullptr || !(old->shape() == shape);
    if (is_new && settings_.available_bytes && l7::stick::bytes_of(shape) > settings_.available_bytes()) {
      too_large();
      continue;
    }
    try {
      tables[name] = states_.make_stick_table(config, name, settings_.clock());
    } catch (const std::bad_alloc&) {
      tables.erase(name);
      too_large();
    }
  }
  prepared_ = std::move(tables);
  return errors;
}

Errors Proxies::apply(const config::Config& wanted, std::uint64_t revision) {
  ReadRuleFiles read = read_rule_files(wanted);
  for (const config::RuleFile& each : config::rule_files_of(wanted))  // what can't be read now is as it was
    if (const auto known = states_.rule_files.find(each.file); known != states_.rule_files.end())
      read.files.insert(*known);
  std::optional<config::Config> changed;
  if (!read.errors.empty()) changed = closed_where_unread(wanted, read.files);
  InheritedBinds binds = inherited_binds(changed ? *changed : wanted, settings_.sockets);
  if (!binds.changed.empty()) {
    if (!changed) changed = wanted;
    changed = with_binds(std::move(*changed), binds);
  }
  for (Error& error : binds.errors) read.errors.push_back(std::move(error));
  return apply_read(changed ? *changed : wanted, revision, std::move(read));
}

Errors Proxies::apply_read(const config::Config& config, std::uint64_t revision, ReadRuleFiles read) {
  states_.rule_files = std::move(read.files);
  if (!prepared_)
    for (Error& error : prepare_stick_tables(config)) read.errors.push_back(std::move(error));
  states_.set_stick_tables(config, *std::exchange(prepared_, std::nullopt));
  kernel_tables_ = l7::compile(config, config::ProxyTransport::kernel, revision, states_);
  worker_tables_ = l7::compile(config, config::ProxyTransport::datapath, revision, states_);
  states_.forget_all_but(config);
  sender_.apply(config.log_servers);
  health_->apply(settings_.clock(), config);  // before the proxies see a new server
  workers_.apply(worker_tables_);
  const bool is_needed = !kernel_tables_->frontends.empty() || !kernel_tables_->backends.empty();
  if (kernel_ == nullptr && !is_needed) return std::move(read.errors);
  if (kernel_ == nullptr) make_kernel_proxy(read.errors);
  const std::vector<Key> wanted = listeners_of(config);
  std::erase_if(listeners_, [&](const auto& entry) {
    const bool is_gone = std::find(wanted.begin(), wanted.end(), entry.first) == wanted.end();
    if (is_gone) kernel_->stop_listening(entry.second);
    return is_gone;
  });
  kernel_->set_tables(kernel_tables_);
  for (Error& error : open_listeners(wanted)) read.errors.push_back(std::move(error));
  return std::move(read.errors);
}

// A socket that listens for both families stands in two binds.
std::vector<Proxies::Key> Proxies::listeners_of(const config::Config& config) {
  std::set<Key> keys;
  for (const auto& [name, frontend] : config.frontends)
    if (frontend.enabled && frontend.transport == config::ProxyTransport::kernel)
      for (const config::Bind& bind : frontend.binds)
        keys.insert(bind.fd ? Key{.fd = bind.fd}
                            : Key{bind.address.value_or(IpAddr::v4(0)), bind.port.value_or(0), std::nullopt});
  return {keys.begin(), keys.end()};
}

void Proxies::make_kernel_proxy(Errors& errors) {
  KernelWorker::Settings settings;
  settings.proxy.connections_max = connections_within(settings_.open_files, settings_.connections_max);
  if (settings.proxy.connections_max < settings_.connections_max)
    errors.push_back({"memory.proxy_connections",
                      "the proxy over the kernel's sockets has room for " +
                          std::to_string(settings.proxy.connections_max) + " connections instead of " +
                          std::to_string(settings_.connections_max) + ": poised may open " +
                          std::to_string(settings_.open_files) + " files",
                      "raise the limit of open files (LimitNOFILE of the unit, ulimit -Hn) and start again"});
  settings.proxy.log = &log_;
  settings.proxy.process = &process_;
  settings.proxy.wall_clock = &wall_clock_;
  settings.clock = settings_.clock;
  settings.stats_page = [this](const l7::Tables& tables, const l7::Frontend& frontend, std::string_view target) {
    return stats_page(tables, frontend, target);
  };
  kernel_ = std::make_unique<KernelWorker>(std::move(settings));
}

Errors Proxies::open_listeners(const std::vector<Key>& wanted) {
  Errors errors;
  failed_.clear();
  for (const Key& key : wanted) {
    if (listeners_.contains(key)) continue;
    const Result<int> socket = key.fd ? settings_.sockets.duplicate(*key.fd) : listening_socket(key.address, key.port);
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
    each_log([&](l7::AccessLog& log) { log.set_wall_clock(since_1970 - now.time_since_epoch(), utc_offset_minutes_); });
    wall_clock_.set(since_1970 - now.time_since_epoch());
  }
  workers_.poll();
  std::size_t lines = poll_health();
  each_log([&](l7::AccessLog& log) {
    lines += log.poll([&](const auto& line) { sender_.send(line, since_1970, utc_offset_minutes_); });
  });
  return lines;
}

void Proxies::each_log(const std::function<void(l7::AccessLog&)>& look) {
  look(log_);
  for (std::size_t worker = 0; worker < workers_.size(); ++worker) look(workers_.log(worker));
}

std::uint64_t Proxies::log_lines_lost() const {
  std::uint64_t lost = log_.lost() + sender_.lost();
  for (std::size_t worker = 0; worker < workers_.size(); ++worker) lost += workers_.log(worker).lost();
  return lost;
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
