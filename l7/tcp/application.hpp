#pragma once
#include <cstddef>
#include <cstdint>

#include "l7/tcp/connection.hpp"

namespace poise::l7::tcp {

// Application - what is told of its connections. Called from flush, once a burst and never from within another call of
// the Stack; may call anything of the Stack but input, flush and advance.
class Application {
 public:
  virtual ~Application() = default;
  virtual void opened(Handle handle) = 0;                          // accepted, or connected
  virtual void received(Handle handle, std::size_t readable) = 0;  // more came than there was
  virtual void room(Handle handle, std::size_t bytes) = 0;         // to send, after there was too little
  virtual void peer_finished(Handle handle) = 0;                   // it sends no more; what is readable stays so
  // A splice has come to its end. `left`: bytes that it was to move and will not, because the peer has finished before,
  // or the connection that they were for is gone.
  virtual void spliced(Handle, std::uint64_t /*left*/) {}
  virtual void closed(Handle handle, Closed why) = 0;  // exactly once, the last of all; the handle is void
};

}  // namespace poise::l7::tcp
