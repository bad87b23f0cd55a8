#pragma once
#include <map>
#include <memory>
#include <string>

#include "config/model.hpp"
#include "l7/compile_rules.hpp"
#include "l7/tables.hpp"

namespace poise::l7 {

// States - what stays of frontends, backends and servers while configurations come and go, by name. A state is there as
// long as its name, or as tables that have it. Owner: control.
class States {
 public:
  // `stick_secret`: keys that clients choose cannot be aimed at one set of a stick table.
  explicit States(std::size_t proxies, const HashKey& stick_secret = {})
      : proxies_(proxies), stick_secret_(stick_secret) {}
  std::size_t proxies() const { return proxies_; }

  std::shared_ptr<FrontendState> frontend(const std::string& name);
  std::shared_ptr<BackendState> backend(const std::string& name);
  std::shared_ptr<ServerState> server(const std::string& backend, const std::string& name);
  // Null: there is none.
  std::shared_ptr<ServerState> find_server(const std::string& backend, const std::string& name) const;
  std::shared_ptr<BackendState> find_backend(const std::string& name) const;
  // The stick table that a configuration wants: the one that is there, if its shape stays, or a new one that takes over
  // what it can. Only this may be called beside control's thread. Throws std::bad_alloc.
  std::shared_ptr<stick::Table> make_stick_table(const config::Config& config, const std::string& name,
                                                 Instant now) const;
  using StickTables = std::map<std::string, std::shared_ptr<stick::Table>>;
  void set_stick_tables(const config::Config& config, StickTables tables);
  std::shared_ptr<stick::Table> stick_table(const std::string& name) const;  // null: there is none
  const StickTables& stick_tables() const { return stick_tables_; }
  stick::Table::Visit control_visit(Instant now) const;
  void forget_all_but(const config::Config& config);
  RuleFiles rule_files;  // of the configuration that is compiled next
  // For the proxies to look at once a turn.
  std::shared_ptr<std::atomic<std::uint32_t>> health_changes() const { return health_changes_; }

 private:
  const std::size_t proxies_;
  std::shared_ptr<std::atomic<std::uint32_t>> health_changes_ = std::make_shared<std::atomic<std::uint32_t>>(0);
  const HashKey stick_secret_;
  StickTables stick_tables_;
  std::map<std::string, std::shared_ptr<FrontendState>> frontends_;
  std::map<std::string, std::shared_ptr<BackendState>> backends_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<ServerState>> servers_;
};

// The tables of one transport's proxies for a configuration that validate() has found good. Pure but for `states`.
std::shared_ptr<const Tables> compile(const config::Config& config, config::ProxyTransport transport,
                                      std::uint64_t revision, States& states);

}  // namespace poise::l7
