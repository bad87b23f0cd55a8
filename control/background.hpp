#pragma once
#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include "config/types/time.hpp"

namespace poise::control {

// Background - a thread for work that would hold up control's: reading and checking a document, compiling tables,
// waiting for the disk. Control's thread calls run() and goes on ticking in there until the work is done, so that
// adverts and heartbeats leave in time. As no handler of the API and no other work runs meanwhile, the work may read
// everything that a tick leaves alone; what ticks touch it changes by on_control(). run() and is_busy(): control's
// thread. on_control(): the work's.
class Background {
 public:
  using Tick = std::function<Duration()>;  // returns how long it can wait for the next one
  explicit Background(Tick tick);
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  // Returns when the work is done; what it throws is thrown here. Not while other work is under way.
  void run(const std::function<void()>& work);
  // Runs `part` on control's thread, and waits for it.
  void on_control(const std::function<void()>& part);
  bool is_busy() const { return work_ != nullptr; }
  bool is_here() const { return std::this_thread::get_id() == thread_.get_id(); }  // in the work

 private:
  void loop();

  Tick tick_;
  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* work_ = nullptr;  // written by control's thread only
  const std::function<void()>* part_ = nullptr;
  std::exception_ptr thrown_;
  bool done_ = false, stopping_ = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace poise::control
