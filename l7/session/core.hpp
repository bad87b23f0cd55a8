#pragma once
#include <deque>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/types/result.hpp"
#include "l7/http1/response.hpp"
#include "l7/http1/write.hpp"
#include "l7/proxy_protocol.hpp"
#include "l7/rules/subject.hpp"
#include "l7/session/answer.hpp"
#include "l7/session/proxy.hpp"
#include "l7/session/session.hpp"
#include "l7/tcp/timer_wheel.hpp"

// What the files of l7/session share. Nothing outside of the folder includes this.
namespace poise::l7 {

// End - one connection of the proxy's, by the row of its handle. Idle ones, of clients and of servers, have nothing
// besides.
struct End {
  enum class Kind : std::uint8_t {
    none,
    client,     // between requests, or with a session
    server,     // with a session
    idle,       // of a server, to be used again
    answered,   // a client, until an answer of our own has found room
    lingering,  // what still comes is thrown away, until the peer has read what it was sent
    waiting,    // a client, until there is room below a frontend's maxconn
  };
  tcp::Handle handle;
  std::uint32_t session = nobody;
  std::uint32_t deadline_ms = 0;
  std::uint32_t since_ms = 0;                    // client: accepted, or the last response was through
  std::uint32_t began_ms = 0;                    // client: the first byte of this request
  std::uint32_t next = nobody, before = nobody;  // in an idle list
  std::uint32_t requests = 0;                    // that were served on it
  std::uint16_t scanned = 0;                     // of a head that has not come to its end
  Kind kind = Kind::none;
  bool has_deadline = false, has_begun = false, has_peer_finished = false, is_header_due = false;
  union {
    FrontendState* frontend = nullptr;  // client
    ServerState* server;                // server, idle
  };
};
static_assert(sizeof(End) <= 64);

struct BindingKey {
  IpAddr address;
  std::uint16_t port = 0;
  bool operator==(const BindingKey&) const = default;
};
struct BindingHash {
  std::size_t operator()(const BindingKey& key) const {
    return std::hash<IpAddr>{}(key.address) ^ std::size_t(key.port) * 0x9e3779b97f4a7c15u;
  }
};

// ConnectionTracking - what is tracked of a client's connection, and the tables that it goes by.
struct ConnectionTracking {
  TableUse* use = nullptr;
  std::array<stick::Held, stick::counters_max> held;
};

// Unsent - an answer of our own that is longer than what may be queued: a large page of statistics.
struct Unsent {
  std::string text;
  std::size_t sent = 0;
  bool keeps_client = false;
};

struct ProxyCore {
  ProxyCore(Transport& proxy_transport, tcp::Application& proxy_application, const Proxy::Settings& proxy_settings,
            Instant start);

  Transport& transport;
  tcp::Application& application;
  const Proxy::Settings settings;
  ProcessState own_process;
  ProcessState& process;
  std::uint64_t random;
  std::uint32_t now_ms;
  Instant now;
  std::vector<End> ends;  // by the row of their handle
  std::deque<Session> sessions;
  std::vector<std::uint32_t> free_sessions;
  tcp::TimerWheel timers;  // by the row of the end
  std::deque<TableUse> uses;
  TableUse* current = nullptr;
  std::uint32_t clients = 0;
  std::uint32_t sessions_begun = 0;
  std::vector<ConnectionTracking> tracked;  // by the client's row; empty: no frontend has ever wanted it
  std::vector<RowList*> queues;             // that sessions of this proxy wait in
  std::unordered_map<BindingKey, Binding, BindingHash> bindings;
  std::vector<FrontendState*> full;                           // frontends that clients wait for
  std::unordered_map<std::uint32_t, ProxyHeader::Ends> told;  // by the client's row: what a proxy before us says
  std::unordered_map<std::uint32_t, Unsent> unsent;           // by the client's row
  bool has_free_slots = false;
  std::uint32_t health_changes = 0;  // that were followed
  Proxy::Page stats_page;

  // Where heads are put together and written anew; between calls nothing of it is kept.
  std::vector<char> gathered, written;
  std::vector<tcp::Slice> slices;
  http1::RequestHead request;
  http1::ResponseHead response;
  std::uint32_t parsed = nobody;  // the session whose head is in `request`, and
  std::string_view parsed_head;   // where it lies; until the end of the event
  rules::HeadEdits response_edits;
  std::string rule_text;        // what rules put together
  std::vector<char> rule_room;  // a target

