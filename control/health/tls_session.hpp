#pragma once
#include <openssl/ssl.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/model.hpp"

namespace poise::control::health {

// TlsContexts - what sessions with the same settings share: reading a machine's authorities takes milliseconds, which
// control's thread has once, not with every probe. A file that has changed is read anew. Thread: control's.
class TlsContexts {
 public:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  // Null: that did not work, and `error` says why.
  std::shared_ptr<SSL_CTX> of(const config::TlsCheck& check, std::string& error);

 private:
  using Key = std::pair<bool, std::string>;  // verified? by which file ("": the system's)
  struct Read {
    std::shared_ptr<SSL_CTX> context;
    std::filesystem::file_time_type at;
  };
  std::map<Key, Read> contexts_;
};

// TlsSession - the client's end of one TLS connection, without I/O: bytes of the wire in and out, bytes of the
// application in and out. OpenSSL between memory buffers. Thread: control's.
class TlsSession {
 public:
  // `alpn`: the protocols that are offered.
  TlsSession(TlsContexts& contexts, const config::TlsCheck& check, const std::vector<std::string>& alpn = {});

  void on_wire(std::string_view bytes);                // from the peer
  void write(std::string_view bytes);                  // of the application; before the handshake is complete they wait
  std::string take_wire();                             // for the peer
  std::string take_bytes();                            // for the application
  bool is_open() const { return is_open_; }            // the handshake is complete
  bool is_closed() const { return is_closed_; }        // the peer said so
  const std::string& error() const { return error_; }  // "": none; then nothing more happens

 private:
  struct Free {
    void operator()(SSL* session) const { SSL_free(session); }
  };
  void proceed();
  void fail(const std::string& doing);

  std::unique_ptr<SSL, Free> session_;
  std::string waiting_, bytes_, error_;
  bool is_open_ = false, is_closed_ = false;
};

}  // namespace poise::control::health
