#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "control/tcp/stream.hpp"

namespace poise::control::tcp {

// Streams - the connections of a Stack as Streams. The Stack's owner gives it packets and time; `wake` tells it that a
// turn is due, because something was asked of the Stack: at most once until the next turned(). Thread: the executor's,
// which is the Stack's too. The Stack is not given any turn after this is gone; streams that are left are closed then.
class Streams : private l7::tcp::Application {
 public:
  Streams(l7::tcp::Stack& stack, boost::asio::any_io_executor executor, std::function<void()> wake);
  ~Streams() override;
  void turned() { is_woken_ = false; }  // after each flush of the Stack

  // void(error_code, Stream)
  template <class Token>
  auto async_connect(const l7::tcp::Target& target, Token&& token) {
    const auto initiate = [this](auto handler, const l7::tcp::Target& to) {
      const std::shared_ptr<Stream::State> state = make_state();
      connect(to, state, operation_of(std::move(handler), state));
    };
    return boost::asio::async_initiate<Token, void(boost::system::error_code, Stream)>(initiate, token, target);
  }
  // False: something listens there. Connections that nobody has accepted wait, up to a backlog; more are reset, and
  // counted.
  bool listen(const IpAddr& address, std::uint16_t port);
  // void(error_code, Stream): the next connection of any that is listened for.
  template <class Token>
  auto async_accept(Token&& token) {
    const auto initiate = [this](auto handler) {
      const std::shared_ptr<Stream::State> state = make_state();
      accept(state, operation_of(std::move(handler), state));
    };
    return boost::asio::async_initiate<Token, void(boost::system::error_code, Stream)>(initiate, token);
  }
  static constexpr std::size_t backlog = 256;
  std::uint64_t overflowed() const { return overflowed_; }  // connections that found the backlog full

 private:
  // Turns a handler that wants a Stream into one of an Operation.
  template <class Handler>
  struct StreamHandler {
    using executor_type = boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>;
    Handler handler;
    std::shared_ptr<Stream::State> state;
    boost::asio::any_io_executor otherwise;
    executor_type get_executor() const noexcept { return boost::asio::get_associated_executor(handler, otherwise); }
    void operator()(boost::system::error_code error, std::size_t) {
      std::move(handler)(error, Stream(std::move(state)));
    }
  };
  template <class Handler>
  std::unique_ptr<Operation> operation_of(Handler handler, const std::shared_ptr<Stream::State>& state) {
    return make_operation(StreamHandler<Handler>{std::move(handler), state, executor_}, executor_);
  }

  std::shared_ptr<Stream::State> make_state();
  void connect(const l7::tcp::Target& target, const std::shared_ptr<Stream::State>& state,
               std::unique_ptr<Operation> operation);
  void accept(const std::shared_ptr<Stream::State>& state, std::unique_ptr<Operation> operation);
  void accept_next();
  void wake();
  Stream::State* find(l7::tcp::Handle handle) const;

  void opened(l7::tcp::Handle handle) override;
  void received(l7::tcp::Handle handle, std::size_t readable) override;
  void room(l7::tcp::Handle handle, std::size_t bytes) override;
  void peer_finished(l7::tcp::Handle handle) override;
  void closed(l7::tcp::Handle handle, l7::tcp::Closed why) override;

  l7::tcp::Stack& stack_;
  const boost::asio::any_io_executor executor_;
  const std::function<void()> wake_;
  bool is_woken_ = false;
  std::uint64_t overflowed_ = 0;
  std::map<std::uint64_t, std::shared_ptr<Stream::State>> open_;  // by handle
  std::deque<std::shared_ptr<Stream::State>> waiting_;            // to be accepted
  struct Accept {
    std::shared_ptr<Stream::State> state;
    std::unique_ptr<Operation> operation;
  };
  std::deque<Accept> accepts_;
};

}  // namespace poise::control::tcp
