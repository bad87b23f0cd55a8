#pragma once
#include <openssl/evp.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "l7/tcp/application.hpp"
#include "l7/tcp/stack.hpp"

namespace poise::l7 {

// Speaker - what one side of a connection does: bytes of the content go out, what comes is hashed, and then it ends.
class Speaker {
 public:
  virtual ~Speaker() = default;
  // What came, in order. Returns false to reset the connection.
  virtual bool read(std::span<const std::uint8_t> bytes) = 0;
  virtual void peer_finished() {}
  virtual void closed(tcp::Closed) {}
  std::string to_say;         // first
  std::uint64_t to_send = 0;  // then so many bytes of the content, from its beginning
  bool finishes = false;      // and then FIN
  bool resets = false;        // ... or RST, once all is acknowledged
  std::uint64_t sent = 0;     // of to_send
};

// Sha256 - of what comes.
class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) { reset(); }
  void reset() { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
  void add(std::span<const std::uint8_t> bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  std::string hex();

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

// Speakers - the Application of all connections. The content lies in buffers of the Env, and goes out from there again
// and again without being copied.
class Speakers : public tcp::Application {
 public:
  using Make = std::function<std::unique_ptr<Speaker>(std::uint16_t local_port)>;
  Speakers(tcp::Stack& stack, tcp::Env& env, Make make);
  ~Speakers() override;
  void add(tcp::Handle handle, std::unique_ptr<Speaker> speaker);
  std::size_t size() const { return speakers_.size(); }

  void opened(tcp::Handle handle) override;
  void received(tcp::Handle handle, std::size_t readable) override;
  void room(tcp::Handle handle, std::size_t bytes) override;
  void peer_finished(tcp::Handle handle) override;
  void closed(tcp::Handle handle, tcp::Closed why) override;

 private:
  static std::uint64_t key_of(tcp::Handle handle) { return std::uint64_t(handle.generation) << 32 | handle.index; }
  Speaker* find(tcp::Handle handle);
  void write(tcp::Handle handle, Speaker& speaker);

  tcp::Stack& stack_;
  tcp::Env& env_;
  Make make_;
  std::vector<tcp::Buffer*> block_;
  std::map<std::uint64_t, std::unique_ptr<Speaker>> speakers_;
};

}  // namespace poise::l7
