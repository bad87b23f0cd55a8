#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "l7/session/proxy.hpp"
#include "l7/session/session.hpp"
#include "tests/support/tcp/world.hpp"

namespace poise::l7 {

// Ended - a session as its log line would tell it.
struct Ended {
  std::string frontend, backend, server, line;
  unsigned status = 0;
  std::string state;  // the four letters
  std::string request_cookie, response_cookie;
  std::uint64_t bytes_out = 0;
  std::int64_t request_ms = -1, queue_ms = -1, connect_ms = -1, response_ms = -1, total_ms = -1;
  std::uint32_t retries = 0;
  bool is_redispatched = false;
  std::string captures;  // the first of the request and of the response
};

// ProxyWorld - clients, a Proxy on a Stack of its own, and origins, on virtual time: host 0 is where clients are, host
// 1 the proxy's, host 2 the origins'.
class ProxyWorld : public tcp::World::Driver, public SessionLog, public StackTransport::Sources {
 public:
  ProxyWorld();
  ~ProxyWorld() override;

  static IpAddr client_address() { return *parse_ip("192.0.2.1"); }
  static IpAddr proxy_address() { return *parse_ip("192.0.2.2"); }
  static IpAddr origin_address() { return *parse_ip("192.0.2.3"); }
  static constexpr std::uint16_t http_port = 80;

  // One connection, at a client or at an origin, as what came and what is to be sent. What is said before the
  // connection is open waits.
  class Peer : public tcp::Application {
   public:
    Peer(ProxyWorld& world, std::size_t host) : world_(world), host_(host) {}
    void say(std::string text);
    void finish();
    void reset();
    void hold(bool is_held);  // reads no more
    std::string came;
    std::uint64_t came_bytes = 0;  // also when it keeps none
    bool keeps = true;
    bool is_open = false, has_peer_finished = false;
    std::optional<tcp::Closed> closed_as;
    std::function<void(Peer&)> on_data = [](Peer&) {};
    std::function<void(Peer&)> on_open = [](Peer&) {};

    void adopt(tcp::Handle handle);
    void opened(tcp::Handle handle) override;
    void received(tcp::Handle handle, std::size_t readable) override;
    void room(tcp::Handle handle, std::size_t bytes) override;
    void peer_finished(tcp::Handle handle) override;
    void closed(tcp::Handle handle, tcp::Closed why) override;

   private:
    void push();
    ProxyWorld& world_;
    const std::size_t host_;
    tcp::Handle handle_;
    std::string to_send_;
    bool wants_finish_ = false, is_held_ = false;
  };
  Peer& connect(std::uint16_t port = http_port);
  // Connections to a port of the origins' host are shown to `accept`.
  void serve(std::uint16_t port, std::function<void(Peer&)> accept);
  void stop_serving(std::uint16_t port);

  // The usual tables: frontend "web" on port 80, backend "servers" with s1, s2... at ports 8001, 8002...
  Tables& begin_tables(Mode mode, std::size_t servers);
  Frontend& web() { return *next_->frontends.at(0); }
  const Tables& tables() { return *next_; }
  Backend& servers() { return *next_->backends.at(0); }
  void apply();  // what begin_tables began

  // A client that asks once and waits so long; what came.
  std::string ask(const std::string& request, Duration patience = std::chrono::seconds(120));
  void run(Duration duration);
  tcp::World world;
  std::vector<Ended> ended;
  std::vector<std::unique_ptr<Peer>> clients;
  std::map<std::uint16_t, std::vector<std::unique_ptr<Peer>>> origins;
  Proxy& proxy() { return *proxy_; }
  ServerState& state(std::size_t server) { return *server_states_.at(server); }
  BackendState& backend_state() { return *backend_state_; }
  FrontendState& frontend_state() { return *frontend_state_; }

 private:
  class Acceptor;
  void turn(Instant now) override;
  Instant deadline() const override;
  void finished(const Session& session, Instant now) override;
  std::optional<IpAddr> source_to(const IpAddr&) override { return proxy_address(); }

  std::unique_ptr<StackTransport> transport_;
  std::unique_ptr<Proxy> proxy_;
  std::map<std::uint16_t, std::unique_ptr<Acceptor>> acceptors_;
  std::shared_ptr<Tables> next_;
  std::shared_ptr<FrontendState> frontend_state_ = std::make_shared<FrontendState>(1);
  std::shared_ptr<BackendState> backend_state_ = std::make_shared<BackendState>(1);
  std::vector<std::shared_ptr<ServerState>> server_states_;
};

// What an origin says to every request that it gets whole.
std::function<void(ProxyWorld::Peer&)> answers(std::string response);

}  // namespace poise::l7
