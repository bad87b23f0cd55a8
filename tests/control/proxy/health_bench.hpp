#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "config/schema.hpp"
#include "control/proxy/backend_health.hpp"

namespace poise::control::proxy {

using namespace std::chrono_literals;

// HealthBench - the health of the backends of a document, on virtual time: what is checked is answered as `answer`
// says, at once or when answer_all() is called.
class HealthBench {
 public:
  using Result = l7::health::Result;
  using Status = l7::health::Status;

  // The members of backend "b"; its servers are "s1"... with these members each.
  static nlohmann::json document(const std::string& backend, const std::vector<std::string>& servers) {
    nlohmann::json all = nlohmann::json::parse(R"({"backends": {"b": {)" + backend + "}}}");
    all["backends"]["b"]["transport"] = "kernel";
    for (std::size_t i = 0; i < servers.size(); ++i) {
      nlohmann::json server = nlohmann::json::parse("{" + servers[i] + "}");
      server["address"] = "127.0.0.1";
      if (!server.contains("port")) server["port"] = 8001 + i;
      all["backends"]["b"]["servers"]["s" + std::to_string(i + 1)] = server;
    }
    return all;
  }
  HealthBench() : health(states, hooks()) {}
  HealthBench(const std::string& backend, const std::vector<std::string>& servers) : HealthBench() {
    apply(document(backend, servers));
  }
  void apply(const nlohmann::json& document) {
    config = *config::from_json(document);
    tables = l7::compile(config, config::ProxyTransport::kernel, 1, states);
    states.forget_all_but(config);
    health.apply(now, config);
  }
  // Lets so much time pass; checks are answered in no time by what `results` and `replies` say of their port.
  void run(Duration duration) {
    const Instant until = now + duration;
    while (true) {
      for (const auto& [id, plan] : std::exchange(begun, {})) {
        const std::uint16_t port = plan->steps[0].connect->port;
        begun_at.emplace_back(port, now);
        health.on_found(now, {id, results[port], replies[port]});
      }
      if (!begun.empty()) continue;
      const Instant next = std::max(health.deadline(), now);
      if (next > until) break;
      now = next;
      health.on_deadline(now);
    }
    now = until;
  }
  l7::ServerState& state(const std::string& server) { return *states.server("b", server); }
  std::string lines() {
    std::string text;
    for (const HealthEvent& event : std::exchange(events, {})) text += event.line.text + "\n";
    return text;
  }
  static inline const Result good{.status = Status::l4_ok}, bad{.status = Status::l4_connection};

  Instant now{1000s};
  l7::States states{1};
  config::Config config;
  std::shared_ptr<const l7::Tables> tables;
  std::map<std::uint16_t, Result> results;
  std::map<std::uint16_t, std::string> replies;
  std::vector<std::pair<std::uint16_t, Instant>> begun_at;
  std::vector<std::pair<CheckId, std::shared_ptr<const CheckPlan>>> begun;
  std::vector<CheckId> cancelled;
  std::vector<HealthEvent> events;
  int wakes = 0;
  BackendHealth health;

 private:
  BackendHealth::Hooks hooks() {
    return {.begin = [this](CheckId id, const auto& plan, config::ProxyTransport) { begun.emplace_back(id, plan); },
            .cancel =
                [this](CheckId id, config::ProxyTransport) {
                  cancelled.push_back(id);
                  std::erase_if(begun, [&](const auto& each) { return each.first == id; });
                },
            .tell = [this](const HealthEvent& event) { events.push_back(event); },
            .wake = [this] { ++wakes; }};
  }
};

}  // namespace poise::control::proxy
