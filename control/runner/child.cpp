#include "control/runner/child.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "control/runner/mail.hpp"

namespace poise::control {
namespace {

constexpr std::size_t file_beginning = 64;

void report_failure(int report, const std::string& text) {
  if (write(report, text.data(), text.size()) < 0) _exit(127);  // nobody reads any more
}

// "": safe. Otherwise the path that somebody else than root may change.
std::string unsafe_part(const std::string& program) {
  std::error_code error;
  for (std::filesystem::path path = std::filesystem::canonical(program, error); !error; path = path.parent_path()) {
    struct stat status{};
    if (stat(path.c_str(), &status) != 0) return path.string();
    const bool sticky_folder = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
    if (status.st_uid != 0 || ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky_folder)) return path.string();
    if (path == path.root_path()) return "";
  }
  return program;
}

// Becomes the user that the job names. False: reported.
bool become(const Job& job, int report) {
  if (geteuid() != 0) return true;
  const passwd* user = getpwnam(job.user.c_str());
  if (user == nullptr) {
    report_failure(report, "no user is named " + job.user);
    return false;
  }
  if (user->pw_uid == 0) {
    const std::string unsafe = unsafe_part(job.command[0]);
    if (unsafe.empty()) return true;
    report_failure(report, unsafe + " may be changed by others than root: not run as root");
    return false;
  }
  if (initgroups(user->pw_name, user->pw_gid) == 0 && setgid(user->pw_gid) == 0 && setuid(user->pw_uid) == 0)
    return true;
  report_failure(report, std::string("can't become ") + job.user + ": " + std::strerror(errno));
  return false;
}

[[noreturn]] void run_program(const Job& job, int report) {
  if (!become(job, report)) _exit(126);
  std::vector<char*> arguments;
  for (const std::string& argument : job.command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  std::vector<char*> environment{path};
  for (const std::string& variable : job.environment) environment.push_back(const_cast<char*>(variable.c_str()));
  environment.push_back(nullptr);
  execve(job.command[0].c_str(), arguments.data(), environment.data());
  report_failure(report, job.command[0] + ": " + std::strerror(errno));
  _exit(127);
}

[[noreturn]] void read_beginning(const Job& job, int report) {
  const int file = open(job.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  char bytes[file_beginning];
  const ssize_t length = file < 0 ? -1 : read(file, bytes, sizeof bytes);
  if (length < 0) {
    report_failure(report, job.path + ": " + std::strerror(errno));
    _exit(1);
  }
  report_failure(report, std::string(bytes, std::size_t(length)));
  _exit(0);
}

[[noreturn]] void send(const Job& job, int report) {
  const std::string problem = send_mail(job);
  if (!problem.empty()) report_failure(report, problem);
  _exit(problem.empty() ? 0 : 1);
}

// What is inherited ends here, except what the report goes to.
void forget_the_parent(int report) {
  setsid();
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD}) std::signal(number, SIG_DFL);
  const int nothing = open("/dev/null", O_RDWR);
  for (int descriptor = 0; descriptor <= 2; ++descriptor) dup2(nothing, descriptor);
  const int kept = fcntl(report, F_DUPFD_CLOEXEC, 3);
  dup2(kept, 3);
  fcntl(3, F_SETFD, FD_CLOEXEC);
  close_range(4, ~0u, 0);
  umask(022);
}

}  // namespace

Result<pid_t> start_child(const Job& job, int report) {
  const pid_t child = fork();
  if (child < 0) return fail("fork", std::strerror(errno), "");
  if (child > 0) return child;
  forget_the_parent(report);
  if (job.kind == Job::Kind::read) read_beginning(job, 3);
  if (job.kind == Job::Kind::mail) send(job, 3);
  run_program(job, 3);
}

}  // namespace poise::control
