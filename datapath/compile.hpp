#pragma once
#include <functional>
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
  bool hardware_rss = false;  // the device hashes with Steering::key() and table()
};

// RowRegistry - gives services, reals and servers rows that stay theirs as long as a flow may name them. Owner:
// control. A removed server's rows are marked removed and reused only after its connection count has been zero (see
// recycle).
class RowRegistry {
 public:
  // ~0 when every row is taken (limits::services, servers, reals), removed ones included: what asked is left out of the
  // tables.
  ServiceIndex service(const std::string& name);
  ServerIndex server(const std::string& pool, const std::string& server);
  // `end` is the server's address and port: when they change it is another real, and flows to the old end belong to a
  // removed one.
  RealIndex real(const std::string& service, const std::string& pool, const std::string& server,
                 const std::string& end);
  void begin();                       // of a compile: everything is unclaimed until asked for
  void finish(ServerStates& states);  // unclaimed rows become `removed`
  // Frees removed rows without connections and without flows (`has_flows` also knows those in time_wait, which are no
  // connections but still name the row); true: some were (compile again). Only once all workers use the tables made
  // since finish.
  bool recycle(const ServerStates& states, const std::function<bool(RealIndex)>& has_flows = nullptr);
  bool has_removed() const { return has_removed_; }  // rows that recycle may free
  ServerIndex find_server(const std::string& pool, const std::string& server) const;

  // Rows that nobody asked for in this compile but that flows may still name; one past the highest row ever given out.
  std::vector<ServiceIndex> removed_services() const;
  std::vector<RealIndex> removed_reals() const;
  std::size_t service_rows() const { return services_.next; }
  std::size_t real_rows() const { return reals_.next; }

 private:
  struct Row {
    std::uint32_t index = 0;
    bool claimed = false;
    std::uint32_t service = ~0u, server = ~0u;  // of a real: the rows it keeps from being reused
  };
  struct Rows {
    std::map<std::string, Row> by_key;
    std::vector<std::uint32_t> free;
    std::uint32_t next = 0;
    Row* claim(const std::string& key, std::size_t limit);
    template <class May>
    bool release_if(May&& may);
    template <class Index>
    std::vector<Index> unclaimed() const;
  };
  Rows services_, servers_, reals_;
  bool has_removed_ = false;
};

// Config (valid, see config/validate.hpp) -> Tables. `previous` (may be null) lends unchanged Maglev tables, rows of
// removed reals and the path generation. Writes weight, limit and administrative status of every server into `states`.
std::unique_ptr<const Tables> compile(const config::Config& config, const std::vector<PortFacts>& ports,
                                      std::shared_ptr<const Steering> steering, const HashKey& hash_key,
                                      RowRegistry& rows, ServerStates& states, const Tables* previous,
                                      std::uint64_t revision);

}  // namespace poise::datapath
