#include "l7/health/check.hpp"

#include <algorithm>

namespace poise::l7::health {

Check::Check(const Settings& settings, Start start, Instant first) : settings_(settings), next_(first) {
  switch (start) {
    case Start::up:
      health_ = settings_.rise;
      break;
    case Start::fully_up:
      health_ = most();
      break;
    case Start::down:
      health_ = settings_.rise - 1u;
      break;
    case Start::fully_down:
      health_ = 0;
      break;
  }
}

void Check::continue_with(const Settings& settings) {
  const bool was_up = is_up(), was_full = is_full();
  const std::uint32_t done = steps_done();
  settings_ = settings;
  if (was_up)
    health_ = was_full ? most() : std::min<std::uint32_t>(settings_.rise + done - 1, most());
  else
    health_ = std::min<std::uint32_t>(done, settings_.rise - 1u);
}

Duration Check::interval() const {
  if (is_full()) return settings_.inter;
  return health_ == 0 ? settings_.down_inter : settings_.fast_inter;
}

void Check::on_no_result(Instant now) {
  is_running_ = false;
  next_ = now + interval();
}

bool Check::on_result(Instant now, const Result& result) {
  is_running_ = false;
  const std::uint32_t before = health_;
  switch (info_of(result.status).outcome) {
    case Outcome::failed:
      fail_once();
      break;
    case Outcome::passed:
    case Outcome::conditionally_passed:
      if (!is_full() && ++health_ >= settings_.rise) health_ = most();
      break;
    case Outcome::none:
    case Outcome::neutral:
      break;
  }
  next_ = now + interval();
  return health_ != before;
}

void Check::fail_once() {
  if (health_ > 0 && --health_ < settings_.rise) health_ = 0;
}

void Check::make_fragile() {
  if (health_ > settings_.rise) health_ = settings_.rise + 1u;
}

void Check::hurry(Instant now) { next_ = std::min(next_, now + settings_.fast_inter); }

void Check::set(bool is_up) { health_ = is_up ? most() : 0; }

void Check::pause() { is_paused_ = true; }

void Check::resume(Instant now) {
  is_paused_ = false;
  health_ = settings_.rise;
  next_ = now;
}

}  // namespace poise::l7::health
