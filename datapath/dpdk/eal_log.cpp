#include "datapath/dpdk/eal_log.hpp"

#include <rte_log.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <deque>
#include <mutex>
#include <utility>

namespace poise::datapath::dpdk {
namespace {

constexpr std::size_t complaints_max = 4, line_max = 300;

// What net_tap says at every start of a tap: it goes without traffic classes, flow rules and secondary processes, and
// so do we.
constexpr std::array<std::string_view, 4> harmless{"tap_nl_dump_ext_ack", "multiq qdisc", "Disabling rte flow",
                                                   "tap_mp_req_on_rxtx"};

bool is_harmless(std::string_view line) {
  return std::any_of(harmless.begin(), harmless.end(),
                     [&](std::string_view part) { return line.find(part) != std::string_view::npos; });
}

// State of the process-wide log stream.
struct Log {
  std::mutex mutex;
  LogLine line;
  std::string unfinished;
  std::deque<std::string> complaints;

  void take(std::string_view text) {
    const std::lock_guard lock(mutex);
    for (const char character : text) {
      if (character != '\n') {
        if (unfinished.size() < line_max) unfinished += character;
        continue;
      }
      finish_line();
    }
  }
  void finish_line() {
    const std::string finished = std::exchange(unfinished, {});
    if (finished.empty() || is_harmless(finished)) return;
    if (line) line(finished);
    if (complaints.size() == complaints_max) complaints.pop_front();
    complaints.push_back(finished);
  }
};

Log& log() {
  static Log* const forever = new Log();  // DPDK's threads may log while the process exits
  return *forever;
}

ssize_t write_log(void*, const char* text, std::size_t length) {
  log().take({text, length});
  return ssize_t(length);
}

}  // namespace

void capture_eal_log(LogLine line) {
  static std::FILE* const stream = [] {
    std::FILE* file = fopencookie(nullptr, "w", {nullptr, write_log, nullptr, nullptr});
    if (file != nullptr) setvbuf(file, nullptr, _IOLBF, 1024);
    return file;
  }();
  {
    const std::lock_guard lock(log().mutex);
    log().line = std::move(line);
  }
  if (stream != nullptr) rte_openlog_stream(stream);
}

std::string take_complaints() {
  const std::lock_guard lock(log().mutex);
  std::string all;
  for (const std::string& complaint : log().complaints) all += (all.empty() ? "" : "; ") + complaint;
  log().complaints.clear();
  return all;
}

}  // namespace poise::datapath::dpdk
