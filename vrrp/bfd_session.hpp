#pragma once
#include <cstdint>
#include <optional>

#include "vrrp/bfd_packet.hpp"

namespace poise::vrrp {

// BfdSession - a heartbeat with one peer: asynchronous mode of BFD (RFC 5880 6.8), without echo and authentication.
// Sans-io; the jitter that the RFC asks for is drawn from the seed. Owner: control.
class BfdSession {
 public:
  struct Settings {
    std::uint32_t discriminator = 1;  // ours, not 0
    Duration interval = std::chrono::milliseconds(5);
    std::uint8_t multiplier = 3;
    std::uint64_t seed = 1;
    bool operator==(const Settings&) const = default;
  };
  explicit BfdSession(const Settings& settings) : settings_(settings), random_(settings.seed * 2 + 1) {}

  struct Outcome {
    std::optional<BfdPacket> send;
    bool went_up = false, went_down = false;
    bool silent = false;  // went down because nothing came, not because the peer said so
  };
  void start(Instant now) { send_at_ = now; }
  Outcome on_packet(Instant now, const BfdPacket& packet);
  Outcome on_deadline(Instant now);  // calling early is harmless
  Outcome stop(Instant now);         // tells the peer that the silence is meant
  Instant deadline() const { return std::min(send_at_, detect_at_); }

  BfdState state() const { return state_; }
  // While up: what we send keeps the peer content until then.
  std::optional<Instant> peer_patience() const;
  Duration send_interval() const;
  Duration detection_time() const;  // after so long without a packet the session is down

 private:
  BfdPacket packet() const;
  void go_down(std::uint8_t diagnostic);
  void arm_sending(Instant now);

  Settings settings_;
  std::uint64_t random_;
  BfdState state_ = BfdState::down;
  std::uint8_t diagnostic_ = 0;
  std::uint32_t your_discriminator_ = 0;
  std::uint8_t your_multiplier_ = 1;
  Duration your_min_tx_{}, your_min_rx_ = std::chrono::seconds(1);
  bool polling_ = false, restarted_ = false;
  Instant send_at_ = never, detect_at_ = never, sent_at_{};
};

}  // namespace poise::vrrp
