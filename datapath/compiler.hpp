#pragma once
#include <map>
#include <string>
#include <vector>

#include "datapath/compile.hpp"

namespace poise::datapath {

// Compiler - the state of one compile(): what goes in, and the tables that come out. Control thread; lives for one
// call. The steps are in the order in which they need one another; each is a function in compile_network.cpp or
// compile_services.cpp.
struct Compiler {
  const config::Config& config;
  const std::vector<PortFacts>& facts;
  RowRegistry& rows;
  ServerStates& states;
  const Tables* previous;  // may be null
  Tables& tables;
  std::map<std::string, InterfaceIndex> interfaces_by_name{};
  std::vector<ServiceTable::Row> found_by{};  // Tables::service_table in the making
  std::map<std::uint64_t, std::shared_ptr<const std::vector<std::uint16_t>>>
      maglev_tables{};  // by digest of their inputs

  // compile_network.cpp
  void add_interfaces();
  void add_routes();
  void add_virtual_routers();
  void add_local_addresses();
  void add_snat();
  void number_paths();  // Tables::path_generation

  // compile_services.cpp
  void write_server_states();
  void add_probed();
  void add_services();
  void keep_removed_rows();
  void add_steering();
  void write_real_facts();

  // compile_proxy.cpp
  void add_proxies();

  // parts of the above
  InterfaceIndex add_interface(Interface interface);
  void add_vlans(PortIndex port, const config::Interface& from);
  Hop hop_of(const config::NextHop& via) const;
  InterfaceIndex interface_of_subnet(const IpAddr& address) const;  // 0xffff: none
  std::uint16_t snat_pool_row(const std::string& name) const;
  void add_servers(Service& service, const config::Service& from);
  void bind_everywhere(bool v4, std::uint16_t port, const std::string& frontend);
  void share_maglev_table(Service& service, const config::Pool& pool);
};

}  // namespace poise::datapath