  End* find(tcp::Handle handle);
  End& end_of(tcp::Handle handle) { return ends[handle.index]; }
  Session& session_of(const End& end) { return sessions[end.session]; }
  std::uint32_t row_of(const Session& session) const;
  std::uint64_t next_random();
  Stats& stats(FrontendState& state) const { return state.local[settings.number].stats; }
  Stats& stats(BackendState& state) const { return state.local[settings.number].stats; }
  Stats& stats(ServerState& state) const { return state.local[settings.number].stats; }
  ServerState::Local& local(ServerState& state) const { return state.local[settings.number]; }
  BackendState::Local& local(BackendState& state) const { return state.local[settings.number]; }
};

// ---- time (timers.cpp)
void set_deadline(ProxyCore& core, End& end, std::uint32_t from_now_ms);  // 0: none
void clear_deadline(End& end);
void on_timer(ProxyCore& core, End& end);
void watch_body(ProxyCore& core, Session& session);  // of inactivity on both sides

// ---- clients (client.cpp)
void accept(ProxyCore& core, tcp::Handle handle);
void await_request(ProxyCore& core, End& client);  // the next, after a response
void on_client_bytes(ProxyCore& core, End& client);
void on_client_lost(ProxyCore& core, End& client);     // within the head of a request
void on_client_silence(ProxyCore& core, End& client);  // it ended its sending, or the connection, between requests
void linger(ProxyCore& core, End& end);

// ---- what does not go at once of an answer of our own (unsent.cpp)
bool send_answer(ProxyCore& core, End& client, std::string text, bool keeps_client);  // false: await_answer_sent()
void await_answer_sent(ProxyCore& core, End& client);  // in place of await_request() and linger()
void on_answer_room(ProxyCore& core, End& client);
void release(ProxyCore& core, End& end);  // its row of ends; the connection is gone, or nobody's
void admit_waiting(ProxyCore& core);
bool leave_removed(ProxyCore& core, End& client);  // false: its frontend is there

// ---- from one configuration to the next (adopt.cpp)
void adopt_tables(ProxyCore& core);

// ---- heads (head.cpp)
struct HeadRead {
  enum class State : std::uint8_t { partial, whole, too_large } state = State::partial;
  std::string_view text;  // until the next call of anything
};
HeadRead read_head(ProxyCore& core, End& end);
std::string_view read_first(ProxyCore& core, tcp::Handle handle, std::size_t most);
void capture_field(const Capture& rule, std::string_view head, const http1::Fields& fields, std::string& into);
bool send_text(ProxyCore& core, tcp::Handle handle, std::string_view text);  // false: it did not find room

// ---- requests (request.cpp)
ProxyHeader::Ends ends_of(const ProxyCore& core, tcp::Handle client);  // as a proxy before us says, or the connection
// The head of the session's request: it is in core.request, and lies with the client's connection.
std::string_view kept_head(ProxyCore& core, const Session& session);
Session& begin_session(ProxyCore& core, End& client, const Frontend& frontend);
void begin_request(ProxyCore& core, End& client, std::string_view head);
void send_request(ProxyCore& core, Session& session);  // to the server, whose connection is open
void pump_request(ProxyCore& core, Session& session);
void judge_request_body(ProxyCore& core, Session& session, http1::BodyRelay::Progress progress);

// ---- rules (content.cpp)
// The request as rules have left it.
rules::EditedRequest edited_request(ProxyCore& core, const Session& session, std::string_view head);
// The session for rules and keys, without a request or response.
rules::Subject subject_of(ProxyCore& core, const Session& session);
// False: a rule has ended the connection.
bool judge_connection(ProxyCore& core, End& client, const Frontend& frontend);
void inspect(ProxyCore& core, Session& session);          // what came, until it is enough to judge by
void judge_inspected(ProxyCore& core, Session& session);  // by what there is
bool judge_request(ProxyCore& core, Session& session, const rules::ContentRules* content);  // false: it was ended
bool judge_response(ProxyCore& core, Session& session, std::string_view head);              // likewise
void end_tarpit(ProxyCore& core, Session& session);
const Backend* chosen_backend(ProxyCore& core, Session& session);
// What servers are told of the client (forwarded.cpp).
void write_forwarded(http1::HeadWriter& writer, const Session& session, const rules::EditedRequest& request);

// ---- servers (server.cpp, queue.cpp)
void enter_backend(ProxyCore& core, Session& session, const Backend* backend);  // and on to a server of it
void assign_server(ProxyCore& core, Session& session);
void connect(ProxyCore& core, Session& session);  // to the one that is picked and has given a slot
void on_connected(ProxyCore& core, Session& session);
void on_connect_failed(ProxyCore& core, Session& session, Cause cause);
void retry_fresh(ProxyCore& core, Session& session);  // the reused connection died before it answered
void keep_idle(ProxyCore& core, End& server, const Session& session);
void drop_idle(ProxyCore& core, End& server);  // out of its list
void leave_server(ProxyCore& core, Session& session);
bool take_slot(ProxyCore& core, const Backend& backend, const Server& server);
bool somebody_waits(const Backend& backend, const Server& server);  // in any proxy, for a slot of that server
void give_slot(ProxyCore& core, Session& session);
void enqueue(ProxyCore& core, Session& session, const Server* server);
void leave_queue(ProxyCore& core, Session& session);
void serve_queues(ProxyCore& core);
std::uint32_t limit_of(ProxyCore& core, const Backend& backend, const Server& server);

// ---- health (health.cpp)
void note_connection(ProxyCore& core, const Session& session, bool is_good);  // for whoever observes the server
void note_response(ProxyCore& core, const Session& session, bool is_good);
bool has_health_news(const ProxyCore& core);
void follow_health(ProxyCore& core);  // ends sessions, and empties queues, of servers that are gone

// ---- responses (response.cpp)
void on_response_bytes(ProxyCore& core, Session& session);
void pump_response(ProxyCore& core, Session& session);
void judge_response_body(ProxyCore& core, Session& session, http1::BodyRelay::Progress progress);
void on_client_finished(ProxyCore& core, Session& session);
void on_server_gone(ProxyCore& core, Session& session, bool is_reset);

// ---- tunnels (tunnel.cpp)
void begin_tunnel(ProxyCore& core, Session& session);
void begin_tcp_session(ProxyCore& core, End& client);
void on_tunnel_spliced(ProxyCore& core, Session& session, bool from_client);

// ---- the end (finish.cpp)
void answer(ProxyCore& core, Session& session, std::uint16_t status);  // a page of our own, and then the end
void answer_with(ProxyCore& core, Session& session, const Answer& answer);
void note_end(Session& session, Cause cause, char phase);           // the first counts
void finish(ProxyCore& core, Session& session, bool keeps_client);  // logs, counts; the row is free afterwards
void abort_session(ProxyCore& core, Session& session);              // resets what there still is
void forget_session(ProxyCore& core, Session& session);             // likewise; the client is not told
void close_server(ProxyCore& core, Session& session);
void note_client_abort(Session& session);
char phase_letter(const Session& session);

}  // namespace poise::l7
