#include "l7/tls/client_hello.hpp"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <string>
#include <vector>

namespace poise::l7::tls {
namespace {

std::string number(std::size_t value, std::size_t width) {
  std::string text;
  for (std::size_t i = width; i > 0; --i) text += char(value >> (8 * (i - 1)));
  return text;
}
std::string vector(std::size_t width, const std::string& content) { return number(content.size(), width) + content; }
std::string extension(std::uint16_t kind, const std::string& content) { return number(kind, 2) + vector(2, content); }
std::string server_name(const std::string& name) { return extension(0, vector(2, '\0' + vector(2, name))); }
std::string record(const std::string& content) { return std::string("\x16\x03\x01", 3) + vector(2, content); }
std::string handshake(const std::string& extensions) {
  const std::string body = "\x03\x03" + std::string(32, 'r') + vector(1, std::string(32, 's')) +
                           vector(2, std::string("\x13\x01", 2)) + vector(1, std::string(1, '\0')) +
                           (extensions.empty() ? "" : vector(2, extensions));
  return '\1' + vector(3, body);
}

std::optional<HelloRefusal> refusal(const std::string& bytes) {
  const auto read = read_client_hello(bytes);
  return read ? std::nullopt : std::optional(read.error());
}

TEST(ClientHello, the_name_and_the_protocols_are_read_however_they_come) {
  const std::string bytes =
      record(handshake(extension(10, "xy") + server_name("WWW.Example") + extension(16, vector(2, "\2h2\10http/1.1"))));
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto early = read_client_hello(bytes.substr(0, length));
    ASSERT_TRUE(early && !*early) << length;
  }
  const auto read = read_client_hello(bytes + "more");
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->server_name, "www.example");
  EXPECT_EQ((*read)->protocols, (std::vector<std::string>{"h2", "http/1.1"}));
}

TEST(ClientHello, it_may_be_spread_over_records) {
  const std::string whole = handshake(server_name("a.example"));
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    const auto read = read_client_hello(record(whole.substr(0, cut)) + record(whole.substr(cut)));
    ASSERT_TRUE(read && *read) << cut;
    EXPECT_EQ((*read)->server_name, "a.example");
  }
}

TEST(ClientHello, without_extensions_there_is_no_name) {
  const auto read = read_client_hello(record(handshake("")));
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->server_name, "");
}

TEST(ClientHello, what_is_none_is_refused) {
  EXPECT_EQ(refusal("GET / HTTP/1.1"), HelloRefusal::not_tls);
  EXPECT_EQ(refusal(std::string("\x16\x02", 2)), HelloRefusal::not_tls);
  EXPECT_EQ(refusal(record("\2\0\0\0")), HelloRefusal::not_tls);
  EXPECT_EQ(refusal(std::string("\x16\x03\x01\0\0", 5)), HelloRefusal::malformed);
  EXPECT_EQ(refusal(std::string("\x16\x03\x01\x40\x01", 5)), HelloRefusal::malformed);
  EXPECT_EQ(refusal(record(std::string("\1\xff\xff\xff", 4))), HelloRefusal::too_long);
  EXPECT_EQ(refusal(record("\1") + "\x17\x03"), HelloRefusal::malformed);
  EXPECT_EQ(refusal(record(std::string("\1\0\0\2ab", 6))), HelloRefusal::malformed);
  for (const std::string& name : {std::string("a b"), std::string("a/b"), std::string("."), std::string("a."),
                                  std::string(), std::string("\0", 1), std::string(256, 'a'), std::string("\xc3\xa4")})
    EXPECT_EQ(refusal(record(handshake(server_name(name)))), HelloRefusal::malformed) << name;
  EXPECT_EQ(refusal(record(handshake(server_name("a") + server_name("b")))), HelloRefusal::malformed);
  EXPECT_EQ(refusal(record(handshake(extension(0, "")))), HelloRefusal::malformed);
  EXPECT_EQ(refusal(record(handshake(extension(16, vector(2, std::string(1, '\0')))))), HelloRefusal::malformed);
  EXPECT_EQ(refusal(record(handshake(std::string(1, '\0')))), HelloRefusal::malformed);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(meaning_of(HelloRefusal(i)).empty());
}

TEST(ClientHello, what_openssl_says_is_understood) {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL* const ssl = SSL_new(context);
  BIO* const wire = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl, BIO_new(BIO_s_mem()), wire);
  SSL_set_tlsext_host_name(ssl, "api.example");
  const std::string protocols = "\2h2";
  SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(protocols.data()), unsigned(protocols.size()));
  SSL_set_connect_state(ssl);
  SSL_do_handshake(ssl);
  std::string bytes(4096, ' ');
  bytes.resize(std::size_t(BIO_read(wire, bytes.data(), int(bytes.size()))));
  SSL_free(ssl);
  SSL_CTX_free(context);
  const auto read = read_client_hello(bytes);
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->server_name, "api.example");
  EXPECT_EQ((*read)->protocols, std::vector<std::string>{"h2"});
}

}  // namespace
}  // namespace poise::l7::tls
