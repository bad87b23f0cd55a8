#include "l7/tcp/congestion.hpp"

#include <algorithm>
#include <cmath>

namespace poise::l7::tcp {
namespace {

constexpr std::uint32_t beta_percent = 70, fast_convergence_percent = 85;  // CUBIC: beta, (1 + beta) / 2
constexpr std::uint32_t friendly_permille = 529;                           // alpha = 3 (1 - beta) / (1 + beta)
constexpr std::uint32_t slow_start_segments = 2;                           // L of RFC 3465
constexpr std::int64_t elapsed_most_ms = 100'000;                          // the cube of more would not fit
// RFC 9406 4.2.
constexpr std::uint32_t least_threshold_us = 4'000, most_threshold_us = 16'000, threshold_divisor = 8;
constexpr std::uint32_t samples_least = 8, growth_divisor = 4, conservative_rounds_most = 5;
constexpr std::uint32_t window_most = 1u << 30;

std::uint32_t clamped(std::uint64_t window) { return std::uint32_t(std::min<std::uint64_t>(window, window_most)); }

std::uint32_t percent(std::uint32_t value, std::uint32_t share) {
  return std::uint32_t(std::uint64_t(value) * share / 100);
}

// RFC 9406 4.2. False: slow start is over.
bool follow_round(SlowStartRound& round, const Acked& acked) {
  if (acked.round_trip_us != 0) {
    round.least_us = std::min(round.least_us, acked.round_trip_us);
    ++round.samples;
  }
  if (round.samples < samples_least || round.least_us == ~0u) return true;
  if (round.is_conservative) {
    if (round.least_us < round.baseline_us) round.is_conservative = false;  // a false alarm
    return true;
  }
  if (round.last_least_us == ~0u) return true;
  const std::uint32_t threshold =
      std::clamp(round.last_least_us / threshold_divisor, least_threshold_us, most_threshold_us);
  if (round.least_us >= round.last_least_us + threshold) {
    round.is_conservative = true;
    round.baseline_us = round.least_us;
    round.conservative_rounds = 0;
  }
  return true;
}

void begin_round(SlowStartRound& round, std::uint32_t end) {
  round.is_begun = true;
  round.end = end;
  round.last_least_us = round.least_us;
  round.least_us = ~0u;
  round.samples = 0;
}

}  // namespace

void Congestion::begin(CongestionAlgorithm algorithm, std::uint16_t mss) {
  *this = {};
  mss_ = mss;
  flags_ = algorithm == CongestionAlgorithm::cubic ? flag_cubic : 0;
  window_ = std::min(10u * mss, std::max(2u * mss, 14600u));
}

void Congestion::set_mss(std::uint16_t mss) {
  mss_ = mss;
  window_ = std::max<std::uint32_t>(window_, mss);
}

void Congestion::on_handshake_loss() { window_ = mss_; }

void Congestion::on_ack(const Acked& acked, SlowStartRound& round, std::uint32_t acked_to,
                        std::uint32_t next_sequence) {
  if (is_in_slow_start() && round.is_begun && std::int32_t(acked_to - round.end) >= 0) {
    if (round.is_conservative && ++round.conservative_rounds >= conservative_rounds_most) threshold_ = window_;
    round.is_begun = false;
  }
  if (is_in_slow_start() && !round.is_begun) begin_round(round, next_sequence);
  if (!acked.is_window_limited) {
    flags_ &= std::uint16_t(~flag_epoch);  // what is not used does not grow, and time does not count
    if (is_in_slow_start()) follow_round(round, acked);
    return;
  }
  if (is_in_slow_start())
    slow_start(acked, round);
  else
    avoid(acked);
}

void Congestion::slow_start(const Acked& acked, SlowStartRound& round) {
  follow_round(round, acked);
  std::uint32_t growth = std::min(acked.bytes, slow_start_segments * mss_);
  if (round.is_conservative) growth /= growth_divisor;
  window_ = clamped(std::uint64_t(window_) + growth);
}

void Congestion::begin_epoch(std::uint32_t now_us) {
  flags_ |= flag_epoch;
  epoch_us_ = now_us;
  credit_ = 0;
  friendly_ = window_;
  if (window_ >= most_) {
    most_ = window_;
    plateau_ms_ = 0;
  } else {
    const double segments = double(most_ - window_) / mss_;
    plateau_ms_ = std::uint32_t(1000 * std::cbrt(segments / 0.4));
  }
}

// RFC 9438 4.2, figure 1: where the window should be a round trip from now.
std::uint32_t Congestion::cubic_target(const Acked& acked) const {
  const std::int64_t elapsed_ms = (std::uint64_t(acked.now_us - epoch_us_) + acked.smoothed_us) / 1000;
  const std::int64_t from_plateau =
      std::clamp<std::int64_t>(elapsed_ms - plateau_ms_, -elapsed_most_ms, elapsed_most_ms);
  const std::int64_t cube = from_plateau * from_plateau * from_plateau;
  const std::int64_t target = std::int64_t(most_) + cube / 1'000'000 * 4 * mss_ / 10'000;
  return std::uint32_t(std::clamp<std::int64_t>(target, window_, std::int64_t(window_) * 3 / 2));
}

void Congestion::avoid(const Acked& acked) {
  if (!has(flag_cubic)) {
    credit_ += acked.bytes;
    if (credit_ < window_) return;
    credit_ -= window_;
    window_ = clamped(std::uint64_t(window_) + mss_);
    return;
  }
  if (!has(flag_epoch) || acked.now_us - epoch_us_ > 0x7fffffff) begin_epoch(acked.now_us);
  const std::uint64_t growth = std::uint64_t(acked.bytes) * (cubic_target(acked) - window_) + credit_;
  credit_ = std::uint32_t(growth % window_);
  const std::uint64_t permille = friendly_ >= most_ ? 1000 : friendly_permille;
  friendly_ = clamped(friendly_ + permille * acked.bytes * mss_ / window_ / 1000);
  window_ = clamped(window_ + growth / window_);
  window_ = std::max(window_, friendly_);
}

// The threshold after a loss: of NewReno half of what was in flight, of CUBIC 70 % (RFC 5681 3.1, RFC 9438 4.6
// and 4.7).
std::uint32_t Congestion::reduced(std::uint32_t flight) {
  flags_ &= std::uint16_t(~flag_epoch);
  credit_ = 0;
  if (!has(flag_cubic)) return std::max(flight / 2, least());
  most_ = window_ < most_ ? percent(window_, fast_convergence_percent) : window_;
  return std::max(percent(flight, beta_percent), least());
}

void Congestion::on_recovery_begins(std::uint32_t flight, std::uint32_t, RecoveryEpisode& episode) {
  episode = {.flight_at_begin = std::max(flight, 1u),
             .window_before = window_,
             .threshold_before = threshold_,
             .most_before = most_};
  threshold_ = reduced(flight);
}

// RFC 9937 (and RFC 6937 3.1): what leaves the network is replaced in the proportion of the reduction.
void Congestion::on_recovery_ack(std::uint32_t delivered, std::uint32_t pipe, bool is_loss_free,
                                 RecoveryEpisode& episode) {
  episode.delivered += delivered;
  std::int64_t sending = 0;
  if (pipe > threshold_) {
    const std::uint64_t share = std::uint64_t(episode.delivered) * threshold_ + episode.flight_at_begin - 1;
    sending = std::int64_t(share / episode.flight_at_begin) - episode.sent;
  } else {
    std::int64_t limit = std::max<std::int64_t>(std::int64_t(episode.delivered) - episode.sent, delivered);
    if (is_loss_free) limit += mss_;
    sending = std::min<std::int64_t>(threshold_ - pipe, limit);
  }
  sending = std::max<std::int64_t>(sending, episode.sent == 0 ? mss_ : 0);
  window_ = clamped(std::uint64_t(pipe) + std::uint64_t(sending));
}

void Congestion::on_recovery_sent(std::uint32_t bytes, RecoveryEpisode& episode) { episode.sent += bytes; }

void Congestion::on_recovery_ends(std::uint32_t) { window_ = std::max<std::uint32_t>(threshold_, mss_); }

void Congestion::on_timeout(std::uint32_t flight, std::uint32_t, bool is_first, RecoveryEpisode& episode) {
  if (is_first) {
    episode = {.flight_at_begin = std::max(flight, 1u),
               .window_before = window_,
               .threshold_before = threshold_,
               .most_before = most_};
    threshold_ = reduced(flight);
  }
  window_ = mss_;
}

void Congestion::undo(RecoveryEpisode& episode) {
  if (episode.window_before == 0) return;
  window_ = std::max(window_, episode.window_before);
  threshold_ = std::max(threshold_, episode.threshold_before);
  most_ = std::max(most_, episode.most_before);
  flags_ &= std::uint16_t(~flag_epoch);
  episode = {};
}

void Congestion::on_congestion_mark(std::uint32_t flight, std::uint32_t) {
  threshold_ = reduced(std::min(flight, window_));
  window_ = threshold_;
}

void Congestion::on_idle(std::uint32_t idle_us, std::uint32_t timeout_us) {
  const std::uint32_t initial = std::min(10u * mss_, std::max(2u * mss_, 14600u));
  if (threshold_ != ~0u) threshold_ = std::max(threshold_, percent(window_, 75));
  for (std::uint32_t rounds = idle_us / std::max(timeout_us, 1u); rounds > 0 && window_ > initial; --rounds)
    window_ = std::max(window_ / 2, initial);
  flags_ &= std::uint16_t(~flag_epoch);
}

}  // namespace poise::l7::tcp
