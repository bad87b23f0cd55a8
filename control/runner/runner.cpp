#include "control/runner/runner.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "control/runner/runner_process.hpp"

namespace poise::control {

Result<std::unique_ptr<Runner>> Runner::start() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return fail("runner", std::string("no socket: ") + std::strerror(errno));
  for (const int end : ends) {
    const int size = 4 * int(job_message_max);
    setsockopt(end, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  }
  const pid_t process = fork();
  if (process < 0) return fail("runner", std::string("can't be started: ") + std::strerror(errno));
  if (process == 0) {
    close(ends[0]);
    _exit(run_jobs(ends[1]));
  }
  close(ends[1]);
  return std::unique_ptr<Runner>(new Runner(ends[0]));
}

Runner::~Runner() {
  if (socket_ >= 0) close(socket_);
}

void Runner::run(Job job, Done done) {
  job.id = next_id_++;
  const std::string message = write_job(job);
  const bool fits = socket_ >= 0 && message.size() <= job_message_max;
  if (fits && send(socket_, message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
    waiting_.emplace(job.id, std::move(done));
    return;
  }
  const std::string why = socket_ < 0 ? "the process that runs programs is gone"
                          : !fits     ? "the job is too large"
                                      : std::string("too many jobs: ") + std::strerror(errno);
  done({job.id, JobResult::Outcome::unavailable, why});
}

std::size_t Runner::poll() {
  std::size_t count = 0;
  while (socket_ >= 0) {
    const ssize_t length = recv(socket_, message_.data(), message_.size(), MSG_DONTWAIT);
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) return count;
    if (length <= 0) {
      fail_all();
      return count;
    }
    ++count;
    const auto result = read_result({message_.data(), std::size_t(length)});
    if (!result) continue;
    const auto found = waiting_.find(result->id);
    if (found == waiting_.end()) continue;
    const Done done = std::move(found->second);
    waiting_.erase(found);
    done(*result);
  }
  return count;
}

void Runner::fail_all() {
  close(std::exchange(socket_, -1));
  for (const auto& [id, done] : std::exchange(waiting_, {}))
    done({id, JobResult::Outcome::unavailable, "the process that runs programs is gone"});
}

}  // namespace poise::control
