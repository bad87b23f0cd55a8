#include "datapath/compile.hpp"

#include "datapath/compiler.hpp"

namespace poise::datapath {

std::unique_ptr<const Tables> compile(const config::Config& config, const std::vector<PortFacts>& ports,
                                      std::shared_ptr<const Steering> steering, const HashKey& hash_key,
                                      RowRegistry& rows, ServerStates& states, const Tables* previous,
                                      std::uint64_t revision) {
  auto tables = std::make_unique<Tables>();
  tables->revision = revision;
  tables->hash_key = hash_key;
  tables->steering = std::move(steering);
  tables->forwarding = config.forwarding;
  tables->icmp = config.icmp;
  tables->embryonic_percent = config.memory.embryonic_percent;
  Compiler compiler{config, ports, rows, states, previous, *tables};
  compiler.add_interfaces();
  compiler.add_routes();
  compiler.add_virtual_routers();
  compiler.add_local_addresses();
  compiler.add_proxies();
  compiler.add_snat();
  compiler.number_paths();
  rows.begin();
  compiler.write_server_states();
  compiler.add_probed();
  compiler.add_services();
  rows.finish(states);
  compiler.keep_removed_rows();
  compiler.add_steering();
  compiler.write_real_facts();
  tables->service_table = ServiceTable(compiler.found_by);
  return tables;
}

}  // namespace poise::datapath
