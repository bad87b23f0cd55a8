#pragma once
#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

#include "config/model.hpp"

namespace poise::control::health {

// TlsSession - the client's end of one TLS connection, without I/O: bytes of the wire in and out, bytes of the
// application in and out. OpenSSL between memory buffers. Thread: control's.
class TlsSession {
 public:
  explicit TlsSession(const config::TlsCheck& check);

  void on_wire(std::string_view bytes);                // from the peer
  void write(std::string_view bytes);                  // of the application; before the handshake is complete they wait
  std::string take_wire();                             // for the peer
  std::string take_bytes();                            // for the application
  bool is_open() const { return is_open_; }            // the handshake is complete
  bool is_closed() const { return is_closed_; }        // the peer said so
  const std::string& error() const { return error_; }  // "": none; then nothing more happens

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* session) const { SSL_free(session); }
  };
  void begin(const config::TlsCheck& check);
  void proceed();
  void fail(const std::string& doing);

  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> session_;
  std::string waiting_, bytes_, error_;
  bool is_open_ = false, is_closed_ = false;
};

}  // namespace poise::control::health
