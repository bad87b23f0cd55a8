#include "tests/bench/tcp_pair.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace poise::bench {

using namespace l7::tcp;

BufferEnv::BufferEnv(std::size_t buffers) : memory_(buffers * size, 1), buffers_(buffers) {
  for (std::size_t i = 0; i < buffers; ++i) {
    buffers_[i] = {&memory_[i * size], size, 0};
    free_.push_back(&buffers_[i]);
  }
}

Buffer* BufferEnv::allocate() {
  if (free_.empty()) return nullptr;
  Buffer* buffer = free_.back();
  free_.pop_back();
  buffer->references = 1;
  return buffer;
}

bool BufferEnv::transmit(const Outgoing& segment) {
  ++sent;
  if (other == nullptr) return true;
  Buffer* buffer = other->allocate();
  if (buffer == nullptr) return false;
  std::uint8_t* at = buffer->data;
  at = std::copy(segment.headers.begin(), segment.headers.end(), at);
  for (const Slice& slice : segment.payload) at = std::copy_n(slice.begin(), slice.length, at);
  other->inbox.push_back({buffer, 0, std::uint32_t(at - buffer->data), true});
  return true;
}

namespace {
constexpr std::array<std::uint8_t, 65536> zeros{};
}

void Talker::opened(Handle handle) {
  if (plan_.closes_when_opened && plan_.is_client) stack_.close(handle);
  if (plan_.is_client && plan_.request != 0) stack_.send_copy(handle, std::span(zeros).first(plan_.request));
  if (plan_.sends_for_ever) room(handle, 0);
}

void Talker::room(Handle handle, std::size_t) {
  while (plan_.sends_for_ever && stack_.send_copy(handle, zeros) == zeros.size()) {
  }
}

void Talker::received(Handle handle, std::size_t readable) {
  read += readable;
  const std::uint32_t wanted = plan_.is_client ? plan_.response : plan_.request;
  if (wanted == 0) return stack_.consume(handle, readable);
  if (readable < wanted) return;
  stack_.consume(handle, wanted);
  ++answered;
  stack_.send_copy(handle, std::span(zeros).first(plan_.is_client ? plan_.request : plan_.response));
}

TcpPair::TcpPair(const Settings& client_settings, const Settings& server_settings, std::size_t buffers)
    : client_env(buffers),
      server_env(buffers),
      client(client_env, client_settings, now),
      server(server_env, server_settings, now) {
  client_env.other = &server_env;
  server_env.other = &client_env;
}

void TcpPair::turn(Stack& stack, BufferEnv& env) {
  const std::size_t count = std::min<std::size_t>(env.inbox.size(), 32);
  taken.assign(env.inbox.begin(), env.inbox.begin() + std::ptrdiff_t(count));
  env.inbox.erase(env.inbox.begin(), env.inbox.begin() + std::ptrdiff_t(count));
  stack.input(taken, now);
  stack.advance(now);
  stack.flush(now);
}

void TcpPair::run(std::size_t most) {
  for (std::size_t i = 0; i < most; ++i) {
    now += std::chrono::microseconds(10);
    turn(client, client_env);
    turn(server, server_env);
    if (client_env.inbox.empty() && server_env.inbox.empty() && client.deadline() > now && server.deadline() > now)
      break;
  }
}

}  // namespace poise::bench
