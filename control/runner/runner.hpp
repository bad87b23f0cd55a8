#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "config/types/result.hpp"
#include "control/runner/job.hpp"

namespace poise::control {

// Runner - poised's end of the process in which jobs are done. Nothing here waits: a job that does not fit into the
// socket fails at once. Thread: control's.
class Runner {
 public:
  // Forks the process: before EAL, before any thread.
  static Result<std::unique_ptr<Runner>> start();
  ~Runner();

  // `done` is called once, by poll() or at once when the job can't even be given away.
  using Done = std::function<void(const JobResult& result)>;
  void run(Job job, Done done);
  std::size_t poll();                         // how many results there were
  int descriptor() const { return socket_; }  // readable when there are results
  std::size_t running() const { return waiting_.size(); }
  bool is_alive() const { return socket_ >= 0; }

 private:
  explicit Runner(int socket) : socket_(socket) {}
  void fail_all();

  int socket_;
  std::uint64_t next_id_ = 1;
  std::map<std::uint64_t, Done> waiting_;
  std::vector<char> message_ = std::vector<char>(job_message_max);
};

}  // namespace poise::control
