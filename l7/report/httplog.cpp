#include "l7/report/httplog.hpp"

#include <initializer_list>

namespace poise::l7::report {
namespace {

// "127.0.0.1:35054 [24/Nov/2026:16:52:47.564] plain app/s1 "
void put_who(const LogFacts& facts, LineWriter& to) {
  const CivilTime time = civil_time(facts.accepted);
  to.address(facts.client);
  to.put(':');
  to.count(facts.client_port);
  to.put(" [");
  to.digits(time.day, 2);
  to.put('/');
  to.put(month_names[time.month - 1]);
  to.put('/');
  to.digits(time.year, 4);
  for (const std::uint32_t part : {time.hour, time.minute, time.second}) {
    to.put(':');
    to.digits(part, 2);
  }
  to.put('.');
  to.digits(time.microsecond / 1000, 3);
  to.put("] ");
  to.put(facts.frontend);
  if (facts.is_tls) to.put('~');
  to.put(' ');
  to.put(facts.backend);
  to.put('/');
  to.put(facts.server);
  to.put(' ');
}

void put_timers(std::initializer_list<std::int64_t> timers, LineWriter& to) {
  bool is_first = true;
  for (const std::int64_t timer : timers) {
    if (!is_first) to.put('/');
    to.number(timer);
    is_first = false;
  }
  to.put(' ');
}

// " 1/1/0/0/0 0/0"
void put_load(const LogFacts& facts, LineWriter& to) {
  const LogFacts::Connections& connections = facts.connections;
  to.put(' ');
  for (const std::uint32_t open :
       {connections.process, connections.frontend, connections.backend, connections.server}) {
    to.count(open);
    to.put('/');
  }
  if (facts.is_redispatched) to.put('+');
  to.count(facts.retries);
  to.put(' ');
  to.count(facts.queued.server);
  to.put('/');
  to.count(facts.queued.backend);
}

void put_captures(const LogFacts::Captures& captures, LineWriter& to) {
  if (!captures.is_logged) return;
  to.put(" {");
  for (std::size_t at = 0; at < captures.values.size(); ++at) {
    if (at != 0) to.put('|');
    put_escaped(to, captures.values[at], Escape::header);
  }
  to.put('}');
}

}  // namespace

void format_httplog(const LogFacts& facts, LineWriter& to) {
  const LogFacts::Timers& timers = facts.timers;
  put_who(facts, to);
  put_timers({timers.request, timers.queue, timers.connect, timers.response, timers.active}, to);
  to.number(facts.status);
  to.put(' ');
  to.count(facts.bytes_read);
  to.put(' ');
  put_escaped(to, facts.request_cookie, Escape::controls);
  to.put(' ');
  put_escaped(to, facts.response_cookie, Escape::controls);
  to.put(' ');
  to.put(std::string_view(facts.termination.data(), 4));
  put_load(facts, to);
  put_captures(facts.request_captures, to);
  put_captures(facts.response_captures, to);
  to.put(" \"");
  put_escaped(to, facts.request, Escape::request);
  to.put('"');
}

void format_tcplog(const LogFacts& facts, LineWriter& to) {
  put_who(facts, to);
  put_timers({facts.timers.queue, facts.timers.connect, facts.timers.total}, to);
  to.count(facts.bytes_read);
  to.put(' ');
  to.put(std::string_view(facts.termination.data(), 2));
  put_load(facts, to);
}

}  // namespace poise::l7::report
