#include "control/proxy/kernel_checks.hpp"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace poise::control::proxy {

namespace asio = boost::asio;

KernelChecks::KernelChecks(std::function<Instant()> clock)
    : clock_(std::move(clock)),
      connections_(loop_,
                   [this] {
                     runner_.set_clock(clock_());
                     asio::post(loop_, [this] { arm(); });
                   }),
      runner_([this](const health::ConnectionTarget& target,
                     health::ConnectionEvents events) { return connections_.connect(target, std::move(events)); },
              [this](CheckFound found) {
                const std::lock_guard lock(mutex_);
                found_.push_back(std::move(found));
                has_found_ = true;
              }) {
  thread_ = std::thread([this] { loop_.run(); });
  pthread_setname_np(thread_.native_handle(), "poise-checks");
}

KernelChecks::~KernelChecks() {
  asio::post(loop_, [this] { loop_.stop(); });
  thread_.join();
}

void KernelChecks::begin(CheckId id, std::shared_ptr<const CheckPlan> plan) {
  asio::post(loop_, [this, id, plan = std::move(plan)] {
    runner_.begin(clock_(), id, plan);
    arm();
  });
}

void KernelChecks::cancel(CheckId id) {
  asio::post(loop_, [this, id] {
    runner_.cancel(id);
    arm();
  });
}

std::vector<CheckFound> KernelChecks::take_results() {
  if (!has_found_) return {};
  const std::lock_guard lock(mutex_);
  has_found_ = false;
  return std::exchange(found_, {});
}

void KernelChecks::turn() {
  runner_.on_deadline(clock_());
  arm();
}

void KernelChecks::arm() {
  const Instant due = runner_.deadline();
  if (due == never || due >= armed_) return;
  armed_ = due;
  timer_.expires_after(std::max(due - clock_(), Duration::zero()));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    armed_ = never;
    turn();
  });
}

}  // namespace poise::control::proxy
