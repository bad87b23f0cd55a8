#pragma once
#include <cstdint>
#include <functional>
#include <memory>

#include "l7/tables.hpp"
#include "l7/tcp/application.hpp"
#include "l7/transport.hpp"
#include "l7/wall_clock.hpp"

namespace poise::l7 {

struct ProxyCore;
struct Session;

// Finished - a session that is over, for its log line. Valid during the call.
class SessionLog {
 public:
  virtual ~SessionLog() = default;
  virtual void finished(const Session& session, Instant now) = 0;
};

// Proxy - the proxy of one core: HTTP/1.x and TCP sessions over a Transport. Sans-io: it is the application that the
// transport tells its events to, and acts through it; instants are given. Owner: one thread; tables come from control,
// states are shared with it. See docs/l7.md.
class Proxy final : public tcp::Application {
 public:
  struct Settings {
    std::size_t number = 0;             // which of the proxies: of the states' `local`
    std::uint32_t connections_max = 0;  // rows of the transport
    std::uint64_t seed = 1;
    ProcessState* process = nullptr;        // that all proxies share; null: this one has its own
    SessionLog* log = nullptr;              // null: nothing is logged
    const WallClock* wall_clock = nullptr;  // of dates in cookies; null: an Instant is one
  };
  Proxy(Transport& transport, const Settings& settings, Instant start);
  ~Proxy() override;

  // From the next session on. Listening is the owner's business: connections to what no binding names are reset.
  void set_tables(std::shared_ptr<const Tables> tables);
  // Before the events of a turn; and at the latest at deadline().
  void set_clock(Instant now);
  void advance(Instant now);
  Instant deadline() const;
  bool has_health_news() const;  // then advance() has something to do, whenever its deadline is

  // The content of the statistics page, for a target that begins with a frontend's stats_uri.
  using Page = std::function<std::string(const Tables& tables, const Frontend& frontend, std::string_view target)>;
  void set_stats_page(Page page);

  struct Usage {
    std::uint32_t clients = 0, servers = 0, idle = 0, sessions = 0, tables = 0;
  };
  Usage usage() const;
  std::uint32_t clients() const;  // of these alone, without looking at every connection
  std::uint32_t sessions() const;

  void opened(tcp::Handle handle) override;
  void received(tcp::Handle handle, std::size_t readable) override;
  void room(tcp::Handle handle, std::size_t bytes) override;
  void peer_finished(tcp::Handle handle) override;
  void spliced(tcp::Handle handle, std::uint64_t left) override;
  void closed(tcp::Handle handle, tcp::Closed why) override;

 private:
  std::unique_ptr<ProxyCore> core_;
};

}  // namespace poise::l7
