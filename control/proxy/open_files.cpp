#include "control/proxy/open_files.hpp"

#include <sys/resource.h>

#include <algorithm>

#include "config/types/result.hpp"

namespace poise::control::proxy {

namespace {

constexpr std::uint64_t kept = 1024;

}  // namespace

std::uint64_t raise_open_files() {
  rlimit limit{};
  ensure(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(setrlimit(RLIMIT_NOFILE, &limit));  // if it can't be, what is said below is as it was
  ensure(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  return limit.rlim_cur;
}

std::uint32_t connections_within(std::uint64_t open_files, std::uint32_t wanted) {
  const std::uint64_t left = open_files - std::min(kept, open_files / 2);
  return std::uint32_t(std::min<std::uint64_t>(left, wanted));
}

}  // namespace poise::control::proxy
