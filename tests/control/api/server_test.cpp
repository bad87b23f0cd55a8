#include "control/api/server.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <fstream>
#include <memory>

#include "tests/control/fake_machine.hpp"
#include "tests/support/certificate.hpp"

namespace poise::control::api {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using Unix = asio::local::stream_protocol;

// A server on a socket in a directory of its own. Everything runs on the test's thread: the client's calls do not
// block, they turn the loop until they are through.
class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    std::string name = (fs::temp_directory_path() / "poise_server_XXXXXX").string();
    directory_ = mkdtemp(name.data());
    path_ = directory_ / "api.sock";
  }
  ~ServerTest() override {
    server_.close();
    loop_.poll();
    fs::remove_all(directory_);
  }

  // Turns the loop until `enough`, for at most ten seconds.
  void turn_until(const std::function<bool()>& enough) {
    asio::steady_timer limit(loop_, 10s);
    const auto late = std::make_shared<bool>(false);  // the cancelled wait is told only later
    limit.async_wait([late](const boost::system::error_code& error) { *late = !error; });
    while (!enough() && !*late) {
      loop_.run_one();
      appliance_.pass(1ms);
    }
    EXPECT_FALSE(*late) << "nothing came for too long";
  }

  // Sends it and reads until `enough` of the answer is there, or the server closes.
  template <class Stream>
  std::string exchange(Stream& stream, const std::string& request,
                       const std::function<bool(const std::string&)>& enough) {
    std::string answer;
    bool closed = false;
    std::array<char, 4096> piece;
    asio::async_write(stream, asio::buffer(request), [](const boost::system::error_code&, std::size_t) {});
    std::function<void()> read = [&] {
      stream.async_read_some(asio::buffer(piece), [&](const boost::system::error_code& error, std::size_t count) {
        answer.append(piece.data(), count);
        if (error) {
          closed = true;
        } else if (!enough(answer)) {
          read();
        }
      });
    };
    read();
    turn_until([&] { return closed || enough(answer); });
    return answer;
  }
  std::string exchange_unix(const std::string& request, const std::function<bool(const std::string&)>& enough) {
    Unix::socket client(loop_);
    client.connect(Unix::endpoint(path_));
    return exchange(client, request, enough);
  }

  fs::path directory_;
  std::string path_;
  Appliance appliance_;
  asio::io_context loop_{1};
  Server server_{loop_, appliance_.core};
};

std::size_t count_of(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += word.size()) ++count;
  return count;
}
const auto whole = [](const std::string& text) { return text.ends_with("}\n"); };
const auto until_closed = [](const std::string&) { return false; };

TEST_F(ServerTest, two_requests_sent_at_once_are_answered_in_order) {
  ASSERT_TRUE(server_.listen_unix(path_));
  const auto both = [](const std::string& text) { return text.ends_with("{\"status\":\"ok\"}\n"); };
  const std::string answer =
      exchange_unix("GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\nGET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n", both);
  EXPECT_EQ(count_of(answer, "HTTP/1.1 200 OK\r\n"), 2u) << answer;
  EXPECT_LT(answer.find("\"version\""), answer.find("{\"status\":\"ok\"}"));
}

