#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "l7/tcp/stack.hpp"

namespace poise::bench {

// BufferEnv - an Env of buffers that are there from the start. What is sent is copied into a buffer of the other side,
// as a wire would, and counts as verified by a device.
class BufferEnv : public l7::tcp::Env {
 public:
  explicit BufferEnv(std::size_t buffers);
  l7::tcp::Buffer* allocate() override;
  void free(l7::tcp::Buffer& buffer) override { free_.push_back(&buffer); }
  bool transmit(const l7::tcp::Outgoing& segment) override;
  std::uint64_t random() override { return random_ = random_ * 6364136223846793005u + 1442695040888963407u; }

  BufferEnv* other = nullptr;          // where packets go; none: away
  std::vector<l7::tcp::Packet> inbox;  // what came
  std::uint64_t sent = 0;

 private:
  static constexpr std::uint32_t size = 2048;
  std::vector<std::uint8_t> memory_;
  std::vector<l7::tcp::Buffer> buffers_;
  std::vector<l7::tcp::Buffer*> free_;
  std::uint64_t random_ = 1;
};

// Answers `request` bytes with `response` bytes; as a client it asks again as soon as it has its answer, or closes.
class Talker : public l7::tcp::Application {
 public:
  struct Plan {
    std::uint32_t request = 0, response = 0;
    bool is_client = false, closes_when_opened = false, sends_for_ever = false;
  };
  Talker(l7::tcp::Stack& stack, const Plan& plan) : stack_(stack), plan_(plan) {}
  void opened(l7::tcp::Handle handle) override;
  void received(l7::tcp::Handle handle, std::size_t readable) override;
  void room(l7::tcp::Handle handle, std::size_t bytes) override;
  void peer_finished(l7::tcp::Handle handle) override { stack_.close(handle); }
  void closed(l7::tcp::Handle, l7::tcp::Closed) override { ++ended; }
  std::uint64_t answered = 0, ended = 0, read = 0;

 private:
  l7::tcp::Stack& stack_;
  const Plan plan_;
};

// Two stacks with no time between them.
struct TcpPair {
  TcpPair(const l7::tcp::Settings& client, const l7::tcp::Settings& server, std::size_t buffers);
  // Each side takes what has come, in bursts of 32, until nothing moves any more or `most` turns are over.
  void run(std::size_t most);
  void turn(l7::tcp::Stack& stack, BufferEnv& env);

  Instant now = Instant(std::chrono::hours(1));
  BufferEnv client_env, server_env;
  l7::tcp::Stack client, server;
  std::vector<l7::tcp::Packet> taken;
  const IpAddr client_address = IpAddr::v4(0x0a000001), server_address = IpAddr::v4(0x0a000002);
};

}  // namespace poise::bench
