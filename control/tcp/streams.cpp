#include "control/tcp/streams.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>

#include "control/tcp/stream_state.hpp"

namespace poise::control::tcp {

namespace error = boost::asio::error;

namespace {

std::uint64_t key_of(l7::tcp::Handle handle) { return std::uint64_t(handle.generation) << 32 | handle.index; }

boost::system::error_code code_of(l7::tcp::Closed why) {
  using l7::tcp::Closed;
  switch (why) {
    case Closed::finished:
      return error::eof;
    case Closed::reset:
      return error::connection_reset;
    case Closed::refused:
      return error::connection_refused;
    case Closed::timed_out:
      return error::timed_out;
    case Closed::aborted:
      return error::connection_aborted;
    case Closed::unreachable:
      return error::host_unreachable;
    case Closed::no_memory:
      return error::no_buffer_space;
  }
  return error::fault;
}

boost::system::error_code code_of(l7::tcp::ConnectRefusal why) {
  using l7::tcp::ConnectRefusal;
  switch (why) {
    case ConnectRefusal::families_differ:
      return error::address_family_not_supported;
    case ConnectRefusal::no_row:
      return error::no_buffer_space;
    case ConnectRefusal::no_port:
    case ConnectRefusal::tuple_in_use:
      return error::address_in_use;
  }
  return error::fault;
}

}  // namespace

Streams::Streams(l7::tcp::Stack& stack, boost::asio::any_io_executor executor, std::function<void()> wake)
    : stack_(stack), executor_(std::move(executor)), wake_(std::move(wake)) {}

Streams::~Streams() {
  for (const auto& [key, state] : open_) {
    stack_.abort(state->handle);
    state->end(error::operation_aborted);
    state->stack = nullptr;
  }
  for (const Accept& each : accepts_) each.operation->complete(error::operation_aborted, 0);
}

void Streams::wake() {
  if (std::exchange(is_woken_, true)) return;
  wake_();
}

std::shared_ptr<Stream::State> Streams::make_state() {
  auto state = std::make_shared<Stream::State>();
  state->stack = &stack_;
  state->executor = executor_;
  state->wake = [this] { wake(); };
  state->is_over = true;  // until there is a connection
  return state;
}

Stream::State* Streams::find(l7::tcp::Handle handle) const {
  const auto found = open_.find(key_of(handle));
  return found == open_.end() ? nullptr : found->second.get();
}

void Streams::connect(const l7::tcp::Target& target, const std::shared_ptr<Stream::State>& state,
                      std::unique_ptr<Operation> operation) {
  const auto handle = stack_.connect(target, *this);
  if (!handle) {
    operation->complete(code_of(handle.error()), 0);
    return;
  }
  state->handle = *handle;
  state->is_over = false;
  state->opening = std::move(operation);
  open_[key_of(*handle)] = state;
  wake();
}

bool Streams::listen(const IpAddr& address, std::uint16_t port) { return stack_.listen(address, port, *this); }

void Streams::accept(const std::shared_ptr<Stream::State>& state, std::unique_ptr<Operation> operation) {
  accepts_.push_back({state, std::move(operation)});
  accept_next();
}

void Streams::accept_next() {
  while (!accepts_.empty() && !waiting_.empty()) {
    const Accept accept = std::move(accepts_.front());
    accepts_.pop_front();
    *accept.state = std::move(*waiting_.front());
    waiting_.pop_front();
    if (const auto found = open_.find(key_of(accept.state->handle)); found != open_.end()) found->second = accept.state;
    accept.operation->complete({}, 0);
  }
}

void Streams::opened(l7::tcp::Handle handle) {
  if (Stream::State* const connecting = find(handle)) {
    connecting->is_open = true;
    const std::unique_ptr<Operation> operation = std::move(connecting->opening);
    operation->complete({}, 0);
    return;
  }
  if (waiting_.size() == backlog) {
    ++overflowed_;
    stack_.abort(handle);
    return;
  }
  const std::shared_ptr<Stream::State> state = make_state();
  state->handle = handle;
  state->is_open = true;
  state->is_over = false;
  open_[key_of(handle)] = state;
  waiting_.push_back(state);
  accept_next();
}

void Streams::received(l7::tcp::Handle handle, std::size_t) {
  if (Stream::State* const state = find(handle)) state->push_read();
}

void Streams::room(l7::tcp::Handle handle, std::size_t) {
  if (Stream::State* const state = find(handle)) state->push_write();
}

void Streams::peer_finished(l7::tcp::Handle handle) {
  Stream::State* const state = find(handle);
  if (state == nullptr) return;
  state->has_peer_finished = true;
  state->push_read();
}

void Streams::closed(l7::tcp::Handle handle, l7::tcp::Closed why) {
  const auto found = open_.find(key_of(handle));
  if (found == open_.end()) return;
  const std::shared_ptr<Stream::State> state = found->second;
  open_.erase(found);
  std::erase(waiting_, state);
  if (!state->is_over) state->end(code_of(why));
}

}  // namespace poise::control::tcp
