#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "control/tcp/stream.hpp"

namespace poise::control::tcp {

// Stream::State - what a Stream and the Streams that made it both know of a connection.
struct Stream::State {
  l7::tcp::Stack* stack = nullptr;  // none: those Streams are gone
  boost::asio::any_io_executor executor;
  std::function<void()> wake;
  l7::tcp::Handle handle;
  bool is_open = false, has_peer_finished = false, has_finished = false, is_over = false;
  boost::system::error_code why;  // of what is asked after it is over
  std::unique_ptr<Operation> opening, reading, writing;
  std::vector<boost::asio::mutable_buffer> into;
  std::vector<boost::asio::const_buffer> from;

  void push_read();
  void push_write();
  void end(boost::system::error_code error);  // whatever waits ends with it
};

}  // namespace poise::control::tcp
