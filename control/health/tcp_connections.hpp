#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "control/health/connection.hpp"
#include "control/health/prober.hpp"
#include "control/health/tls_session.hpp"
#include "l7/tcp/stack.hpp"

namespace poise::control::health {

// TcpConnections - the TCP connections of probes: our own stack, whose packets leave through the datapath's ports and
// come back from the workers, which know the ports of probes. An ended probe resets its connection, so that nothing is
// left of it on either side. Thread: control's.
class TcpConnections : private l7::tcp::Application, private l7::tcp::Env {
 public:
  struct Hooks {
    std::function<std::optional<IpAddr>(const IpAddr& to)> source;      // ours to speak with it; nothing: no route
    std::function<std::optional<Prober::Path>(const IpAddr& to)> path;  // nothing: its next hop is not known yet
    std::function<bool(const Prober::Path&, const std::vector<std::uint8_t>&)> send;  // false: no room, now
  };
  TcpConnections(Hooks hooks, Instant now);
  ~TcpConnections() override;

  // A Connector. Events come from on_deadline().
  std::unique_ptr<Connection> connect(const ConnectionTarget& target, ConnectionEvents events);
  // An IP packet. False: it is of no connection of ours, and `answers_strangers` is false: else strays are reset. ICMP
  // errors are looked at, and false is returned: they may be about somebody else's.
  bool on_packet(Instant now, std::span<const std::uint8_t> packet, bool answers_strangers);
  void on_deadline(Instant now);
  Instant deadline() const;
  std::size_t size() const { return sessions_.size(); }
  const l7::tcp::Counters& counters() const { return stack_.counters(); }
  struct Lost {  // packets: sent again, or asked for again, by whoever misses them
    std::uint64_t without_buffer = 0, without_next_hop = 0, too_many_waiting = 0;
  };
  const Lost& lost() const { return lost_; }

 private:
  class Session;
  struct Waiting {  // for its next hop
    Instant until;
    IpAddr to;
    std::vector<std::uint8_t> packet;
  };
  struct Memory : l7::tcp::Buffer {
    std::vector<std::uint8_t> bytes;
  };
  Session* session_of(l7::tcp::Handle handle) const;
  void send_waiting();

  void opened(l7::tcp::Handle handle) override;
  void received(l7::tcp::Handle handle, std::size_t readable) override;
  void room(l7::tcp::Handle handle, std::size_t bytes) override;
  void peer_finished(l7::tcp::Handle handle) override;
  void closed(l7::tcp::Handle handle, l7::tcp::Closed why) override;

  l7::tcp::Buffer* allocate() override;
  void free(l7::tcp::Buffer& buffer) override;
  bool transmit(const l7::tcp::Outgoing& segment) override;
  std::uint64_t random() override;

  Hooks hooks_;
  Instant now_;
  std::vector<std::unique_ptr<Memory>> buffers_;
  std::vector<Memory*> free_;
  std::deque<Waiting> waiting_;
  Instant retry_at_ = never;
  std::map<std::uint64_t, Session*> sessions_;    // by their numbers
  std::map<std::uint32_t, Session*> rows_;        // by the rows of their connections
  std::map<std::uint64_t, std::string> refused_;  // sessions that could not even begin, and why
  std::uint64_t next_ = 1;
  Lost lost_;
  TlsContexts tls_contexts_;
  l7::tcp::Stack stack_;
};

}  // namespace poise::control::health
