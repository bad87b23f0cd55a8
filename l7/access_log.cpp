#include "l7/access_log.hpp"

#include "l7/report/httplog.hpp"
#include "l7/report/json_log.hpp"
#include "l7/session/session.hpp"

namespace poise::l7 {
namespace {

using report::LogFacts;

template <class State>
std::uint32_t sessions_of(const State& state) {
  std::uint64_t sum = 0;
  for (const auto& local : state.local) sum += local.stats.sessions.now();
  return std::uint32_t(sum);
}

void put_counts(const Session& session, LogFacts& facts) {
  facts.connections.process = facts.connections.frontend = sessions_of(*session.frontend->state);
  if (session.backend != nullptr) facts.connections.backend = sessions_of(*session.backend->state);
  if (session.picked != nullptr) facts.connections.server = sessions_of(*session.picked->state);
  facts.queued = {session.server_queue, session.backend_queue};
}

LogFacts facts_of(const Session& session, Instant now) {
  LogFacts facts;
  facts.mode = session.frontend->mode == Mode::http ? LogFacts::Mode::http : LogFacts::Mode::tcp;
  facts.client = session.ends.source;
  facts.client_port = session.ends.source_port;
  facts.frontend = session.frontend->name;
  facts.backend = session.backend != nullptr ? session.backend->name : session.frontend->name;
  if (session.picked != nullptr) facts.server = session.picked->name;
  if (session.is_stats) facts.server = "<STATS>";
  const auto now_ms = std::uint32_t(now.time_since_epoch() / std::chrono::milliseconds(1));
  const std::int64_t whole_ms = now_ms - session.began_ms;
  facts.timers = {session.request_ms, session.queue_ms, session.connect_ms, session.response_ms, whole_ms, whole_ms};
  facts.status = session.status == 0 ? -1 : session.status;
  facts.bytes_read = session.bytes_out;
  facts.termination = {char(session.cause), session.ended_in, session.cookie_seen, session.cookie_done};
  if (!session.request_cookie.empty()) facts.request_cookie = session.request_cookie;
  if (!session.response_cookie.empty()) facts.response_cookie = session.response_cookie;
  put_counts(session, facts);
  facts.retries = session.retries_done;
  facts.is_redispatched = session.is_redispatched;
  if (!session.line.empty()) facts.request = session.line;
  return facts;
}

}  // namespace

void AccessLog::set_wall_clock(Duration offset, std::int16_t utc_offset_minutes) {
  wall_offset_ns_.store(offset.count(), std::memory_order_relaxed);
  utc_offset_minutes_.store(utc_offset_minutes, std::memory_order_relaxed);
}

std::size_t AccessLog::poll(const std::function<void(const Line& line)>& take) {
  std::size_t count = 0;
  for (; count < lines_max; ++count) {
    const Line* line = ring_.front();
    if (line == nullptr) break;
    take(*line);
    ring_.release();
  }
  return count;
}

void AccessLog::finished(const Session& session, Instant now) {
  Line* line = ring_.slot();
  if (line == nullptr) return lost_.add();
  LogFacts facts = facts_of(session, now);
  const Duration since_1970 = now.time_since_epoch() + Duration(wall_offset_ns_.load(std::memory_order_relaxed)) -
                              std::chrono::milliseconds(facts.timers.active);
  facts.accepted = {std::chrono::duration_cast<std::chrono::microseconds>(since_1970),
                    utc_offset_minutes_.load(std::memory_order_relaxed)};
  // Captured texts stand in the session as they were cut.
  std::array<std::string_view, 8> requests, responses;
  const bool has_request = session.request_ms >= 0;
  const auto captured = [&](const auto& rules, const auto& texts, auto& views) {
    for (std::size_t i = 0; i < rules.size(); ++i) views[i] = texts[i];
    return LogFacts::Captures{has_request && !rules.empty(), {views.data(), rules.size()}};
  };
  facts.request_captures = captured(session.frontend->request_captures, session.captured_requests, requests);
  facts.response_captures = captured(session.frontend->response_captures, session.captured_responses, responses);
  report::LineWriter writer(line->text);
  if (session.frontend->log_format == config::AccessLogFormat::json)
    report::format_json(facts, writer);
  else if (session.frontend->log_format == config::AccessLogFormat::http)
    report::format_httplog(facts, writer);
  else
    report::format_tcplog(facts, writer);
  line->targets = session.frontend->log_targets;
  line->length = std::uint16_t(writer.text().size());
  ring_.commit();
}

}  // namespace poise::l7
