#pragma once
#include "tests/lab/tcp_host/speaker.hpp"

// The two protocols of tcp_host. "Exchange": the client says "UP DOWN MODE\n" and sends UP bytes of the content; the
// server sends DOWN bytes. MODE says how it ends:
//   half    the client finishes, and the server answers only then
//   both    both send at once, and finish when they have sent
//   reset   the client resets when it has got everything
//   abort   the server resets when it has got everything
namespace poise::l7 {

// Outcome - what a side of an exchange has to say of it. `is_right`: what came is a beginning of the content.
struct Outcome {
  std::uint64_t received = 0;
  bool is_right = true;
  tcp::Closed why = tcp::Closed::finished;
};
using Tell = std::function<void(const std::string& request, const Outcome&)>;

std::unique_ptr<Speaker> exchange_server(Tell tell);
std::unique_ptr<Speaker> exchange_client(std::uint64_t up, std::uint64_t down, const std::string& mode, Tell tell);

// HTTP/1.1: GET /bytes/N answers N bytes of the content; POST of anything the SHA-256 of its body.
std::unique_ptr<Speaker> http_server();

}  // namespace poise::l7
