#include <nlohmann/json.hpp>

#include "config/schema.hpp"
#include "control/core.hpp"
#include "control/host_paths.hpp"
#include "control/log.hpp"

// How Core changes what runs. All of it may run beside control's thread, see Background: what ticks touch is changed on
// control's.
namespace poise::control {
namespace {

using nlohmann::json;

std::string describe(const config::Change& change) {
  switch (change.kind) {
    case config::Change::Kind::add:
      return "+ " + change.path + " " + change.after;
    case config::Change::Kind::remove:
      return "- " + change.path;
    case config::Change::Kind::update:
      break;
  }
  return "~ " + change.path + " " + change.before + " -> " + change.after;
}

config::Config without_new_flows(config::Config config) {
  for (auto& [name, service] : config.services) service.enabled = false;
  for (auto& [name, frontend] : config.frontends) frontend.enabled = false;
  return config;
}

}  // namespace

void Core::aside(const std::function<void()>& work) {
  if (background_ == nullptr || is_busy()) return work();
  background_->run(work);
}

void Core::on_control(const std::function<void()>& part) const {
  if (background_ == nullptr || !background_->is_here()) return part();
  background_->on_control(part);
}

void Core::make_run(const config::Config& config, std::uint64_t revision, const std::function<void()>& take) {
  datapath::Engine& engine = machine_.engine();
  auto tables = engine.prepare(draining_all_ ? without_new_flows(config) : config, revision);
  Drains drains = drains_in(config);
  Errors errors;
  if (proxies_ != nullptr) errors = proxies_->prepare(config);
  on_control([&] {
    take();
    health_.apply(now_, transactions_.running());  // before the workers see a new server
    // The proxies are told first: whatever the workers' tables lead to them, they know.
    for (Error& error : apply_proxies()) errors.push_back(std::move(error));
    for (const Error& error : errors) log::error("proxy", to_string(error));
    engine.publish(std::move(tables));
    drains_.swap(drains);
    on_applied();
  });
}

Errors Core::apply_proxies() {
  if (proxies_ == nullptr) return {};
  const config::Config& running = transactions_.running();
  return proxies_->apply(draining_all_ ? without_new_flows(running) : running, transactions_.revision());
}

void Core::on_applied() {
  const datapath::Engine& engine = machine_.engine();
  const config::Config& config = transactions_.running();
  log::configure(config.logging);
  neighbors_.set_settings(config.neighbors);
  carry_out(neighbors_.set_links(now_, links_of(engine.tables())));
  heartbeats_.apply(now_, config);
  group_memberships_.apply(now_, config.vrrp, engine.tables());
  checks_.apply(now_, config.vrrp);
  notifier_.apply(config);
  if (const std::size_t count = health_.targets_not_run(); count > 0)
    log::warning("health",
                 std::to_string(count) + " health checks over TCP are not run: their servers count as healthy");
  accept_virtual_macs();
  virtual_routers_.apply(now_, config);
  for (const Error& error : host_paths_->apply(engine.tables())) log::error("host_path", to_string(error));
}

// Drains begin when the configuration says so, and end with it.
Core::Drains Core::drains_in(const config::Config& config) {
  datapath::Engine& engine = machine_.engine();
  Drains drains;
  for (const auto& [pool_name, pool] : config.pools)
    for (const auto& [server_name, server] : pool.servers) {
      const ServerIndex index = engine.server_index(pool_name, server_name);
      if (index.value == ~0u) continue;
      datapath::ServerState& state = engine.servers()[index];
      if (server.state != config::ServerState::drain) {
        state.reset_flows = false;
        continue;
      }
      const auto key = std::pair(pool_name, server_name);
      const auto known = drains_.find(key);
      Drain drain = known != drains_.end() ? known->second : Drain{now(), never, state.connections.load(), false};
      drain.deadline =
          server.drain_deadline_ms ? drain.since + std::chrono::milliseconds(*server.drain_deadline_ms) : never;
      drains.emplace(key, drain);
    }
  return drains;
}

nlohmann::json Core::document() const { return config::to_json_brief(transactions_.running()); }

Transactions::Outcome Core::commit(const json& document, Transactions::Request request) {
  Results<config::Config> config = config::from_json(document);
  if (!config) return tl::unexpected(Transactions::Refusal{Transactions::Refusal::invalid, config.error()});
  if (proxies_ != nullptr)
    if (Errors errors = proxies_->check(*config); !errors.empty())
      return tl::unexpected(Transactions::Refusal{Transactions::Refusal::invalid, std::move(errors)});
  request.config = std::move(*config);
  request.time = clock_();
  return announced(request, transactions_.commit(now(), request));
}

Transactions::Outcome Core::rollback(std::optional<std::uint64_t> revision, Transactions::Request request) {
  request.time = clock_();
  return announced(request, transactions_.rollback(now(), revision, request));
}

// What was committed is logged line by line and told as an event.
Transactions::Outcome Core::announced(const Transactions::Request& request, Transactions::Outcome outcome) {
  if (!outcome || request.dry_run || outcome->changes.empty()) return outcome;
  const std::string revision = std::to_string(outcome->revision);
  log::info("commit", "revision " + revision + " is running", {{"author", request.author}});
  for (const config::Change& change : outcome->changes) log::info("commit", describe(change));
  on_control([&] {
    emit("commit", {{"revision", outcome->revision}, {"author", request.author}, {"changes", outcome->changes.size()}});
  });
  return outcome;
}

void Core::revert_unconfirmed() {
  const auto reverted = transactions_.on_deadline(now(), clock_());
  if (!reverted) return;
  log::warning("commit", "not confirmed in time: back to what was before",
               {{"revision", std::to_string(reverted->revision)}});
  on_control([&] {
    emit("commit", {{"revision", reverted->revision}, {"author", "poised"}, {"changes", reverted->changes.size()}});
  });
}

// Frees old tables, and compiles again when rows of removed servers have become free.
void Core::tidy() {
  datapath::Engine& engine = machine_.engine();
  if (auto tables = engine.tidy()) on_control([&] { engine.publish(std::move(tables)); });
}

void Core::drain_all() {
  draining_all_ = true;  // what is committed meanwhile does not open the services again
  // Not a revision: the stop is not the operator's wish for the next start.
  aside([this] {
    datapath::Engine& engine = machine_.engine();
    auto tables = engine.prepare(without_new_flows(transactions_.running()), transactions_.revision());
    on_control([&] {
      for (const Error& error : apply_proxies()) log::error("proxy", to_string(error));
      engine.publish(std::move(tables));
    });
  });
}

}  // namespace poise::control
