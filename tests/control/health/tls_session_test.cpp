#include "control/health/tls_session.hpp"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <memory>
#include <string>

#include "tests/support/certificate.hpp"

namespace poise::control::health {
namespace {

namespace fs = std::filesystem;

// A server of OpenSSL's own, between memory buffers too.
class Server {
 public:
  Server(const std::string& certificate, const std::string& key) : context_(SSL_CTX_new(TLS_server_method())) {
    EXPECT_EQ(SSL_CTX_use_certificate_file(context_.get(), certificate.c_str(), SSL_FILETYPE_PEM), 1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey_file(context_.get(), key.c_str(), SSL_FILETYPE_PEM), 1);
    session_.reset(SSL_new(context_.get()));
    SSL_set_bio(session_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(session_.get());
  }
  std::string exchange(const std::string& wire) {
    if (!wire.empty()) BIO_write(SSL_get_rbio(session_.get()), wire.data(), int(wire.size()));
    std::array<char, 1000> some;
    const int count = SSL_read(session_.get(), some.data(), int(some.size()));
    if (count > 0) received.append(some.data(), std::size_t(count));
    return take();
  }
  std::string send(const std::string& bytes) {
    EXPECT_GT(SSL_write(session_.get(), bytes.data(), int(bytes.size())), 0);
    return take();
  }
  std::string close() {
    SSL_shutdown(session_.get());
    return take();
  }
  std::string name_asked_for() const {
    const char* name = SSL_get_servername(session_.get(), TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? "" : name;
  }
  std::string received;

 private:
  std::string take() {
    std::string bytes(BIO_ctrl_pending(SSL_get_wbio(session_.get())), '\0');
    if (!bytes.empty()) BIO_read(SSL_get_wbio(session_.get()), bytes.data(), int(bytes.size()));
    return bytes;
  }
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* session) const { SSL_free(session); }
  };
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> session_;
};

class TlsSessionTest : public testing::Test {
 protected:
  TlsSessionTest() {
    std::string pattern = (fs::temp_directory_path() / "poise-tls-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    make_certificate(certificate(), key(), "web.example");
  }
  ~TlsSessionTest() override { fs::remove_all(folder_); }
  std::string certificate() const { return folder_ / "web.pem"; }
  std::string key() const { return folder_ / "web.key"; }
  void shake_hands(TlsSession& session, Server& server) {
    for (int i = 0; i < 4; ++i) session.on_wire(server.exchange(session.take_wire()));
  }
  fs::path folder_;
  TlsContexts contexts_;
};

TEST_F(TlsSessionTest, speaks_both_ways_and_hears_of_the_end) {
  config::TlsCheck check;
  check.sni = "web.example";
  TlsSession session(contexts_, check);
  Server server(certificate(), key());
  session.write("early");
  shake_hands(session, server);
  ASSERT_TRUE(session.is_open()) << session.error();
  EXPECT_EQ(server.name_asked_for(), "web.example");
  EXPECT_EQ(server.received, "early");
  session.on_wire(server.send("an answer"));
  EXPECT_EQ(session.take_bytes(), "an answer");
  EXPECT_FALSE(session.is_closed());
  session.on_wire(server.close());
  EXPECT_TRUE(session.is_closed());
  EXPECT_EQ(session.error(), "");
}

TEST_F(TlsSessionTest, believes_whom_it_is_told_to_believe_and_nobody_else) {
  struct Row {
    const char* name;
    bool has_file;
    const char* error;
  };
  for (const Row& row : {Row{"web.example", true, ""}, Row{"other.example", true, "hostname mismatch"},
                         Row{"web.example", false, "self-signed certificate"}}) {
    config::TlsCheck check;
    check.sni = row.name;
    check.verify_certificate = true;
    if (row.has_file) check.ca_file = certificate();
    TlsSession session(contexts_, check);
    Server server(certificate(), key());
    shake_hands(session, server);
    EXPECT_EQ(session.is_open(), *row.error == 0) << row.name << ": " << session.error();
    EXPECT_NE(session.error().find(row.error), std::string::npos) << session.error();
  }
}

TEST_F(TlsSessionTest, an_authority_that_is_replaced_is_believed_from_then_on) {
  config::TlsCheck check;
  check.sni = "web.example";
  check.verify_certificate = true;
  check.ca_file = certificate();
  const TlsSession before(contexts_, check);
  make_certificate(certificate(), key(), "web.example");
  fs::last_write_time(certificate(), fs::last_write_time(certificate()) + std::chrono::seconds(2));
  TlsSession session(contexts_, check);
  Server server(certificate(), key());
  shake_hands(session, server);
  EXPECT_TRUE(session.is_open()) << session.error();
}

TEST_F(TlsSessionTest, any_bytes_end_it_with_a_reason) {
  for (const std::string &bytes :
       {std::string("HTTP/1.0 400 Bad Request\r\n\r\n"), std::string(300, '\xff'), std::string(5, '\0')}) {
    TlsSession session(contexts_, {});
    session.on_wire(bytes);
    session.on_wire(std::string(20'000, 'x'));
    EXPECT_FALSE(session.is_open());
    EXPECT_EQ(session.error().substr(0, 18), "the TLS handshake:");
  }
}

}  // namespace
}  // namespace poise::control::health
