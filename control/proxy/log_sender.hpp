#pragma once
#include <map>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "l7/access_log.hpp"
#include "l7/health/log_line.hpp"

namespace poise::control::proxy {

// LogSender - sends lines to syslog servers, over UDP, without ever waiting. Thread: control's.
class LogSender {
 public:
  LogSender();
  ~LogSender();
  LogSender(const LogSender&) = delete;
  LogSender& operator=(const LogSender&) = delete;

  void apply(const std::map<std::string, config::LogServer>& servers);
  // `now`: since 1970.
  void send(const l7::AccessLog::Line& line, Duration now, std::int16_t utc_offset_minutes);
  // To all servers: a line about health.
  void send(const l7::health::LogLine& line, Duration now, std::int16_t utc_offset_minutes);
  std::uint64_t sent() const { return sent_; }
  std::uint64_t lost() const { return lost_; }  // that the kernel did not take

 private:
  struct Header {
    config::SyslogLevel level;
    Duration now;
    std::int16_t utc_offset_minutes;
  };
  void send_to(const config::LogServer& server, const Header& header, std::string_view text);

  std::vector<config::LogServer> servers_;  // by name: the bits of Frontend::log_targets
  int socket_v4_ = -1, socket_v6_ = -1;
  std::uint64_t sent_ = 0, lost_ = 0;
};

}  // namespace poise::control::proxy
