#include "control/tcp/stream.hpp"

#include <boost/asio/error.hpp>

#include "config/types/result.hpp"
#include "control/tcp/stream_state.hpp"

namespace poise::control::tcp {

namespace error = boost::asio::error;

namespace {

void finish(std::unique_ptr<Operation>& operation, boost::system::error_code code, std::size_t bytes = 0) {
  const std::unique_ptr<Operation> ended = std::move(operation);
  if (ended != nullptr) ended->complete(code, bytes);
}

}  // namespace

void Stream::State::push_read() {
  if (reading == nullptr) return;
  std::size_t done = 0, room = 0;
  for (const boost::asio::mutable_buffer& buffer : into) {
    room += buffer.size();
    if (is_over || done != room - buffer.size()) continue;
    done += stack->read(handle, {static_cast<std::uint8_t*>(buffer.data()), buffer.size()});
  }
  if (done > 0 || room == 0) {
    finish(reading, {}, done);
    wake();
  } else if (has_peer_finished) {
    finish(reading, error::eof);
  } else if (is_over) {
    finish(reading, why);
  }
}

void Stream::State::push_write() {
  if (writing == nullptr) return;
  if (is_over || has_finished) {
    finish(writing, is_over && why != error::eof ? why : error::broken_pipe);
    return;
  }
  std::size_t done = 0, size = 0;
  for (const boost::asio::const_buffer& buffer : from) {
    size += buffer.size();
    if (done != size - buffer.size()) continue;
    done += stack->send_copy(handle, {static_cast<const std::uint8_t*>(buffer.data()), buffer.size()});
  }
  if (done == 0 && size != 0) return;
  finish(writing, {}, done);
  wake();
}

void Stream::State::end(boost::system::error_code code) {
  is_over = true;
  is_open = false;
  why = code;
  finish(opening, code);
  finish(reading, code);
  finish(writing, code);
}

Stream& Stream::operator=(Stream&& other) {
  if (this == &other) return *this;
  close();
  state_ = std::move(other.state_);
  return *this;
}

Stream::executor_type Stream::get_executor() const { return state_->executor; }

void Stream::read(std::vector<boost::asio::mutable_buffer> into, std::unique_ptr<Operation> operation) {
  ensure(state_->reading == nullptr);
  state_->into = std::move(into);
  state_->reading = std::move(operation);
  state_->push_read();
}

void Stream::write(std::vector<boost::asio::const_buffer> from, std::unique_ptr<Operation> operation) {
  ensure(state_->writing == nullptr);
  state_->from = std::move(from);
  state_->writing = std::move(operation);
  state_->push_write();
}

void Stream::shutdown_send() {
  if (!is_open()) return;
  state_->has_finished = true;
  state_->stack->finish(state_->handle);
  state_->wake();
}

void Stream::close() {
  if (state_ == nullptr || state_->is_over) return;
  state_->stack->close(state_->handle);
  state_->end(error::operation_aborted);
  state_->wake();
}

void Stream::abort() {
  if (state_ == nullptr || state_->is_over) return;
  state_->stack->abort(state_->handle);
  state_->end(error::operation_aborted);
  state_->wake();
}

bool Stream::is_open() const { return state_ != nullptr && state_->is_open; }

l7::tcp::Stack::Facts Stream::facts() const {
  ensure(is_open());
  return state_->stack->facts(state_->handle);
}

}  // namespace poise::control::tcp
