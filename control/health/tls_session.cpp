#include "control/health/tls_session.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <array>
#include <utility>

#include "config/types/result.hpp"

namespace poise::control::health {

std::shared_ptr<SSL_CTX> TlsContexts::of(const config::TlsCheck& check, std::string& error) {
  const std::string file = check.ca_file.value_or("");
  std::error_code missing;
  const auto at = file.empty() ? std::filesystem::file_time_type{} : std::filesystem::last_write_time(file, missing);
  Read& known = contexts_[{check.verify_certificate, file}];
  if (known.context != nullptr && known.at == at) return known.context;
  std::shared_ptr<SSL_CTX> made(SSL_CTX_new(TLS_client_method()), Free{});
  ensure(made != nullptr);
  SSL_CTX_set_min_proto_version(made.get(), TLS1_2_VERSION);
  if (check.verify_certificate) {
    SSL_CTX_set_verify(made.get(), SSL_VERIFY_PEER, nullptr);
    const bool is_read = file.empty() ? SSL_CTX_set_default_verify_paths(made.get()) == 1
                                      : SSL_CTX_load_verify_file(made.get(), file.c_str()) == 1;
    if (!is_read) {
      ERR_clear_error();
      error = file + " has no certificates that can be read; name a file in PEM format";
      return nullptr;
    }
  }
  known = {made, at};
  return made;
}

TlsSession::TlsSession(TlsContexts& contexts, const config::TlsCheck& check, const std::vector<std::string>& alpn) {
  const std::shared_ptr<SSL_CTX> context = contexts.of(check, error_);
  if (context == nullptr) return;
  session_.reset(SSL_new(context.get()));  // which keeps the context
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());
  ensure(session_ != nullptr && in != nullptr && out != nullptr);
  SSL_set_bio(session_.get(), in, out);
  SSL_set_connect_state(session_.get());
  std::string offered;
  for (const std::string& protocol : alpn) offered.append(1, char(protocol.size())).append(protocol);
  if (!offered.empty())
    SSL_set_alpn_protos(session_.get(), reinterpret_cast<const unsigned char*>(offered.data()),
                        unsigned(offered.size()));
  if (check.sni) {
    SSL_set_tlsext_host_name(session_.get(), check.sni->c_str());
    if (check.verify_certificate) SSL_set1_host(session_.get(), check.sni->c_str());
  }
  proceed();
}

void TlsSession::fail(const std::string& doing) {
  const long verdict = SSL_get_verify_result(session_.get());
  const char* reason = ERR_reason_error_string(ERR_get_error());
  error_ = doing + ": ";
  error_ += verdict != X509_V_OK ? X509_verify_cert_error_string(verdict) : reason != nullptr ? reason : "it failed";
  ERR_clear_error();
}

void TlsSession::on_wire(std::string_view bytes) {
  if (!error_.empty() || bytes.empty()) return;
  BIO_write(SSL_get_rbio(session_.get()), bytes.data(), int(bytes.size()));
  proceed();
}

void TlsSession::write(std::string_view bytes) {
  waiting_ += bytes;
  if (error_.empty()) proceed();
}

void TlsSession::proceed() {
  ERR_clear_error();
  if (!is_open_) {
    const int result = SSL_do_handshake(session_.get());
    if (result != 1) {
      if (SSL_get_error(session_.get(), result) != SSL_ERROR_WANT_READ) fail("the TLS handshake");
      return;
    }
    is_open_ = true;
  }
  if (!waiting_.empty() && SSL_write(session_.get(), waiting_.data(), int(waiting_.size())) > 0) waiting_.clear();
  std::array<char, 4096> some;
  int count = 0;
  while ((count = SSL_read(session_.get(), some.data(), int(some.size()))) > 0)
    bytes_.append(some.data(), std::size_t(count));
  const int why = SSL_get_error(session_.get(), count);
  if (why == SSL_ERROR_ZERO_RETURN)
    is_closed_ = true;
  else if (why != SSL_ERROR_WANT_READ)
    fail("TLS");
}

std::string TlsSession::take_wire() {
  std::string bytes;
  if (session_ == nullptr) return bytes;
  BIO* out = SSL_get_wbio(session_.get());
  bytes.resize(BIO_ctrl_pending(out));
  if (!bytes.empty()) BIO_read(out, bytes.data(), int(bytes.size()));
  return bytes;
}

std::string TlsSession::take_bytes() { return std::exchange(bytes_, {}); }

}  // namespace poise::control::health
