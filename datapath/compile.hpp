#pragma once
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "config/model.hpp"
#include "datapath/server_states.hpp"
#include "datapath/tables.hpp"

namespace poise::datapath {

// What a device told when it was opened, in the order of the configuration's interfaces (by name).
struct PortFacts {
  std::string name;
  MacAddr mac;
  bool hardware_rss = false;   // the device hashes with Steering::key() and table()
};

// RowRegistry - gives services, reals and servers rows that stay theirs as long as a flow may name them. Owner: control.
// A removed server's rows are marked removed and reused only after its connection count has been zero (see recycle).
class RowRegistry {
 public:
  ServiceIndex service(const std::string& name);
  ServerIndex server(const std::string& pool, const std::string& server);
  RealIndex real(const std::string& service, const std::string& pool, const std::string& server);
  void begin();                                  // of a compile: everything is unclaimed until asked for
  void finish(ServerStates& states);             // unclaimed rows become `removed`
  bool recycle(const ServerStates& states);      // frees removed rows without connections; true: some were (compile again)
  ServerIndex find_server(const std::string& pool, const std::string& server) const;

 private:
  friend struct Compiler;
  struct Row {
    std::string key;
    std::uint32_t index = 0;
    bool claimed = false;
  };
  std::map<std::string, Row> services_, servers_, reals_;
  std::vector<std::uint32_t> free_services_, free_servers_, free_reals_;
  std::uint32_t next_service_ = 0, next_server_ = 0, next_real_ = 0;
};

// Config (valid, see config/validate.hpp) -> Tables. `previous` (may be null) lends unchanged Maglev tables, rows of removed reals and the
// path generation. Writes weight, limit and administrative status of every server into `states`.
std::unique_ptr<const Tables> compile(const config::Config& config, const std::vector<PortFacts>& ports,
                                      std::shared_ptr<const Steering> steering, const HashKey& hash_key, RowRegistry& rows,
                                      ServerStates& states, const Tables* previous, std::uint64_t revision);

}  // namespace poise::datapath
