#pragma once
#include <cstdint>
#include <string>

#include "config/model.hpp"
#include "config/types/time.hpp"
#include "control/health/probe.hpp"

namespace poise::control::health {

// Checker - when one target is probed, and what its verdicts make of it. Probes begin on slots that are whole intervals
// after one another, however long each takes: no drift, and no two at a time. Pure; time is a parameter.
class Checker {
 public:
  // `first`: when the first probe begins. `is_up`: what it is until probes say otherwise.
  Checker(const config::Check& check, Instant first, bool is_up);

  Instant deadline() const { return running_ ? never : next_; }  // of the next probe
  void on_started();
  // Whether the target came up or went down by it.
  bool on_verdict(Instant now, const Verdict& verdict);
  // A probe that could not even be made: says nothing about the target.
  void on_no_verdict(Instant now);

  bool is_up() const { return is_up_; }
  bool is_proven() const { return is_proven_; }  // there has been a verdict
  bool is_running() const { return running_; }
  std::uint32_t in_a_row() const { return in_a_row_; }  // verdicts against what it is
  // What it knows goes on with other settings.
  void continue_with(const config::Check& check) { check_ = check; }

 private:
  Duration interval() const;
  void schedule(Instant now);
  void turn(bool is_up);

  config::Check check_;
  Instant slot_, next_;
  bool is_up_, is_proven_ = false, running_ = false, is_retry_ = false;
  std::uint32_t in_a_row_ = 0;
  std::uint8_t retries_done_ = 0;
};

}  // namespace poise::control::health
