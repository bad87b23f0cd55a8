#include "control/background.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "config/types/result.hpp"

namespace poise::control {
namespace {

constexpr int niceness = 10;

// It shares the core of control's thread, which is to come first whenever it wakes, whatever policy that was given.
void step_back() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  const sched_param none{};
  (void)sched_setscheduler(0, SCHED_BATCH, &none);  // without them it works all the same, only less smoothly
  (void)setpriority(PRIO_PROCESS, id_t(gettid()), niceness);
}

}  // namespace

Background::Background(Tick tick) : tick_(std::move(tick)), thread_([this] { loop(); }) {}

Background::~Background() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Background::loop() {
  step_back();
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || (work_ != nullptr && !done_); });
    if (stopping_) return;
    lock.unlock();
    try {
      (*work_)();
    } catch (...) {
      thrown_ = std::current_exception();
    }
    lock.lock();
    done_ = true;
    changed_.notify_all();
  }
}

void Background::run(const std::function<void()>& work) {
  std::unique_lock lock(mutex_);
  ensure(work_ == nullptr);
  done_ = false;
  work_ = &work;
  changed_.notify_all();
  while (!done_) {
    if (part_ != nullptr) {
      lock.unlock();
      (*part_)();
      lock.lock();
      part_ = nullptr;
      changed_.notify_all();
      continue;
    }
    lock.unlock();
    const Duration wait = tick_();
    lock.lock();
    changed_.wait_for(lock, wait, [this] { return done_ || part_ != nullptr; });
  }
  work_ = nullptr;
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

void Background::on_control(const std::function<void()>& part) {
  std::unique_lock lock(mutex_);
  part_ = &part;
  changed_.notify_all();
  changed_.wait(lock, [this] { return part_ == nullptr; });
}

}  // namespace poise::control
