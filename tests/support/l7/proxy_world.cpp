#include "tests/support/l7/proxy_world.hpp"

#include <algorithm>
#include <span>

namespace poise::l7 {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t client_host = 0, proxy_host = 1, origin_host = 2;
constexpr std::uint32_t connections_max = 4096;

tcp::World::HostSettings settings_of(const IpAddr& address) {
  tcp::World::HostSettings settings;
  settings.stack.connections_max = connections_max;
  settings.stack.time_wait = 1s;
  settings.addresses = {address};
  return settings;
}

}  // namespace

// A connection is a Peer's from its first event on.
class ProxyWorld::Acceptor : public tcp::Application {
 public:
  Acceptor(ProxyWorld& world, std::uint16_t port) : world_(world), port_(port) {}
  void accept_by(std::function<void(Peer&)> accept) { accept_ = std::move(accept); }
  void opened(tcp::Handle handle) override {
    auto& peers = world_.origins[port_];
    peers.push_back(std::make_unique<Peer>(world_, origin_host));
    by_row_[handle.index] = peers.back().get();
    accept_(*peers.back());
    peers.back()->opened(handle);
  }
  void received(tcp::Handle handle, std::size_t readable) override { of(handle).received(handle, readable); }
  void room(tcp::Handle handle, std::size_t bytes) override { of(handle).room(handle, bytes); }
  void peer_finished(tcp::Handle handle) override { of(handle).peer_finished(handle); }
  void closed(tcp::Handle handle, tcp::Closed why) override { of(handle).closed(handle, why); }

 private:
  Peer& of(tcp::Handle handle) { return *by_row_.at(handle.index); }
  ProxyWorld& world_;
  const std::uint16_t port_;
  std::function<void(Peer&)> accept_;
  std::map<std::uint32_t, Peer*> by_row_;
};

