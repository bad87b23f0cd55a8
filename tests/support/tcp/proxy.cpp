#include "tests/support/tcp/proxy.hpp"

#include <algorithm>
#include <utility>

namespace poise::l7::tcp {

std::optional<Proxy::Side> Proxy::side_of(Handle handle) const {
  for (const Side side : {client, server})
    if (handles_[side] && *handles_[side] == handle) return side;
  return std::nullopt;
}

void Proxy::opened(Handle handle) {
  if (!handles_[client] && closed_count_ == 0) {
    handles_[client] = handle;
    const auto upstream = stack().connect(plan_.upstream, *this);
    if (!upstream) return world_.fail("the proxy cannot connect");
    handles_[server] = *upstream;
    return;
  }
  if (side_of(handle) != server || is_through_) return world_.fail("opened is told of what nobody has opened");
  is_through_ = true;
  for (const Side from : {client, server}) {
    ways_[from].head_left = plan_.head;
    ways_[from].pieces_left = plan_.pieces;
    pass_on(from);
  }
}

void Proxy::received(Handle handle, std::size_t) {
  const auto side = side_of(handle);
  if (!side) return world_.fail("received is told of what is not open");
  if (ways_[*side].is_spliced) return world_.fail("received is told of what is spliced");
  pass_on(*side);
}

void Proxy::room(Handle handle, std::size_t) {
  const auto side = side_of(handle);
  if (side) pass_on(*side == client ? server : client);
}

void Proxy::peer_finished(Handle handle) {
  const auto side = side_of(handle);
  if (!side) return world_.fail("peer_finished is told of what is not open");
  if (std::exchange(ways_[*side].is_finished, true)) return world_.fail("peer_finished twice at the proxy");
  pass_on(*side);
}

bool Proxy::send_pending(Side from) {
  Way& way = ways_[from];
  const auto& to = handles_[from == client ? server : client];
  while (!way.pending.empty()) {
    if (!to || !stack().send(*to, way.pending.front())) return false;
    way.pending.pop_front();
  }
  return true;
}

void Proxy::pass_on(Side from) {
  Way& way = ways_[from];
  if (!is_through_ || way.is_spliced || way.is_over || !handles_[from] || !send_pending(from)) return;
  while (way.head_left > 0 && stack().readable(*handles_[from]) > 0) {
    std::array<Slice, 4> slices;
    const std::size_t found = stack().take(*handles_[from], std::size_t(way.head_left), slices);
    if (found == 0) return world_.fail("take gives nothing at the proxy");
    for (std::size_t i = 0; i < found; ++i) {
      way.pending.push_back(slices[i]);
      way.head_left -= slices[i].length;
    }
    if (!send_pending(from)) return;
  }
  if (way.head_left == 0) return splice_next(from);
  const auto& to = handles_[from == client ? server : client];
  if (!way.is_finished || !to) return;
  way.is_over = true;
  stack().finish(*to);
}

void Proxy::splice_next(Side from) {
  Way& way = ways_[from];
  const auto& to = handles_[from == client ? server : client];
  if (!to) return;
  way.is_spliced = true;
  const bool in_pieces = way.pieces_left > 0;
  if (in_pieces) --way.pieces_left;
  const bool is_last = !in_pieces;
  way.is_over = is_last;
  const bool is_taken = stack().splice(*handles_[from], *to, is_last ? until_finished : plan_.piece);
  if (is_taken) return;
  // One that is over, and whose end has not been told yet, takes nothing.
  way.is_spliced = false;
  way.is_over = true;
  if (stack().is_alive(*handles_[from]) && stack().is_alive(*to)) world_.fail("the proxy cannot splice");
}

void Proxy::spliced(Handle handle, std::uint64_t) {
  const auto side = side_of(handle);
  if (!side || !ways_[*side].is_spliced) return world_.fail("spliced is told of what is not spliced");
  Way& way = ways_[*side];
  way.is_spliced = false;
  if (!way.is_over) splice_next(*side);
}

void Proxy::closed(Handle handle, Closed why) {
  const auto side = side_of(handle);
  if (!side) return world_.fail("closed is told of what is not open, at the proxy");
  handles_[*side].reset();
  ++closed_count_;
  const auto& other = handles_[*side == client ? server : client];
  if (other && (why != Closed::finished || !is_through_)) stack().abort(*other);
  if (closed_count_ == 2) drop();
}

void Proxy::drop() {
  for (Way& way : ways_) {
    for (const Slice& slice : way.pending) world_.env(host_).release(slice);
    way.pending.clear();
  }
}

}  // namespace poise::l7::tcp
