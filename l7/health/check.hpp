#pragma once
#include <cstdint>

#include "config/types/time.hpp"
#include "l7/health/status.hpp"

namespace poise::l7::health {

// Check - when one server is checked, and what the results make of it, by HAProxy's counter: 0 to rise + fall - 1, up
// from `rise` on. A result of the other kind than the state moves it by one; what crosses `rise` goes to the far end.
// Pure; time is a parameter.
class Check {
 public:
  struct Settings {
    Duration inter = std::chrono::seconds(2), fast_inter = inter, down_inter = inter;
    std::uint16_t rise = 2, fall = 3;
    bool operator==(const Settings&) const = default;
  };
  enum class Start : std::uint8_t { up, fully_up, down, fully_down };

  // `first`: when the first check is due.
  Check(const Settings& settings, Start start, Instant first);
  // What it knows goes on with other settings.
  void continue_with(const Settings& settings);

  Instant deadline() const { return is_running_ || is_paused_ ? never : next_; }
  void on_started() { is_running_ = true; }
  // Whether the counter moved.
  bool on_result(Instant now, const Result& result);
  void on_no_result(Instant now);  // it could not even be made

  // Errors of clients' sessions: as HAProxy's on-error says.
  void fail_once();
  void make_fragile();       // one more failure takes it down
  void hurry(Instant now);   // the next check at the latest after fast_inter
  void set(bool is_up);      // an operator, or an agent, says so
  void pause();              // maintenance
  void resume(Instant now);  // up, until the check that follows at once says otherwise

  bool is_up() const { return health_ >= settings_.rise; }
  bool is_full() const { return health_ == most(); }
  bool is_running() const { return is_running_; }
  bool is_paused() const { return is_paused_; }
  std::uint32_t health() const { return health_; }
  const Settings& settings() const { return settings_; }
  // As in "UP 1/3": how far within the state it is, of how much.
  std::uint32_t steps_done() const { return is_up() ? health_ - settings_.rise + 1 : health_; }
  std::uint32_t steps() const { return is_up() ? settings_.fall : settings_.rise; }

 private:
  std::uint32_t most() const { return settings_.rise + settings_.fall - 1u; }
  Duration interval() const;

  Settings settings_;
  std::uint32_t health_ = 0;
  Instant next_;
  bool is_running_ = false, is_paused_ = false;
};

}  // namespace poise::l7::health
