#include "control/proxy/log_sender.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/udp.hpp>

#include "control/proxy/socket_addresses.hpp"
#include "l7/report/syslog.hpp"

namespace poise::control::proxy {
namespace {

constexpr std::size_t datagram_max = 4096;

}  // namespace

LogSender::LogSender()
    : socket_v4_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      socket_v6_(::socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {}

LogSender::~LogSender() {
  for (const int fd : {socket_v4_, socket_v6_})
    if (fd >= 0) ::close(fd);
}

void LogSender::apply(const std::map<std::string, config::LogServer>& servers) {
  servers_.clear();
  for (const auto& [name, server] : servers) servers_.push_back(server);
}

void LogSender::send_to(const config::LogServer& server, const Header& wanted, std::string_view text) {
  if (server.level < wanted.level) return;
  std::array<char, datagram_max> room;
  l7::report::LineWriter writer(room);
  const std::string tag = server.tag.value_or("poise");
  const l7::report::SyslogHeader header{
      .facility = std::uint8_t(server.facility),
      .level = std::uint8_t(wanted.level),
      .now = {std::chrono::duration_cast<std::chrono::microseconds>(wanted.now), wanted.utc_offset_minutes},
      .tag = tag,
      .pid = std::uint32_t(::getpid())};
  if (server.format == config::SyslogFormat::rfc3164)
    put_rfc3164_header(header, writer);
  else
    put_rfc5424_header(header, writer);
  writer.put(text);
  writer.end_line();
  const auto to = endpoint_of(server.address, server.port);
  const int fd = server.address.is_v4() ? socket_v4_ : socket_v6_;
  const auto count =
      ::sendto(fd, writer.text().data(), writer.text().size(), MSG_NOSIGNAL, to.data(), socklen_t(to.size()));
  ++(count < 0 ? lost_ : sent_);
}

void LogSender::send(const l7::AccessLog::Line& line, Duration now, std::int16_t utc_offset_minutes) {
  for (std::size_t i = 0; i < servers_.size(); ++i)
    if ((line.targets >> i & 1) != 0)
      send_to(servers_[i], {config::SyslogLevel::info, now, utc_offset_minutes}, line.view());
}

void LogSender::send(const l7::health::LogLine& line, Duration now, std::int16_t utc_offset_minutes) {
  for (const config::LogServer& server : servers_)
    send_to(server, {config::SyslogLevel(line.level), now, utc_offset_minutes}, line.text);
}

}  // namespace poise::control::proxy
