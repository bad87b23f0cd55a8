#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "control/neighbor_frames.hpp"
#include "datapath/engine.hpp"
#include "vrrp/bfd_session.hpp"

namespace poise::control {

// Heartbeats - the shell of the BFD sessions with other nodes (RFC 5880, 5881): packets in and out through the workers,
// and word of who has fallen silent. Thread: control's.
class Heartbeats {
 public:
  struct Hooks {
    std::function<std::optional<MacAddr>(InterfaceIndex interface, const IpAddr& peer)> mac_of;
    std::function<void(const std::string& name, bool up)> changed;
    std::function<void(InterfaceIndex interface, const IpAddr& peer, Duration interval)> silent;
  };
  Heartbeats(datapath::Engine& engine, Hooks hooks) : engine_(engine), hooks_(std::move(hooks)) {}

  void apply(Instant now, const config::Config& config);  // after Engine::apply; sessions that stay are not touched
  void on_packet(Instant now, InterfaceIndex interface, std::span<const std::uint8_t> frame);
  void on_deadline(Instant now);
  Instant deadline() const;
  void stop(Instant now);  // peers are told that the silence is meant

  // Until when no peer on the interface misses us; nothing when no session is up there.
  std::optional<Instant> peers_patience(InterfaceIndex interface) const;

  // Whether a session is up with the node that this is an address of: of the session itself, or one of advert_sources.
  bool lives(const IpAddr& address) const;

  struct Row {
    std::string name;
    config::VrrpHeartbeat settings;
    InterfaceIndex interface;
    IpAddr source;
    vrrp::BfdSession session;
    Instant changed_at{};
    std::uint64_t sent = 0, received = 0, lost = 0;  // lost: times the peer fell silent
  };
  const std::vector<Row>& rows() const { return rows_; }

 private:
  void carry_out(Instant now, Row& row, const vrrp::BfdSession::Outcome& outcome);
  void send(Row& row, const vrrp::BfdPacket& packet);

  datapath::Engine& engine_;
  Hooks hooks_;
  std::vector<Row> rows_;
  std::vector<Link> links_;
  std::uint32_t next_discriminator_ = 1;
};

}  // namespace poise::control
