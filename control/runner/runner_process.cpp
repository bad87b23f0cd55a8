#include "control/runner/runner_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <vector>

#include "control/runner/child.hpp"

namespace poise::control {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t children_max = 128;
constexpr auto time_to_end = 1s;  // between SIGTERM and SIGKILL

class RunnerProcess {
 public:
  explicit RunnerProcess(int socket) : socket_(socket) {}
  int run();

 private:
  struct Child {
    std::uint64_t job = 0;
    pid_t process = 0;
    int report = -1;
    Clock::time_point deadline;
    bool timed_out = false;
  };
  void take_job();
  void start(const Job& job);
  void reap();
  void end_late_children();
  void answer(const JobResult& result);
  int patience() const;

  int socket_, children_ended_ = -1;
  bool poised_is_gone_ = false;
  std::vector<Child> children_;
  std::vector<char> message_ = std::vector<char>(job_message_max);
};

int RunnerProcess::run() {
  sigset_t ended;
  sigemptyset(&ended);
  sigaddset(&ended, SIGCHLD);
  sigprocmask(SIG_BLOCK, &ended, nullptr);
  children_ended_ = signalfd(-1, &ended, SFD_CLOEXEC | SFD_NONBLOCK);
  while (!poised_is_gone_ || !children_.empty()) {
    pollfd waited[] = {{poised_is_gone_ ? -1 : socket_, POLLIN, 0}, {children_ended_, POLLIN, 0}};
    if (poll(waited, 2, patience()) < 0 && errno != EINTR) return 1;
    if (waited[1].revents != 0) reap();
    if (waited[0].revents != 0) take_job();
    end_late_children();
  }
  return 0;
}

// Milliseconds until a child is late; -1: none runs.
int RunnerProcess::patience() const {
  if (children_.empty()) return -1;
  const auto first = std::min_element(children_.begin(), children_.end(),
                                      [](const Child& a, const Child& b) { return a.deadline < b.deadline; });
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(first->deadline - Clock::now()).count();
  return int(std::clamp<std::int64_t>(left, 0, 60'000));
}

void RunnerProcess::take_job() {
  const ssize_t length = recv(socket_, message_.data(), message_.size(), MSG_DONTWAIT);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (length <= 0) {
    poised_is_gone_ = true;
    return;
  }
  if (const auto job = read_job({message_.data(), std::size_t(length)})) start(*job);
}

void RunnerProcess::start(const Job& job) {
  if (children_.size() >= children_max)
    return answer({job.id, JobResult::Outcome::unavailable, "too many programs run at once"});
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
    return answer({job.id, JobResult::Outcome::unavailable, std::string("pipe: ") + std::strerror(errno)});
  const Result<pid_t> started = start_child(job, ends[1]);
  close(ends[1]);
  if (!started) {
    close(ends[0]);
    return answer({job.id, JobResult::Outcome::unavailable, to_string(started.error())});
  }
  children_.push_back({job.id, *started, ends[0], Clock::now() + std::chrono::milliseconds(job.timeout_ms), false});
}

void RunnerProcess::reap() {
  signalfd_siginfo info;
  while (read(children_ended_, &info, sizeof info) > 0) {
  }
  int status = 0;
  while (const pid_t ended = waitpid(-1, &status, WNOHANG)) {
    if (ended < 0) return;
    const auto child =
        std::find_if(children_.begin(), children_.end(), [ended](const Child& each) { return each.process == ended; });
    if (child == children_.end()) continue;
    char text[512];
    const ssize_t length = read(child->report, text, sizeof text);
    JobResult result{child->job, JobResult::Outcome::failed,
                     std::string(text, std::size_t(std::max<ssize_t>(length, 0)))};
    if (child->timed_out)
      result.outcome = JobResult::Outcome::timed_out;
    else if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
      result.outcome = JobResult::Outcome::done;
    else if (result.text.empty())
      result.text = WIFEXITED(status) ? "exit code " + std::to_string(WEXITSTATUS(status))
                                      : "ended by signal " + std::to_string(WTERMSIG(status));
    close(child->report);
    children_.erase(child);
    answer(result);
  }
}

void RunnerProcess::end_late_children() {
  const Clock::time_point now = Clock::now();
  for (Child& child : children_) {
    if (now < child.deadline) continue;
    kill(-child.process, child.timed_out ? SIGKILL : SIGTERM);  // with whatever it has started
    child.timed_out = true;
    child.deadline = now + time_to_end;
  }
}

void RunnerProcess::answer(const JobResult& result) {
  const std::string message = write_result(result);
  if (!poised_is_gone_ && send(socket_, message.data(), message.size(), MSG_NOSIGNAL) < 0) poised_is_gone_ = true;
}

}  // namespace

int run_jobs(int socket) {
  prctl(PR_SET_NAME, "poise-runner");
  // Nothing of poised's stays open here: its lock ends with it, and whoever reads its output sees the end of it.
  const int nothing = open("/dev/null", O_RDWR);
  for (int descriptor = 0; descriptor <= 2; ++descriptor) dup2(nothing, descriptor);
  constexpr int kept = 3;
  dup2(socket, kept);
  close_range(kept + 1, ~0u, 0);
  setsid();  // Ctrl-C at the terminal is poised's
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) std::signal(number, SIG_IGN);
  return RunnerProcess(kept).run();
}

}  // namespace poise::control