TEST_F(ServerTest, a_stream_is_sent_in_chunks_to_its_end) {
  ASSERT_TRUE(server_.listen_unix(path_));
  const std::string answer = exchange_unix("GET /v1/capture?seconds=0 HTTP/1.1\r\nHost: x\r\n\r\n",
                                           [](const std::string& text) { return text.ends_with("\r\n0\r\n\r\n"); });
  EXPECT_NE(answer.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
  EXPECT_NE(answer.find("\r\n\r\n18\r\n\x4d\x3c\xb2\xa1"), std::string::npos);  // 24 bytes: the header of the file
}

TEST_F(ServerTest, what_is_no_request_is_400_and_the_end) {
  ASSERT_TRUE(server_.listen_unix(path_));
  EXPECT_TRUE(exchange_unix("\x16\x03\x01 rubbish\r\n\r\n", until_closed).starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(exchange_unix("GET nowhere HTTP/1.1\r\nHost: x\r\n\r\n", whole).starts_with("HTTP/1.1 400 "));
}

TEST_F(ServerTest, a_body_too_large_is_413_before_it_is_sent) {
  ASSERT_TRUE(server_.listen_unix(path_));
  const std::string answer =
      exchange_unix("PUT /v1/config HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n{", until_closed);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
}

TEST_F(ServerTest, a_header_too_large_is_431) {
  ASSERT_TRUE(server_.listen_unix(path_));
  const std::string answer =
      exchange_unix("GET /v1/status HTTP/1.1\r\nX: " + std::string(20000, 'x') + "\r\n\r\n", until_closed);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 431 ")) << answer;
}

TEST_F(ServerTest, the_socket_is_for_owner_and_group_and_goes_with_the_server) {
  ASSERT_TRUE(server_.listen_unix(path_));
  struct stat status{};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0660u);
  server_.close();
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(ServerTest, a_socket_nobody_answers_on_is_replaced) {
  {
    Unix::acceptor dead(loop_, Unix::endpoint(path_));
  }
  ASSERT_TRUE(fs::exists(path_));
  EXPECT_TRUE(server_.listen_unix(path_));
}

TEST_F(ServerTest, a_socket_of_a_live_daemon_or_a_plain_file_is_left_alone) {
  Unix::acceptor alive(loop_, Unix::endpoint(path_));
  EXPECT_FALSE(server_.listen_unix(path_));
  EXPECT_TRUE(fs::exists(path_));
  std::ofstream(directory_ / "file") << "x";
  EXPECT_FALSE(server_.listen_unix(directory_ / "file"));
  EXPECT_TRUE(fs::exists(directory_ / "file"));
}

TEST_F(ServerTest, who_says_nothing_or_reads_nothing_for_too_long_loses_the_connection) {
  Server::Limits limits;
  limits.idle = limits.write = 30ms;
  Server server(loop_, appliance_.core, limits);
  ASSERT_TRUE(server.listen_unix(path_));
  EXPECT_EQ(exchange_unix("", until_closed), "");

  Unix::socket deaf(loop_);
  deaf.connect(Unix::endpoint(path_));
  std::string requests;
  for (int i = 0; i < 2000; ++i) requests += "GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n";
  requests.resize(requests.size() + (4u << 20), ' ');
  boost::system::error_code end;
  bool over = false;
  asio::async_write(deaf, asio::buffer(requests),
                    [&](const boost::system::error_code& error, std::size_t) { end = error, over = true; });
  turn_until([&] { return over; });
  EXPECT_TRUE(end) << "the server still waits for a client that does not read";
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISE_SANITIZED 1
#endif
#endif

TEST_F(ServerTest, without_file_descriptors_connections_wait_until_there_are_some) {
#ifdef POISE_SANITIZED
  GTEST_SKIP() << "the sanitizers need file descriptors themselves";
#endif
  ASSERT_TRUE(server_.listen_unix(path_));
  Unix::socket client(loop_);
  client.connect(Unix::endpoint(path_));
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const int next = dup(0);
  close(next);
  const rlimit none{rlim_t(next), before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  for (int i = 0; i < 10; ++i) loop_.poll_one();
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(exchange(client, "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n", whole).starts_with("HTTP/1.1 200 "));
}

class TlsServerTest : public ServerTest {
 protected:
  TlsServerTest() {
    listen_.address = *parse_ip("127.0.0.1");
    listen_.certificate = directory_ / "api.pem";
    listen_.key = directory_ / "api.key";
    make_certificate(listen_.certificate, listen_.key, "poise");
    asio::ip::tcp::acceptor probe(loop_, {asio::ip::make_address("127.0.0.1"), 0});  // a port that is free
    listen_.port = probe.local_endpoint().port();
  }
  std::string exchange_tls(const std::string& request) {
    asio::ssl::context context(asio::ssl::context::tls_client);
    asio::ssl::stream<asio::ip::tcp::socket> client(loop_, context);
    client.next_layer().connect({asio::ip::make_address("127.0.0.1"), listen_.port});
    bool shaken = false;
    client.async_handshake(asio::ssl::stream_base::client, [&](const boost::system::error_code& error) {
      EXPECT_FALSE(error) << error.message();
      shaken = true;
    });
    turn_until([&] { return shaken; });
    if (X509* shown = SSL_get1_peer_certificate(client.native_handle())) {
      std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
      unsigned length = 0;
      X509_digest(shown, EVP_sha256(), digest.data(), &length);
      X509_free(shown);
      shown_certificate_.assign(digest.begin(), digest.begin() + length);
    }
    return exchange(client, request, whole);
  }
  config::ApiListen listen_;
  std::string shown_certificate_;  // digest of what the server has shown last
};

TEST_F(TlsServerTest, a_renewed_certificate_is_shown_after_a_reload_and_a_damaged_one_never) {
  const std::string request = "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n";
  ASSERT_TRUE(server_.listen_tls(listen_));
  exchange_tls(request);
  const std::string first = shown_certificate_;
  ASSERT_FALSE(first.empty());

  make_certificate(listen_.certificate, listen_.key, "poise");
  exchange_tls(request);
  EXPECT_EQ(shown_certificate_, first);
  ASSERT_TRUE(server_.reload_certificate(listen_));
  exchange_tls(request);
  EXPECT_NE(shown_certificate_, first);

  const std::string second = shown_certificate_;
  std::ofstream(listen_.certificate) << "rubbish";
  EXPECT_FALSE(server_.reload_certificate(listen_));
  exchange_tls(request);
  EXPECT_EQ(shown_certificate_, second);
}

TEST_F(TlsServerTest, a_token_opens_what_its_role_may_and_nothing_opens_without) {
  ASSERT_TRUE(server_.listen_tls(listen_));
  EXPECT_TRUE(exchange_tls("GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 401 "));
  const std::string with_token = "HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer secret\r\nContent-Length: 0\r\n\r\n";
  EXPECT_TRUE(exchange_tls("GET /v1/status " + with_token).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(exchange_tls("DELETE /v1/config/services/web " + with_token).starts_with("HTTP/1.1 403 "));
}

TEST_F(TlsServerTest, strangers_that_take_every_tcp_connection_do_not_lock_the_socket) {
  ASSERT_TRUE(server_.listen_unix(path_));
  ASSERT_TRUE(server_.listen_tls(listen_));
  std::vector<asio::ip::tcp::socket> strangers;
  for (std::size_t i = 0; i < Server::Limits{}.connections + 2; ++i) {
    strangers.emplace_back(loop_).connect({asio::ip::make_address("127.0.0.1"), listen_.port});
    loop_.poll();
  }
  EXPECT_TRUE(exchange_unix("GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n", whole).starts_with("HTTP/1.1 200 "));
}

TEST_F(TlsServerTest, a_certificate_that_is_not_there_is_an_error_with_its_path) {
  listen_.certificate = "/nonexistent.pem";
  const auto refused = server_.listen_tls(listen_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().path, "api.listen.certificate");
}

}  // namespace
}  // namespace poise::control::api
