#include "control/proxy/event_loop.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <utility>

#include "config/types/result.hpp"

namespace poise::control::proxy {
namespace {

constexpr std::uint64_t own_token = ~0ull;

}  // namespace

EventLoop::EventLoop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_up_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  ensure(epoll_ >= 0 && wake_up_ >= 0 && watch(wake_up_, EPOLLIN, own_token));
}

EventLoop::~EventLoop() {
  ::close(wake_up_);
  ::close(epoll_);
}

bool EventLoop::watch(int fd, std::uint32_t events, std::uint64_t token) {
  epoll_event event{.events = events, .data = {.u64 = token}};
  return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0;
}

void EventLoop::change(int fd, std::uint32_t events, std::uint64_t token) {
  epoll_event event{.events = events, .data = {.u64 = token}};
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
}

void EventLoop::forget(int fd) { ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr); }

std::span<const epoll_event> EventLoop::wait(std::int64_t at_most_ms) {
  const int timeout = at_most_ms < 0 ? -1 : int(std::min<std::int64_t>(at_most_ms, INT_MAX));
  int count = std::max(::epoll_wait(epoll_, events_.data(), int(events_.size()), timeout), 0);
  for (int at = 0; at < count; ++at) {
    if (events_[std::size_t(at)].data.u64 != own_token) continue;
    std::uint64_t ignored = 0;
    [[maybe_unused]] const ssize_t read = ::read(wake_up_, &ignored, sizeof ignored);
    events_[std::size_t(at)] = events_[std::size_t(--count)];
    break;
  }
  return std::span(events_).first(std::size_t(count));
}

void EventLoop::post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  if (has_tasks_.exchange(true)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_up_, &one, sizeof one);
}

void EventLoop::run_tasks() {
  if (!has_tasks_.exchange(false)) return;
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    std::swap(tasks, tasks_);
  }
  for (const auto& task : tasks) task();
}

}  // namespace poise::control::proxy
