#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "l7/http1/body_relay.hpp"
#include "l7/http1/request.hpp"
#include "l7/persistence/server_cookie.hpp"
#include "l7/proxy_protocol.hpp"
#include "l7/rules/edits.hpp"
#include "l7/tables.hpp"

namespace poise::l7 {

// TableUse - tables, and how many sessions of this proxy still go by them. Owner: the proxy.
struct TableUse {
  std::shared_ptr<const Tables> tables;
  std::uint32_t users = 0;
};

// What HAProxy's logs tell of how a session ended: who ended it, and in which phase.
enum class Cause : char {
  normal = '-',
  client_aborted = 'C',
  server_aborted = 'S',
  proxy_blocked = 'P',
  local = 'L',
  resources = 'R',
  internal = 'I',
  server_down = 'D',
  backup_replaced = 'U',
  killed = 'K',
  client_timeout = 'c',
  server_timeout = 's',
};

// What a session is at its beginning, again and again in the same row. Times are milliseconds of the proxy's clock,
// which wraps.
struct SessionFacts {
  enum class Phase : std::uint8_t {
    none,        // the row is free
    inspecting,  // mode tcp: what the client says first is waited for
    tarpit,
    turnaround,  // a connection was refused; the next is tried in a moment
    queued,
    connecting,
    response,  // the request is on its way; the head of the response is waited for
    body,      // of the response
    tunnel,    // bytes both ways: mode tcp, and after an upgrade
  };

  tcp::Handle client, server;  // no server: an index of nobody
  std::uint32_t row = nobody;  // its own
  ProxyHeader::Ends ends;      // the client and what it connected to, as a proxy before us says or the connection does
  TableUse* use = nullptr;
  const Frontend* frontend = nullptr;
  const Backend* backend = nullptr;
  const Server* picked = nullptr;   // what it has a slot of, or waits for, or is connected to
  const Server* avoided = nullptr;  // a connection to it has failed, and another is to be tried
  const Server* own = nullptr;      // the one that the client belongs to, past the balance algorithm
  Phase phase = Phase::none;
  Cause cause = Cause::normal;
  char ended_in = '-';  // the phase as logs write it
  char cookie_seen = '-', cookie_done = '-';
  bool is_direct = false;                 // it goes to its own server
  persistence::CookieDates cookie_dates;  // of the client's

  // In stick tables: what the session tracks besides its connection, and what gets the server that answers.
  std::array<stick::Held, stick::counters_max> tracked;
  std::array<stick::Held, stick::stores_max> stores;
  TableUse* connection_use = nullptr;  // of what it has taken over from a connection that is gone

  // Of the request.
  http1::Method method = http1::Method::other;
  http1::Version version = http1::Version::http_1_1;
  bool client_keeps_alive = false, server_keeps_alive = false;
  bool is_bodiless = false;   // of the request
  bool is_retryable = false;  // its head still lies with the client's connection, and it may be sent twice
  bool is_head_kept = false;  // the head of the request is not consumed yet
  bool wants_upgrade = false;
  bool is_reused = false;  // the server's connection had served others before
  bool is_redispatched = false;
  bool has_slot = false;  // of the server that is picked
  bool is_in_backend = false;
  bool is_counted = false;  // as a session of that server
  bool is_request_done = false, is_response_done = false;
  bool client_finished = false;  // in a tunnel: what came from there has been passed on, FIN included
  bool server_finished = false;
  bool is_first_of_connection = false;
  bool is_stats = false;          // answered with the statistics
  bool has_bad_response = false;  // what the server said was none
  std::uint32_t head_bytes = 0;
  // As of the last look at the bodies, and when they had moved on.
  std::uint64_t moved_before = 0, unacknowledged_before = 0;
  std::uint32_t progress_ms = 0;
  std::uint64_t client_base = 0, server_base = 0;  // what had been moved on either connection before this session

  // For the log.
  std::uint16_t status = 0;
  std::uint32_t retries_done = 0;
  std::uint32_t began_ms = 0;  // the first byte of the request, or the accepted connection
  std::uint32_t idle_ms = 0;   // between the accepted connection, or the last request, and this
  std::int64_t request_ms = -1, queue_ms = -1, connect_ms = -1, response_ms = -1;
  std::uint32_t last_ms = 0;  // when the last of these phases ended
  std::uint64_t bytes_out = 0, bytes_in = 0;
  std::uint32_t server_queue = 0, backend_queue = 0;  // how many waited before it

  // Of rules.
  std::uint32_t number = 0;  // among those of this proxy
  bool is_silent = false;    // it has no line in the log
  std::int32_t priority_class = 0, priority_offset_ms = 0;

  // In the queue it waits in.
  std::uint32_t due_ms = 0;  // what it is ordered by within its class
  std::uint32_t next = nobody, before = nobody;
  RowList* queue = nullptr;
  std::uint32_t queued_ms = 0, deferred_ms = 0;  // since when; and since when it leaves slots to who has waited longer
  bool is_deferring = false;
  bool waits_for_server = false;  // and no other will do
};

// What a row keeps its memory of, so that sessions cost no allocation.
struct SessionMemory {
  http1::BodyRelay request_body{http1::Framing{}}, response_body{http1::Framing{}};
  std::string line, request_cookie, response_cookie;
  std::array<std::string, 8> captured_requests, captured_responses;
  std::unique_ptr<rules::HeadEdits> edits;  // of the request; null: nothing of this row was ever edited
  std::string sni;                          // in mode tcp, of a client that begins with TLS
};

// Session - one HTTP request and its response, or one connection of mode tcp. Between requests a client has none.
struct Session : SessionFacts, SessionMemory {
  void restart();  // another session in this row
};

}  // namespace poise::l7
