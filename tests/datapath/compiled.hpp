#pragma once
#include <memory>
#include <string>
#include <vector>

#include "config/types/result.hpp"
#include "datapath/compile.hpp"

namespace poise::datapath {

// Compiled - a configuration in force: what control keeps around compile(), for tests that need real tables. Not for
// two threads.
struct Compiled {
  explicit Compiled(config::Config initial, std::size_t workers = 1)
      : config(std::move(initial)), steering(std::make_shared<const Steering>(workers)) {
    for (const auto& [name, interface] : config.interfaces)
      ports.push_back({name, MacAddr{{0x02, 0, 0, 0, 0, std::uint8_t(ports.size() + 1)}}, false});
    commit();
  }
  const Tables& commit() {  // puts `config` in force as it is now
    tables = compile(config, ports, steering, hash_key, rows, states, tables.get(), ++revision);
    return *tables;
  }
  const Service& service(const std::string& name) {
    for (const Service& each : tables->services)
      if (each.name == name) return each;
    ensure(false);
    return tables->services.front();
  }
  ServerState& server(const std::string& name, const std::string& pool = "web") {
    return states[rows.find_server(pool, name)];
  }

  config::Config config;
  std::vector<PortFacts> ports;
  std::shared_ptr<const Steering> steering;
  HashKey hash_key{{7, 7, 7}};
  RowRegistry rows;
  ServerStates states;
  std::unique_ptr<const Tables> tables;
  std::uint64_t revision = 0;
};

// One interface "eth0" with 10.0.0.1/24, pool "web" of `servers` servers s0, s1 ... of weight 1, service "web"
// 203.0.113.10:80/tcp.
inline config::Config one_service(std::size_t servers, config::Scheduler scheduler = config::Scheduler::rr) {
  config::Config config;
  config.interfaces["eth0"].addresses = {*parse_prefix("10.0.0.1/24"), *parse_prefix("2001:db8:a::1/64")};
  for (std::size_t i = 0; i < servers; ++i)
    config.pools["web"].servers["s" + std::to_string(i)].address = IpAddr::v4(0x0a000064 + std::uint32_t(i));
  config::Service& service = config.services["web"];
  service.address = *parse_ip("203.0.113.10");
  service.ports = {80, 80};
  service.pool = "web";
  service.scheduler = scheduler;
  return config;
}

}  // namespace poise::datapath
