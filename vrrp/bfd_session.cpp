#include "vrrp/bfd_session.hpp"

#include <algorithm>

namespace poise::vrrp {
namespace {

constexpr Duration slow = std::chrono::seconds(1);  // until both ends are up (RFC 5880 6.8.3)
enum Diagnostic : std::uint8_t { none = 0, time_expired = 1, neighbor_signaled_down = 3, administratively_down = 7 };

}  // namespace

BfdPacket BfdSession::packet() const {
  BfdPacket packet;
  packet.state = state_;
  packet.diagnostic = diagnostic_;
  packet.poll = polling_;
  packet.detect_multiplier = settings_.multiplier;
  packet.my_discriminator = settings_.discriminator;
  packet.your_discriminator = your_discriminator_;
  packet.desired_min_tx = state_ == BfdState::up ? settings_.interval : std::max(slow, settings_.interval);
  packet.required_min_rx = settings_.interval;
  return packet;
}

Duration BfdSession::send_interval() const {
  return std::max(state_ == BfdState::up ? settings_.interval : std::max(slow, settings_.interval), your_min_rx_);
}
Duration BfdSession::detection_time() const { return your_multiplier_ * std::max(settings_.interval, your_min_tx_); }

std::optional<Instant> BfdSession::peer_patience() const {
  if (state_ != BfdState::up || your_min_rx_ == Duration::zero()) return std::nullopt;
  return sent_at_ + settings_.multiplier * send_interval();
}

// 75 to 100 percent of the interval, at most 90 with a multiplier of 1 (RFC 5880 6.8.7).
void BfdSession::arm_sending(Instant now) {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  const int most = settings_.multiplier == 1 ? 15 : 25;
  sent_at_ = now;
  send_at_ = now + send_interval() * (75 + int(random_ % std::uint64_t(most + 1))) / 100;
  if (your_min_rx_ == Duration::zero() && state_ != BfdState::down) send_at_ = never;  // wants none (6.8.7)
}

void BfdSession::go_down(std::uint8_t diagnostic) {
  state_ = BfdState::down;
  diagnostic_ = diagnostic;
  detect_at_ = never;
  your_min_rx_ = slow;
  polling_ = restarted_ = false;
  if (diagnostic == time_expired) your_discriminator_ = 0;
}

BfdSession::Outcome BfdSession::on_packet(Instant now, const BfdPacket& heard) {
  if (state_ == BfdState::admin_down) return {};
  if (heard.your_discriminator != 0 && heard.your_discriminator != settings_.discriminator) return {};
  Outcome outcome;
  const BfdState before = state_;
  your_discriminator_ = heard.my_discriminator;
  your_multiplier_ = heard.detect_multiplier;
  your_min_tx_ = heard.desired_min_tx;
  your_min_rx_ = heard.required_min_rx;
  if (heard.final) polling_ = false;
  detect_at_ = now + detection_time();
  restarted_ = false;
  if (heard.state == BfdState::admin_down || (before == BfdState::up && heard.state == BfdState::down)) {
    if (before != BfdState::down) go_down(neighbor_signaled_down);
  } else if (before == BfdState::down) {
    if (heard.state == BfdState::down) state_ = BfdState::init;
    if (heard.state == BfdState::init) state_ = BfdState::up;
  } else if (before == BfdState::init && heard.state != BfdState::down) {
    state_ = BfdState::up;
  }
  outcome.went_up = before != BfdState::up && state_ == BfdState::up;
  outcome.went_down = before == BfdState::up && state_ != BfdState::up;
  if (outcome.went_up) {
    diagnostic_ = none;
    polling_ = true;  // our interval is another one now
  }
  if (heard.poll || state_ != before) {
    outcome.send = packet();
    outcome.send->final = heard.poll;
    if (heard.poll) outcome.send->poll = false;
    arm_sending(now);
  }
  return outcome;
}

BfdSession::Outcome BfdSession::on_deadline(Instant now) {
  Outcome outcome;
  if (now >= detect_at_) {
    if (now - detect_at_ > detection_time() / 2 && !restarted_) {  // we were away: the peer gets another chance
      restarted_ = true;
      detect_at_ = now + detection_time();
    } else {
      outcome.went_down = outcome.silent = state_ == BfdState::up;
      go_down(time_expired);
    }
  }
  if (now >= send_at_ || outcome.went_down) {
    outcome.send = packet();
    arm_sending(now);
  }
  return outcome;
}

BfdSession::Outcome BfdSession::stop(Instant now) {
  Outcome outcome;
  outcome.went_down = state_ == BfdState::up;
  go_down(administratively_down);
  state_ = BfdState::admin_down;
  outcome.send = packet();
  sent_at_ = now;
  send_at_ = never;
  return outcome;
}

}  // namespace poise::vrrp
