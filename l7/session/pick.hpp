#pragma once
#include "l7/session/core.hpp"

namespace poise::l7 {

// Picked - which server a session goes to, by what its request says and by the backend's algorithm.
struct Picked {
  enum class State : std::uint8_t { none, all_full, server } state = State::none;
  const Server* server = nullptr;
};
Picked pick_server(ProxyCore& core, Session& session);

// Whether the server takes new sessions of whoever comes.
bool is_usable(const Server& server);
// Whether another does, that is no backup.
bool has_another_server(const Backend& backend, const Server& server);

}  // namespace poise::l7
