#include "control/health/checker.hpp"

#include <utility>

namespace poise::control::health {

Checker::Checker(const config::Check& check, Instant first, bool is_up)
    : check_(check), slot_(first), next_(first), is_up_(is_up) {}

void Checker::on_started() {
  if (!is_retry_) slot_ = next_;
  running_ = true;
}

bool Checker::on_verdict(Instant now, const Verdict& verdict) {
  running_ = false;
  if (!verdict.passed && is_up_ && retries_done_ < check_.retries) {
    ++retries_done_;
    is_retry_ = true;
    next_ = now + std::chrono::milliseconds(check_.retry_delay_ms);
    return false;
  }
  const bool was_up = is_up_;
  const bool is_first = !std::exchange(is_proven_, true);
  in_a_row_ = verdict.passed == is_up_ ? 0 : in_a_row_ + 1;
  if (!is_up_ && verdict.passed && (is_first || in_a_row_ >= check_.rise)) turn(true);
  if (was_up && !verdict.passed && in_a_row_ >= check_.fall) turn(false);
  schedule(now);
  return is_up_ != was_up;
}

void Checker::on_no_verdict(Instant now) {
  running_ = false;
  schedule(now);
}

void Checker::turn(bool is_up) {
  is_up_ = is_up;
  in_a_row_ = 0;
}

Duration Checker::interval() const {
  const bool is_between = in_a_row_ != 0 || !is_proven_;
  const std::uint32_t of_state = is_up_ ? check_.interval_ms : check_.down_interval_ms.value_or(check_.interval_ms);
  return std::chrono::milliseconds(is_between ? check_.fast_interval_ms.value_or(check_.interval_ms) : of_state);
}

// The next slot that is not over yet: slots that a slow probe has missed are left out.
void Checker::schedule(Instant now) {
  is_retry_ = false;
  retries_done_ = 0;
  const Duration step = interval();
  next_ = slot_ + step;
  if (next_ < now) next_ += (now - next_ + step - Duration(1)) / step * step;
}

}  // namespace poise::control::health
