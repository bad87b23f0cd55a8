#pragma once
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "control/flight_recorder.hpp"
#include "control/neighbor_frames.hpp"
#include "datapath/engine.hpp"
#include "vrrp/routers.hpp"
#include "vrrp/tracking.hpp"

namespace poise::control {

// VirtualRouters - the shell of the VRRP machine: gives it time, packets and the configuration, and carries out what it
// decides: frames sent, addresses held by the workers, the operator told. Thread: control's.
class VirtualRouters {
 public:
  struct Hooks {
    std::function<Instant()> now;  // when a frame is handed to the engine: the loop's time, not the packet's it answers
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
    // Whether the node that advertises from this address is known to live, by a heartbeat on whatever link.
    std::function<bool(const IpAddr& source)> lives;
    std::function<void(const vrrp::RouterSettings& router, const std::string& split_brain, const IpAddr& other)> split;
    // What the things that are tracked make of an instance's configured priority.
    std::function<vrrp::Effect(const std::string& instance, std::uint8_t configured)> effect;
    std::function<bool(const std::string& instance)> tracks;  // anything besides its own link
  };
  VirtualRouters(datapath::Engine& engine, Hooks hooks) : engine_(engine), hooks_(std::move(hooks)) {}

  void apply(Instant now, const config::Config& config);  // after Engine::apply of the same configuration
  void on_packet(Instant now, InterfaceIndex interface, std::span<const std::uint8_t> frame);
  void on_link(Instant now, PortIndex port, bool up);
  void refresh_trackers(Instant now);  // something tracked may have changed
  // Is somebody else master of what we are master of? "heard": its adverts are; "suspected": it lives, and its adverts
  // are not heard; "": no. To be called now and then.
  void look_for_split_brains(Instant now);
  void on_peer_silent(Instant now, InterfaceIndex interface, const IpAddr& peer, Duration interval);
  void set_wall_clock(Instant now, Duration since_1970) {
    routers_.set_wall_clock(since_1970 - now.time_since_epoch());
  }
  Duration since_1970(Instant at) const { return routers_.wall(at); }
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
  const FlightRecorder& packets(std::size_t router) const { return rows_[router].packets; }
  Instant entered(std::size_t router) const { return rows_[router].entered; }
  const std::string& split_brain(std::size_t router) const { return rows_[router].split_brain; }
  std::uint64_t split_brains(std::size_t router) const { return rows_[router].split_brains; }  // how often

 private:
  struct Row {  // beside the row of Routers
    HoldIndex hold{0xffff};
    MacAddr mac;
    bool held = false, tracks = false, gone = false;
    Instant linger{};  // traffic is taken until then, after a release
    Instant entered{};
    std::string split_brain;
    std::uint64_t split_brains = 0;
    std::optional<IpAddr> replaced;  // the master that fell silent, and that we took over from
    std::deque<Transition> history;  // the last ones
    FlightRecorder packets;
  };
  void carry_out(Instant now, const vrrp::Routers::Outputs& outputs);
  void send(Instant now, std::size_t router, std::uint8_t priority);
  void send_packet(std::size_t router, const vrrp::Bytes& packet);
  void inject(std::size_t router, PortIndex port, const FrameBytes& frame);
  void announce(std::size_t router);
  void send_announcements();
  void extend(Instant now, std::size_t router);
  void find_holds();
  void refresh(Instant now);
  void refresh(Instant now, std::size_t router);

  datapath::Engine& engine_;
  Hooks hooks_;
  vrrp::Routers routers_;
  std::vector<Row> rows_;
  std::vector<Link> links_;
  std::vector<bool> links_down_;  // by port
  struct Announcement {
    std::size_t router;
    IpAddr address;
  };
  std::deque<Announcement> announcements_;  // to be sent; adverts go first
  std::size_t announcements_allowed_ = 0;   // in this tick
};

// The virtual routers of a configuration on these interfaces; one whose interface is not there is left out.
std::vector<vrrp::RouterSettings> routers_of(const config::Config& config, const datapath::Tables& tables);

}  // namespace poise::control
