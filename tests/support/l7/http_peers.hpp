#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "l7/tcp/stack.hpp"

// What talks HTTP/1.1 on both sides of a proxy, cheaply and by the million.
namespace poise::l7 {

// The bytes of bodies: no two blocks near each other are the same.
constexpr std::uint8_t body_byte(std::uint64_t at) { return std::uint8_t(at * 167 + (at >> 8) * 59 + (at >> 16) * 31); }

// HttpOrigin - answers every request with 200 and a body of so many bytes; of requests it reads heads, and bodies of a
// Content-Length.
class HttpOrigin : public tcp::Application {
 public:
  struct Plan {
    std::uint64_t body = 100;
    bool closes = false;  // after each response
  };
  HttpOrigin(tcp::Stack& stack, const Plan& how) : plan(how), stack_(stack) {}
  void opened(tcp::Handle handle) override;
  void received(tcp::Handle handle, std::size_t readable) override;
  void room(tcp::Handle handle, std::size_t bytes) override;
  void peer_finished(tcp::Handle handle) override { stack_.close(handle); }
  void closed(tcp::Handle, tcp::Closed) override { --open; }

  Plan plan;
  std::uint64_t answered = 0, accepted = 0, body_bytes = 0;
  bool bodies_are_right = true;
  std::uint32_t open = 0;
  std::string last_head;

 private:
  struct State {
    std::string head;             // of a request, as far as it has come
    std::uint64_t body_left = 0;  // of a request
    std::uint64_t body_at = 0;
    std::uint64_t owed = 0, sent = 0;  // of the body of a response
    std::string to_say;
  };
  State& of(tcp::Handle handle);
  void read(State& state, std::span<const std::uint8_t> bytes);
  void push(tcp::Handle handle);
  tcp::Stack& stack_;
  std::vector<State> states_;  // by row
};

// HttpClients - connections that ask, and ask again as soon as they have their answer; with `closes` each request has a
// connection of its own.
class HttpClients : public tcp::Application {
 public:
  struct Plan {
    tcp::Target target;
    std::string request = "GET /index.html HTTP/1.1\r\nHost: www.example.com\r\n\r\n";
    std::uint64_t upload = 0;      // bytes of body after the head
    std::uint64_t requests = ~0u;  // over all connections; then they close
    bool closes = false, checks = false;
  };
  HttpClients(tcp::Stack& stack, Plan how) : plan(std::move(how)), stack_(stack) {}
  void start(std::uint32_t connections);
  void opened(tcp::Handle handle) override;
  void received(tcp::Handle handle, std::size_t readable) override;
  void room(tcp::Handle handle, std::size_t bytes) override;
  void peer_finished(tcp::Handle handle) override;
  void closed(tcp::Handle handle, tcp::Closed why) override;
  bool is_done() const { return answered + failed >= plan.requests && open == 0; }

  Plan plan;
  std::uint64_t asked = 0, answered = 0, failed = 0, wrong = 0, body_bytes = 0;
  std::uint32_t open = 0;
  std::string last_head;  // of a response

 private:
  struct State {
    std::string head;
    std::uint64_t body_left = 0, body_at = 0;
    std::uint64_t upload_sent = 0;
    bool is_in_body = false, is_waiting = false;
  };
  void connect();
  void ask(tcp::Handle handle);
  void push(tcp::Handle handle);
  void finish_response(tcp::Handle handle);
  State& of(tcp::Handle handle);
  tcp::Stack& stack_;
  std::vector<State> states_;
};

}  // namespace poise::l7
