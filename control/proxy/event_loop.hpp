#pragma once
#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

namespace poise::control::proxy {

// EventLoop - what a thread of the proxy waits for: its sockets, and tasks from other threads. Every socket is watched
// once, from its beginning to its end. All but post() is for the loop's own thread.
class EventLoop {
 public:
  static constexpr std::size_t events_max = 256;  // at once
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // False: the kernel has no memory for it. `token` comes with its events; closing the socket ends it, or forget()
  // while another descriptor keeps it open.
  bool watch(int fd, std::uint32_t events, std::uint64_t token);
  void change(int fd, std::uint32_t events, std::uint64_t token);
  void forget(int fd);
  // Waits until something happens, at most so long; negative: for ever. Valid until the next call.
  std::span<const epoll_event> wait(std::int64_t at_most_ms);
  // From any thread: is done by the loop's thread, in order, when it calls run_tasks().
  void post(std::function<void()> task);
  void run_tasks();

 private:
  const int epoll_, wake_up_;
  std::array<epoll_event, events_max> events_;
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;
  std::atomic<bool> has_tasks_{false};
};

}  // namespace poise::control::proxy
