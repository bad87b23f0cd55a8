#pragma once
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "config/schema.hpp"
#include "control/api/router.hpp"
#include "control/core.hpp"
#include "tests/support/memory_port.hpp"

namespace poise::control {

using namespace std::chrono_literals;

// FakeMachine - a Machine in memory: a real engine whose workers run when a test says so, on ports "lan" and "inside".
class FakeMachine : public Machine {
 public:
  FakeMachine(const config::Config& first, std::size_t workers) {
    datapath::Engine::Parts parts;
    for (const auto& [name, interface] : first.interfaces) {
      parts.ports.push_back({name, MacAddr{{2, 0, 0, 0, 0, 1}}, true});
      links.push_back(false);
    }
    for (std::size_t worker = 0; worker < workers; ++worker) {
      datapath::Engine::WorkerParts part{&pool, {}, {256, 256}};
      for (std::size_t port = 0; port < parts.ports.size(); ++port) {
        ports.push_back(std::make_unique<datapath::MemoryPort>(pool));
        part.ports.push_back(ports.back().get());
      }
      parts.workers.push_back(std::move(part));
    }
    engine_ = std::make_unique<datapath::Engine>(std::move(parts), first);
  }

  datapath::Engine& engine() override { return *engine_; }
  bool link_up(PortIndex port) const override { return links[port.value]; }
  void accept(PortIndex port, const std::vector<MacAddr>& macs) override { accepted[port.value] = macs; }
  std::map<std::uint16_t, std::vector<MacAddr>> accepted;
  std::uint64_t missed(PortIndex) const override { return 0; }
  std::uint16_t worker_core(std::size_t worker) const override { return std::uint16_t(worker + 1); }
  std::uint64_t packet_buffers() const override { return 1u << 16; }
  std::uint64_t packet_buffers_in_use() const override { return pool.outstanding(); }
  bool huge_pages() const override { return false; }
  datapath::LocalTcpMeans local_tcp_means(std::size_t) override { return {&pool, &pool, 4096, 9856}; }

  void run_workers(Instant now) {
    for (std::size_t i = 0; i < engine_->workers(); ++i) run_worker(i, now);
  }
  void run_worker(std::size_t index, Instant now) { run_once(engine_->worker(index), now); }
  datapath::MemoryPort& port(std::size_t worker, std::size_t port) { return *ports[worker * links.size() + port]; }

  datapath::MemoryPool pool;
  std::vector<std::unique_ptr<datapath::MemoryPort>> ports;  // by worker, then by port
  std::vector<bool> links;

 private:
  std::unique_ptr<datapath::Engine> engine_;
};

// MemoryStorage - revisions in memory; `broken` is a full disk.
struct MemoryStorage {
  struct Kept {
    config::Revision revision;
    config::Config config;
  };
  std::map<std::uint64_t, Kept> kept;
  bool broken = false;
  std::function<void()> when_asked = [] {};  // a slow disk waits in it
  std::uint64_t confirmed = 0;

  Transactions::Storage functions() {
    return {[this](const config::Config& config, const config::Revision& metadata) -> Result<config::Revision> {
              when_asked();
              if (broken) return fail("state", "no space is left on the device", "make room");
              Kept fresh{metadata, config};
              fresh.revision.number = kept.empty() ? 1 : kept.rbegin()->first + 1;
              kept[fresh.revision.number] = fresh;
              return fresh.revision;
            },
            [this](std::uint64_t number) -> Result<config::Config> {
              if (!kept.contains(number)) return fail("revision", "is not kept", "");
              return kept[number].config;
            },
            [this] {
              std::vector<config::Revision> list;
              for (auto at = kept.rbegin(); at != kept.rend(); ++at) list.push_back(at->second.revision);
              return list;
            },
            [this](std::uint64_t number) -> Result<void> {
              if (broken) return fail("state", "no space is left on the device", "make room");
              confirmed = number;
              return {};
            }};
  }
};

inline config::Config config_of(const nlohmann::json& document) {
  auto config = config::from_json(document);
  ensure(config.has_value());
  return *config;
}

// One port on each side, a TCP service of two servers, and a token ("secret" is its SHA-256's text).
inline nlohmann::json small_document() {
  return nlohmann::json::parse(R"({
    "interfaces": {"inside": {"device": "0000:03:00.1", "addresses": ["10.0.0.1/24"]},
                   "lan": {"device": "0000:03:00.0", "addresses": ["192.0.2.1/24"]}},
    "pools": {"web": {"servers": {"web1": {"address": "10.0.0.11", "port": 8080},
                                  "web2": {"address": "10.0.0.12", "port": 8080}}}},
    "services": {"web": {"address": "192.0.2.100", "ports": 80, "pool": "web"}},
    "api": {"tokens": {"ci": {"role": "read",
      "sha256": "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"}}},
    "logging": {"level": "error"}
  })");
}

// Appliance - a Core on a FakeMachine with revisions in memory and a clock that stands until moved.
struct Appliance {
  explicit Appliance(const nlohmann::json& document = small_document(), std::size_t workers = 2,
                     proxy::Proxies* layer_7 = nullptr)
      : first(config_of(document)), proxies(layer_7), machine(first, workers), core(machine, startup(), now) {}

  api::Response ask(const std::string& method, const std::string& target, const std::string& body = "") {
    return ask_as(config::Role::admin, method, target, body);
  }
  api::Response ask_as(std::optional<config::Role> role, const std::string& method, const std::string& target,
                       const std::string& body = "") {
    api::Request request;
    ensure(api::parse_target(target, request));
    request.method = method;
    request.body = body;
    request.role = role;
    request.author = "test";
    request.content_type = content_type;
    request.if_match = if_match;
    return api::dispatch(core, std::move(request));
  }
  nlohmann::json get(const std::string& target) { return nlohmann::json::parse(ask("GET", target).body); }

  // Workers and control, until `time` has passed, a millisecond a turn.
  void pass(Duration time) {
    for (const Instant end = now + time; now < end;) {
      now += 1ms;
      machine.run_workers(now);
      core.tick(now);
    }
  }

  Instant now{1000s};
  config::Config first;
  proxy::Proxies* proxies;
  MemoryStorage storage;
  FakeMachine machine;
  Core core;
  std::string content_type = "application/json", if_match;

 private:
  Core::Startup startup() {
    storage.kept[1] = {{1, "2026-01-01T00:00:00Z", "test", "first"}, first};
    Core::Startup startup;
    startup.config = first;
    startup.revision = 1;
    startup.storage = storage.functions();
    startup.clock = [] { return std::string("2026-01-02T03:04:05Z"); };
    startup.version = "1.2.3";
    startup.proxies = proxies;
    return startup;
  }
};

}  // namespace poise::control
