#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <tl/expected.hpp>

#include "l7/tcp/application.hpp"
#include "l7/tcp/buffer.hpp"
#include "l7/tcp/stack.hpp"

namespace poise::l7 {

// Transport - connections as the proxy wants them: our own TCP's, or a kernel's sockets. The words mean what they do
// for a tcp::Stack, and events come to a tcp::Application in the same way: never from within a call. Owner: one thread.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual tl::expected<tcp::Handle, tcp::ConnectRefusal> connect(const tcp::Target& target,
                                                                 tcp::Application& application) = 0;
  virtual std::size_t peek(tcp::Handle handle, std::span<tcp::Slice> into) const = 0;
  virtual std::size_t readable(tcp::Handle handle) const = 0;
  virtual void consume(tcp::Handle handle, std::size_t bytes) = 0;
  virtual std::size_t room(tcp::Handle handle) const = 0;
  virtual std::size_t send_copy(tcp::Handle handle, std::span<const std::uint8_t> bytes) = 0;
  virtual bool splice(tcp::Handle from, tcp::Handle to, std::uint64_t bytes) = 0;
  virtual void finish(tcp::Handle handle) = 0;
  virtual void close(tcp::Handle handle) = 0;
  virtual void abort(tcp::Handle handle) = 0;
  // The connection is forgotten, and the peer not told until it sends again. Where that can't be done it is reset.
  virtual void vanish(tcp::Handle handle) { abort(handle); }
  virtual tcp::Tuple ends(tcp::Handle handle) const = 0;
  virtual std::uint64_t moved(tcp::Handle handle) const = 0;
  virtual std::size_t unacknowledged(tcp::Handle handle) const = 0;
};

// StackTransport - that of our own TCP.
class StackTransport final : public Transport {
 public:
  // Which of our addresses connections to a server leave from, where the target does not say.
  class Sources {
   public:
    virtual ~Sources() = default;
    virtual std::optional<IpAddr> source_to(const IpAddr& remote) = 0;
  };
  StackTransport(tcp::Stack& stack, Sources& sources) : stack_(stack), sources_(sources) {}
  tl::expected<tcp::Handle, tcp::ConnectRefusal> connect(const tcp::Target& target,
                                                         tcp::Application& application) override {
    if (!target.local.is_unspecified()) return stack_.connect(target, application);
    const auto source = sources_.source_to(target.remote);
    if (!source) return tl::unexpected(tcp::ConnectRefusal::no_port);
    tcp::Target complete = target;
    complete.local = *source;
    return stack_.connect(complete, application);
  }
  std::size_t peek(tcp::Handle handle, std::span<tcp::Slice> into) const override { return stack_.peek(handle, into); }
  std::size_t readable(tcp::Handle handle) const override { return stack_.readable(handle); }
  void consume(tcp::Handle handle, std::size_t bytes) override { stack_.consume(handle, bytes); }
  std::size_t room(tcp::Handle handle) const override { return stack_.room(handle); }
  std::size_t send_copy(tcp::Handle handle, std::span<const std::uint8_t> bytes) override {
    return stack_.send_copy(handle, bytes);
  }
  bool splice(tcp::Handle from, tcp::Handle to, std::uint64_t bytes) override { return stack_.splice(from, to, bytes); }
  void finish(tcp::Handle handle) override { stack_.finish(handle); }
  void close(tcp::Handle handle) override { stack_.close(handle); }
  void abort(tcp::Handle handle) override { stack_.abort(handle); }
  void vanish(tcp::Handle handle) override { stack_.forget(handle); }
  tcp::Tuple ends(tcp::Handle handle) const override { return stack_.facts(handle).tuple; }
  std::uint64_t moved(tcp::Handle handle) const override { return stack_.moved(handle); }
  std::size_t unacknowledged(tcp::Handle handle) const override { return stack_.unacknowledged(handle); }

 private:
  tcp::Stack& stack_;
  Sources& sources_;
};

}  // namespace poise::l7
