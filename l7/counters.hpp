#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace poise::l7 {

// Count - written by one thread, read by any: a relaxed store, which costs what a plain add costs.
class Count {
 public:
  void add(std::uint64_t amount = 1) { set(read() + amount); }
  void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  std::uint64_t read() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Gauge - how many there are now, and the most there ever were at once.
class Gauge {
 public:
  void rise() {
    now_.add();
    if (now_.read() > most_.read()) most_.set(now_.read());
  }
  void fall() { now_.set(now_.read() - 1); }
  std::uint64_t now() const { return now_.read(); }
  std::uint64_t most() const { return most_.read(); }

 private:
  Count now_, most_;
};

// Rate - events of the last second, as HAProxy reckons: those of this second, and of the one before as much as is left
// of it. And the most that it ever was, at an event. Milliseconds are the proxy's, which wrap.
class Rate {
 public:
  void add(std::uint32_t now_ms) {
    const std::uint32_t second = now_ms / 1000;
    if (second_.read() != second) {
      before_.set(second == second_.read() + 1 ? now_.read() : 0);
      now_.set(0);
      second_.set(second);
    }
    now_.add();
    if (const std::uint64_t rate = read(now_ms); rate > most_.read()) most_.set(rate);
  }
  std::uint64_t read(std::uint32_t now_ms) const {
    const std::uint64_t second = now_ms / 1000, left_ms = 1000 - now_ms % 1000;
    if (second_.read() == second) return now_.read() + before_.read() * left_ms / 1000;
    return second == second_.read() + 1 ? now_.read() * left_ms / 1000 : 0;
  }
  std::uint64_t most() const { return most_.read(); }

 private:
  Count second_, now_, before_, most_;
};

// Times - the mean of about the last 1,024 values (an exponential window, as HAProxy's), and the largest.
class Times {
 public:
  static constexpr std::uint64_t window = 1024;
  void add(std::uint64_t ms) {
    const std::uint64_t sum = sum_.read(), count = count_.read();
    sum_.set(count < window ? sum + ms : sum - sum / window + ms);
    if (count < window) count_.add();
    if (ms > most_.read()) most_.set(ms);
  }
  std::uint64_t sum() const { return sum_.read(); }
  std::uint64_t count() const { return count_.read(); }
  std::uint64_t most() const { return most_.read(); }

 private:
  Count sum_, count_, most_;
};

// What a frontend, a backend and a server count; names and meanings are those of HAProxy's statistics. Not every one
// makes sense for each of the three.
enum class Stat : std::uint8_t {
  sessions,           // stot: connections of a frontend, sessions of a backend or server
  requests,           // HTTP requests
  bytes_in,           // from clients
  bytes_out,          // to clients
  denied_requests,    // by a rule
  denied_responses,   // by a rule
  denied_connections,
  failed_rewrites,  // wrew: what a rule would have written can't stand in a head
  internal_errors,  // eint
  request_errors,     // bad requests, clients that gave up or were too slow
  connection_errors,  // to servers
  response_errors,    // bad responses, servers that gave up or were too slow
  retries,
  redispatches,
  client_aborts,
  server_aborts,
  balanced,     // lbtot: sessions that the balance algorithm gave to it
  intercepted,  // answered here
  responses_1xx,
  responses_2xx,
  responses_3xx,
  responses_4xx,
  responses_5xx,
  responses_other,
  connects,  // connections that were opened
  reuses,    // of connections that were open
  count_
};
inline constexpr std::size_t stats_count = std::size_t(Stat::count_);

// Stats - those of one row in one proxy. Owner: the proxy's thread; any may read.
struct alignas(64) Stats {
  std::array<Count, stats_count> counts;
  Gauge sessions, queued;
  Rate session_rate, request_rate;
  Times queue_times, connect_times, response_times, total_times;  // of finished sessions
  Count last_session_s;                                           // seconds of the monotonic clock

  void add(Stat stat, std::uint64_t amount = 1) { counts[std::size_t(stat)].add(amount); }
  std::uint64_t read(Stat stat) const { return counts[std::size_t(stat)].read(); }
  void begin_session(std::uint32_t now_ms) {
    add(Stat::sessions);
    sessions.rise();
    session_rate.add(now_ms);
    last_session_s.set(now_ms / 1000);
  }
  void begin_request(std::uint32_t now_ms) {
    add(Stat::requests);
    request_rate.add(now_ms);
  }
  void add_response(unsigned status) {
    const unsigned first = status / 100;
    const bool is_known = first >= 1 && first <= 5;
    add(is_known ? Stat(unsigned(Stat::responses_1xx) + first - 1) : Stat::responses_other);
  }
};

}  // namespace poise::l7
