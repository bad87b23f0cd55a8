#include "tests/support/l7/http_peers.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

namespace poise::l7 {
namespace {

constexpr std::size_t block = 1u << 16;

// Bodies from any offset on, without making them again and again: what is beyond one period of body_byte repeats.
constexpr std::uint64_t period = 1u << 24;
std::span<const std::uint8_t> body_from(std::uint64_t at, std::uint64_t most) {
  static const std::vector<std::uint8_t> bytes = [] {
    std::vector<std::uint8_t> made(period + block);
    for (std::uint64_t i = 0; i < made.size(); ++i) made[i] = body_byte(i % period);
    return made;
  }();
  return {bytes.data() + at % period, std::size_t(std::min<std::uint64_t>(most, block))};
}

std::uint64_t length_of(std::string_view head) {
  const std::size_t at = head.find("ontent-");
  const std::size_t length = head.find("ength: ", at);
  return length == std::string_view::npos ? 0 : std::strtoull(head.data() + length + 7, nullptr, 10);
}

bool is_body(std::span<const std::uint8_t> bytes, std::uint64_t at) {
  while (!bytes.empty()) {
    const auto want = body_from(at, bytes.size());
    if (std::memcmp(want.data(), bytes.data(), want.size()) != 0) return false;
    bytes = bytes.subspan(want.size());
    at += want.size();
  }
  return true;
}

template <class Take>
void read_slices(tcp::Stack& stack, tcp::Handle handle, Take&& take) {
  std::array<tcp::Slice, 16> slices;
  for (std::size_t count = stack.peek(handle, slices); count > 0; count = stack.peek(handle, slices)) {
    std::size_t bytes = 0;
    for (const tcp::Slice& slice : std::span(slices).first(count)) {
      take(std::span<const std::uint8_t>(slice.begin(), slice.length));
      bytes += slice.length;
    }
    stack.consume(handle, bytes);
  }
}

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Takes bytes until the head is whole; true: it is.
bool take_head(std::string& head, std::span<const std::uint8_t>& bytes) {
  const std::size_t before = head.size();
  head.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::size_t end = head.find("\r\n\r\n", before < 3 ? 0 : before - 3);
  if (end == std::string::npos) {
    bytes = {};
    return false;
  }
  bytes = bytes.subspan(end + 4 - before);
  head.resize(end + 4);
  return true;
}

}  // namespace

HttpOrigin::State& HttpOrigin::of(tcp::Handle handle) {
  if (handle.index >= states_.size()) states_.resize(handle.index + 1);
  return states_[handle.index];
}

void HttpOrigin::opened(tcp::Handle handle) {
  of(handle) = {};
  ++accepted;
  ++open;
}

void HttpOrigin::read(State& state, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    if (state.body_left > 0) {
      const auto part = bytes.first(std::size_t(std::min<std::uint64_t>(bytes.size(), state.body_left)));
      bodies_are_right &= is_body(part, state.body_at);
      state.body_at += part.size();
      state.body_left -= part.size();
      body_bytes += part.size();
      bytes = bytes.subspan(part.size());
    } else {
      if (!take_head(state.head, bytes)) return;
      state.body_left = length_of(state.head);
      state.body_at = 0;
      last_head = state.head;
      state.head.clear();
    }
    if (state.body_left > 0) continue;
    ++answered;
    state.to_say = "HTTP/1.1 200 OK\r\nServer: origin\r\nContent-Length: " + std::to_string(plan.body) + "\r\n\r\n";
    state.owed = plan.body;
    state.sent = 0;
  }
}

void HttpOrigin::received(tcp::Handle handle, std::size_t) {
  State& state = of(handle);
  read_slices(stack_, handle, [&](std::span<const std::uint8_t> bytes) { read(state, bytes); });
  push(handle);
}

void HttpOrigin::room(tcp::Handle handle, std::size_t) { push(handle); }

void HttpOrigin::push(tcp::Handle handle) {
  State& state = of(handle);
  if (!state.to_say.empty()) state.to_say.erase(0, stack_.send_copy(handle, bytes_of(state.to_say)));
  while (state.to_say.empty() && state.sent < state.owed) {
    const auto part = body_from(state.sent, state.owed - state.sent);
    const std::size_t taken = stack_.send_copy(handle, part);
    state.sent += taken;
    if (taken < part.size()) return;
  }
  if (plan.closes && state.owed > 0 && state.sent == state.owed) stack_.close(handle);
}

HttpClients::State& HttpClients::of(tcp::Handle handle) {
  if (handle.index >= states_.size()) states_.resize(handle.index + 1);
  return states_[handle.index];
}

void HttpClients::start(std::uint32_t connections) {
  for (std::uint32_t i = 0; i < connections; ++i) connect();
}

void HttpClients::connect() {
  if (asked >= plan.requests) return;
  ++asked;
  const auto handle = stack_.connect(plan.target, *this);
  if (!handle) {
    ++failed;
    return;
  }
  of(*handle) = {};
  ++open;
}

void HttpClients::opened(tcp::Handle handle) { ask(handle); }

void HttpClients::ask(tcp::Handle handle) {
  State& state = of(handle);
  state.head.clear();
  state.is_in_body = false;
  state.is_waiting = true;
  state.upload_sent = 0;
  stack_.send_copy(handle, bytes_of(plan.request));
  push(handle);
}

void HttpClients::push(tcp::Handle handle) {
  State& state = of(handle);
  while (state.is_waiting && state.upload_sent < plan.upload) {
    const auto part = body_from(state.upload_sent, plan.upload - state.upload_sent);
    const std::size_t taken = stack_.send_copy(handle, part);
    state.upload_sent += taken;
    if (taken < part.size()) return;
  }
}

void HttpClients::room(tcp::Handle handle, std::size_t) { push(handle); }

void HttpClients::received(tcp::Handle handle, std::size_t) {
  State& state = of(handle);
  read_slices(stack_, handle, [&](std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
      if (!state.is_in_body) {
        if (!take_head(state.head, bytes)) return;
        if (!state.head.starts_with("HTTP/1.1 200")) ++wrong;
        last_head = state.head;
        state.body_left = length_of(state.head);
        state.body_at = 0;
        state.is_in_body = true;
      }
      const auto part = bytes.first(std::size_t(std::min<std::uint64_t>(bytes.size(), state.body_left)));
      if (plan.checks && !is_body(part, state.body_at)) ++wrong;
      state.body_at += part.size();
      state.body_left -= part.size();
      body_bytes += part.size();
      bytes = bytes.subspan(part.size());
      if (state.body_left == 0 && !bytes.empty()) {  // what nobody has asked for
        ++wrong;
        return;
      }
    }
  });
  if (state.is_waiting && state.is_in_body && state.body_left == 0) finish_response(handle);
}

void HttpClients::finish_response(tcp::Handle handle) {
  ++answered;
  of(handle).is_waiting = false;
  if (plan.closes || asked >= plan.requests) return stack_.close(handle);
  ++asked;
  ask(handle);
}

void HttpClients::peer_finished(tcp::Handle handle) { stack_.close(handle); }

void HttpClients::closed(tcp::Handle handle, tcp::Closed) {
  --open;
  if (of(handle).is_waiting || of(handle).head.empty()) ++failed;
  of(handle) = {};
  if (plan.closes) connect();
}

}  // namespace poise::l7
