#pragma once
#include <cstdint>

namespace poise::l7::tcp {

enum class CongestionAlgorithm : std::uint8_t { new_reno, cubic };

// What an acknowledgment tells congestion control. Bytes, and microseconds of the stack's clock, which wraps.
struct Acked {
  std::uint32_t bytes = 0;          // newly acknowledged, cumulatively (and selectively, in PRR)
  std::uint32_t flight_before = 0;  // in flight before it came
  std::uint32_t now_us = 0;
  std::uint32_t round_trip_us = 0;  // measured by it; 0: none
  std::uint32_t smoothed_us = 0;    // SRTT; 0: unknown
  bool is_window_limited = false;   // the sender was held back by this window since (RFC 7661 in the small)
};

// RecoveryEpisode - what PRR (RFC 9937) keeps of one fast recovery, and what an undo goes back to. Exists while
// something is in flight.
struct RecoveryEpisode {
  std::uint32_t flight_at_begin = 0, delivered = 0, sent = 0;
  std::uint32_t window_before = 0, threshold_before = 0, most_before = 0;  // 0: nothing to go back to
};

// SlowStartRound - what HyStart++ (RFC 9406) keeps while in slow start.
struct SlowStartRound {
  std::uint32_t end = 0;  // sequence number that ends the round
  std::uint32_t least_us = ~0u, last_least_us = ~0u, baseline_us = 0;
  std::uint16_t samples = 0;
  std::uint8_t conservative_rounds = 0;
  bool is_conservative = false, is_begun = false;
};

// Congestion - the congestion window of one connection: NewReno (RFC 5681, RFC 6582) or CUBIC (RFC 9438), IW10 (RFC
// 6928), PRR-SSRB (RFC 9937), HyStart++ (RFC 9406), undo of what proved spurious (RFC 4015, RFC 9438 4.9). Knows
// nothing of segments; at most 32 bytes, as every connection has one. Sans-io.
class Congestion {
 public:
  void begin(CongestionAlgorithm algorithm, std::uint16_t mss);  // IW = min(10 MSS, max(2 MSS, 14600))
  void set_mss(std::uint16_t mss);                               // the path's MTU is another
  void on_handshake_loss();  // the SYN or SYN-ACK was lost: one segment (RFC 5681 3.1)

  std::uint32_t window() const { return window_; }  // bytes; in recovery by PRR what may be in flight now
  std::uint32_t slow_start_threshold() const { return threshold_; }  // bytes; ~0u: none yet
  bool is_in_slow_start() const { return window_ < threshold_; }

  // Outside of recovery. `next_sequence` is SND.NXT, and `acked_to` SND.UNA, for the rounds of HyStart++.
  void on_ack(const Acked& acked, SlowStartRound& round, std::uint32_t acked_to, std::uint32_t next_sequence);

  // Fast recovery. `flight`: bytes outstanding when it begins. In between on_recovery_ack per acknowledgment:
  // `delivered` bytes newly acknowledged or SACKed, `pipe` after it, `is_loss_free`: it shows progress and no further
  // loss; sets window() to pipe + what PRR allows. on_recovery_sent: what was sent.
  void on_recovery_begins(std::uint32_t flight, std::uint32_t now_us, RecoveryEpisode& episode);
  void on_recovery_ack(std::uint32_t delivered, std::uint32_t pipe, bool is_loss_free, RecoveryEpisode& episode);
  void on_recovery_sent(std::uint32_t bytes, RecoveryEpisode& episode);
  void on_recovery_ends(std::uint32_t pipe);

  // RFC 5681 3.1: ssthresh from the flight, once per loss event (`is_first`); one segment of window.
  void on_timeout(std::uint32_t flight, std::uint32_t now_us, bool is_first, RecoveryEpisode& episode);
  void undo(RecoveryEpisode&
                episode);  // the last reduction was for nothing (Eifel, D-SACK): window and threshold as before it
  void on_congestion_mark(std::uint32_t flight, std::uint32_t now_us);  // ECN-Echo: once a round trip (caller's)
  void on_idle(std::uint32_t idle_us,
               std::uint32_t timeout_us);  // RFC 9438 5.8 / RFC 2861: not below the initial window

 private:
  static constexpr std::uint16_t flag_cubic = 1, flag_epoch = 2;
  bool has(std::uint16_t flag) const { return (flags_ & flag) != 0; }
  void slow_start(const Acked& acked, SlowStartRound& round);
  void avoid(const Acked& acked);
  void begin_epoch(std::uint32_t now_us);
  std::uint32_t cubic_target(const Acked& acked) const;
  std::uint32_t reduced(std::uint32_t flight);
  std::uint32_t least() const { return 2u * mss_; }

  std::uint32_t window_ = 0, threshold_ = ~0u;
  std::uint32_t most_ = 0;                                      // CUBIC's W_max
  std::uint32_t epoch_us_ = 0, plateau_ms_ = 0, friendly_ = 0;  // t = 0, K, and W_est
  std::uint32_t credit_ = 0;                                    // of growth, less than a byte or than a segment
  std::uint16_t mss_ = 536, flags_ = 0;
};
static_assert(sizeof(Congestion) <= 32);

}  // namespace poise::l7::tcp
