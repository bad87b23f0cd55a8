#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/model.hpp"
#include "config/types/ip.hpp"

namespace poise::control::health {

// Connection - a TCP connection of a probe to a server, with TLS around it when it was asked for. Destroying it ends
// it; no event comes after that. Events come from the event loop, never from within a call.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual void send(std::string_view bytes) = 0;
};

struct ConnectionEvents {
  std::function<void()> connected;       // the handshake is complete, that of TLS too
  std::function<void()> opened = [] {};  // before it, where there is TLS: TCP's is
  std::function<void(std::string_view bytes)> bytes;
  std::function<void()> closed;                           // the peer sends no more
  std::function<void(const std::string& reason)> failed;  // refused, reset, unreachable, not trusted
};

struct ConnectionTarget {
  IpAddr address;
  std::uint16_t port = 0;
  std::optional<config::TlsCheck> tls;  // with the server name filled in
  std::vector<std::string> alpn = {};   // that TLS offers
  std::string preface = {};             // goes before TLS
  std::optional<IpAddr> source = {};    // unset: whatever reaches the server
};

// Opens one. No function: connections cannot be made.
using Connector = std::function<std::unique_ptr<Connection>(const ConnectionTarget&, ConnectionEvents)>;

}  // namespace poise::control::health
