#include "l7/session/core.hpp"

namespace poise::l7 {
namespace {

// What goes; whether that was all.
bool send_more(ProxyCore& core, End& client, Unsent& unsent) {
  const std::string_view rest = std::string_view(unsent.text).substr(unsent.sent);
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(rest.data()), rest.size());
  unsent.sent += core.transport.send_copy(client.handle, bytes);
  return unsent.sent == unsent.text.size();
}

// When its frontend has gone meanwhile, the time that it has left is all it gets.
void await_room(ProxyCore& core, End& client) {
  const Frontend* frontend = client.frontend->local[core.settings.number].current;
  if (frontend != nullptr) set_deadline(core, client, frontend->timeouts.client);
}

}  // namespace

bool send_answer(ProxyCore& core, End& client, std::string text, bool keeps_client) {
  Unsent unsent{std::move(text), 0, keeps_client};
  if (send_more(core, client, unsent)) return true;
  core.unsent.emplace(client.handle.index, std::move(unsent));
  return false;
}

void await_answer_sent(ProxyCore& core, End& client) {
  client.kind = End::Kind::answered;
  await_room(core, client);
}

void on_answer_room(ProxyCore& core, End& client) {
  const auto found = core.unsent.find(client.handle.index);
  ensure(found != core.unsent.end());
  if (!send_more(core, client, found->second)) return await_room(core, client);
  const bool keeps_client = found->second.keeps_client;
  core.unsent.erase(found);
  client.kind = End::Kind::client;
  clear_deadline(client);
  if (keeps_client) return await_request(core, client);
  linger(core, client);
}

}  // namespace poise::l7
