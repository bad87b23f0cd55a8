#pragma once
#include <map>
#include <memory>
#include <string>

#include "config/model.hpp"
#include "l7/tables.hpp"

namespace poise::l7 {

// States - what stays of frontends, backends and servers while configurations come and go, by name. A state is there as
// long as its name, or as tables that have it. Owner: control.
class States {
 public:
  explicit States(std::size_t proxies) : proxies_(proxies) {}
  std::size_t proxies() const { return proxies_; }

  std::shared_ptr<FrontendState> frontend(const std::string& name);
  std::shared_ptr<BackendState> backend(const std::string& name);
  std::shared_ptr<ServerState> server(const std::string& backend, const std::string& name);
  // Null: there is none.
  std::shared_ptr<ServerState> find_server(const std::string& backend, const std::string& name) const;
  void forget_all_but(const config::Config& config);

 private:
  const std::size_t proxies_;
  std::map<std::string, std::shared_ptr<FrontendState>> frontends_;
  std::map<std::string, std::shared_ptr<BackendState>> backends_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<ServerState>> servers_;
};

// The tables of one transport's proxies for a configuration that validate() has found good. Pure but for `states`.
std::shared_ptr<const Tables> compile(const config::Config& config, config::ProxyTransport transport,
                                      std::uint64_t revision, States& states);

}  // namespace poise::l7