void ProxyWorld::Peer::adopt(tcp::Handle handle) { handle_ = handle; }
void ProxyWorld::Peer::opened(tcp::Handle handle) {
  handle_ = handle;
  is_open = true;
  on_open(*this);
  push();
}
void ProxyWorld::Peer::received(tcp::Handle handle, std::size_t readable) {
  if (is_held_) return;
  std::string text(readable, '\0');
  world_.world.stack(host_).read(handle, {reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  came_bytes += text.size();
  if (keeps) came += text;
  on_data(*this);
}
void ProxyWorld::Peer::room(tcp::Handle, std::size_t) { push(); }
void ProxyWorld::Peer::peer_finished(tcp::Handle) { has_peer_finished = true; }
void ProxyWorld::Peer::closed(tcp::Handle, tcp::Closed why) {
  is_open = false;
  closed_as = why;
}
void ProxyWorld::Peer::say(std::string text) {
  to_send_ += text;
  if (is_open) world_.world.schedule(host_, 0s, [this] { push(); });
}
void ProxyWorld::Peer::finish() {
  wants_finish_ = true;
  if (is_open) world_.world.schedule(host_, 0s, [this] { push(); });
}
void ProxyWorld::Peer::reset() {
  world_.world.schedule(host_, 0s, [this] { world_.world.stack(host_).abort(handle_); });
}
void ProxyWorld::Peer::hold(bool is_held) {
  is_held_ = is_held;
  world_.world.stack(host_).pause(handle_, is_held);
}
void ProxyWorld::Peer::push() {
  tcp::Stack& stack = world_.world.stack(host_);
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(to_send_.data()), to_send_.size());
  if (!to_send_.empty()) to_send_.erase(0, stack.send_copy(handle_, bytes));
  if (to_send_.empty() && wants_finish_) stack.finish(handle_);
}

ProxyWorld::ProxyWorld() : world(Instant(1h), 1) {
  for (const IpAddr& address : {client_address(), proxy_address(), origin_address()}) world.add(settings_of(address));
  transport_ = std::make_unique<StackTransport>(world.stack(proxy_host), *this);
  const Proxy::Settings settings{.connections_max = connections_max, .log = this};
  proxy_ = std::make_unique<Proxy>(*transport_, settings, world.now());
  world.drive(proxy_host, *this);
  world.stack(proxy_host).listen(proxy_address(), http_port, *proxy_);
}

ProxyWorld::~ProxyWorld() = default;

void ProxyWorld::turn(Instant now) { proxy_->advance(now); }
Instant ProxyWorld::deadline() const { return proxy_->deadline(); }

void ProxyWorld::finished(const Session& session, Instant) {
  Ended end;
  end.frontend = session.frontend->name;
  if (session.backend != nullptr) end.backend = session.backend->name;
  if (session.picked != nullptr) end.server = session.picked->name;
  end.line = session.line;
  end.status = session.status;
  end.state = {char(session.cause), session.ended_in, session.cookie_seen, session.cookie_done};
  end.request_cookie = session.request_cookie;
  end.response_cookie = session.response_cookie;
  end.bytes_out = session.bytes_out;
  end.request_ms = session.request_ms;
  end.queue_ms = session.queue_ms;
  end.connect_ms = session.connect_ms;
  end.response_ms = session.response_ms;
  end.retries = session.retries_done;
  end.is_redispatched = session.is_redispatched;
  end.captures = session.captured_requests[0] + "|" + session.captured_responses[0];
  ended.push_back(end);
}

ProxyWorld::Peer& ProxyWorld::connect(std::uint16_t port) {
  clients.push_back(std::make_unique<Peer>(*this, client_host));
  Peer* peer = clients.back().get();
  world.schedule(client_host, 0s, [this, peer, port] {
    const auto handle = world.stack(client_host).connect({client_address(), proxy_address(), port, 0}, *peer);
    if (!handle) return world.fail("a client can't connect");
    peer->adopt(*handle);
  });
  return *peer;
}

void ProxyWorld::serve(std::uint16_t port, std::function<void(Peer&)> accept) {
  std::unique_ptr<Acceptor>& acceptor = acceptors_[port];  // connections stay its own
  if (acceptor == nullptr) acceptor = std::make_unique<Acceptor>(*this, port);
  acceptor->accept_by(std::move(accept));
  world.stack(origin_host).listen(origin_address(), port, *acceptors_[port]);
}

void ProxyWorld::stop_serving(std::uint16_t port) { world.stack(origin_host).stop_listening(origin_address(), port); }

Tables& ProxyWorld::begin_tables(Mode mode, std::size_t count) {
  next_ = std::make_shared<Tables>();
  auto backend = std::make_unique<Backend>();
  backend->name = "servers";
  backend->mode = mode;
  backend->state = backend_state_.get();
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i == server_states_.size()) server_states_.push_back(std::make_shared<ServerState>(1));
    Server server;
    server.name = "s" + std::to_string(i + 1);
    server.id = i + 1;
    server.address = origin_address();
    server.port = std::uint16_t(8001 + i);
    server.name_hash = i + 1;
    server.state = server_states_[i].get();
    backend->servers.push_back(server);
  }
  auto frontend = std::make_unique<Frontend>();
  frontend->name = "web";
  frontend->mode = mode;
  frontend->logs = true;
  frontend->backend = backend.get();
  frontend->state = frontend_state_.get();
  next_->backends.push_back(std::move(backend));
  next_->frontends.push_back(std::move(frontend));
  next_->bindings.push_back({proxy_address(), http_port, false, frontend_state_.get()});
  return *next_;
}

void ProxyWorld::apply() { proxy_->set_tables(next_); }

void ProxyWorld::run(Duration duration) { world.run_until(world.now() + duration); }

std::string ProxyWorld::ask(const std::string& request, Duration patience) {
  Peer& client = connect();
  client.say(request);
  run(patience);
  return client.came;
}

std::function<void(ProxyWorld::Peer&)> answers(std::string response) {
  return [response](ProxyWorld::Peer& peer) {
    peer.on_data = [response](ProxyWorld::Peer& each) {
      for (std::size_t end = each.came.find("\r\n\r\n"); end != std::string::npos; end = each.came.find("\r\n\r\n")) {
        each.came.erase(0, end + 4);
        each.say(response);
      }
    };
  };
}

}  // namespace poise::l7
