#pragma once
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "control/neighbor_frames.hpp"
#include "datapath/engine.hpp"
#include "vrrp/routers.hpp"

namespace poise::control {

// VirtualRouters - the shell of the VRRP machine: gives it time, packets and the configuration, and carries out what it
// decides: frames sent, addresses held by the workers, the operator told. Thread: control's.
class VirtualRouters {
 public:
  struct Hooks {
    // Somebody's state changed; in order.
    std::function<void(const vrrp::RouterSettings& router, const vrrp::Changed& changed)> changed;
    // The MAC address of the next hop towards a unicast peer, and the interface; nothing while it is not known (it is
    // being asked for).
    struct NextHop {
      InterfaceIndex interface;
      MacAddr mac;
    };
    std::function<std::optional<NextHop>(const IpAddr& peer)> next_hop;
    // Until when no peer on the interface misses our heartbeat; nothing: none is watched that closely. Held addresses
    // fall silent then, because the peer may claim them.
    std::function<std::optional<Instant>(InterfaceIndex interface)> peers_patience;
  };
  VirtualRouters(datapath::Engine& engine, Hooks hooks) : engine_(engine), hooks_(std::move(hooks)) {}

  void apply(Instant now, const config::Config& config);  // after Engine::apply of the same configuration
  void on_packet(Instant now, InterfaceIndex interface, std::span<const std::uint8_t> frame);
  void on_link(Instant now, PortIndex port, bool up);
  void on_peer_silent(Instant now, InterfaceIndex interface, const IpAddr& peer, Duration interval);
  void on_deadline(Instant now);  // what is due, and the holds; call it every tick: a hold ends by itself
  Instant deadline() const { return routers_.deadline(); }
  void stop(Instant now) { carry_out(now, routers_.stop(now)); }
  bool is_stopped() const { return routers_.is_stopped(); }
  bool switch_over(Instant now, const std::string& instance);  // false: there is no master of that name here

  const vrrp::Routers& routers() const { return routers_; }
  struct Transition {
    Instant at;
    vrrp::Changed changed;
  };
  const std::deque<Transition>& history(std::size_t router) const { return rows_[router].history; }
  Instant entered(std::size_t router) const { return rows_[router].entered; }

 private:
  struct Row {  // beside the row of Routers
    HoldIndex hold{0xffff};
    MacAddr mac;
    bool held = false;
    Instant linger{};  // traffic is taken until then, after a release
    Instant entered{};
    std::deque<Transition> history;  // the last ones
  };
  void carry_out(Instant now, const vrrp::Routers::Outputs& outputs);
  void send(std::size_t router, std::uint8_t priority);
  void send_packet(std::size_t router, const vrrp::Bytes& packet);
  void announce(std::size_t router);
  void extend(Instant now, std::size_t router);
  void find_holds();

  datapath::Engine& engine_;
  Hooks hooks_;
  vrrp::Routers routers_;
  std::vector<Row> rows_;
  std::vector<Link> links_;
  std::vector<bool> links_down_;  // by port
};

// The virtual routers of a configuration on these interfaces; one whose interface is not there is left out.
std::vector<vrrp::RouterSettings> routers_of(const config::Config& config, const datapath::Tables& tables);

}  // namespace poise::control
