#pragma once
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "config/model.hpp"
#include "config/types/result.hpp"
#include "config/types/time.hpp"
#include "control/core.hpp"

namespace poise::control::api {

// Server - HTTP/1.1 for the API on a unix socket and, when configured, on TCP with TLS. One io_context, one thread
// (control's). Bounded: connections (of each listener by itself), header and body size, idle time, the time a peer
// takes to read. Who may connect to the unix socket (mode 0660) is an admin; others show a bearer token.
class Server {
 public:
  struct Limits {
    std::size_t connections = 128;  // of each listener
    Duration idle = std::chrono::seconds(60), write = std::chrono::seconds(60), handshake = std::chrono::seconds(10);
  };
  Server(boost::asio::io_context& loop, Core& core);
  Server(boost::asio::io_context& loop, Core& core, const Limits& limits);
  ~Server();  // closes the listeners and removes the socket
  Result<void> listen_unix(
      const std::string& path);  // replaces a socket that nobody answers on; another daemon's is left alone
  Result<void> listen_tls(const config::ApiListen& listen);
  // Reads certificate and key again, for connections from now on; after an error the old ones stay in use.
  Result<void> reload_certificate(const config::ApiListen& listen);
  void close();  // listeners and connections

  struct Impl;

 private:
  std::shared_ptr<Impl> impl_;
};

// The role of a bearer token ("Bearer abc"), compared by SHA-256 in constant time; none: not known.
std::optional<config::Role> role_of_token(const config::Api& api, const std::string& authorization,
                                          std::string* name = nullptr);

}  // namespace poise::control::api
