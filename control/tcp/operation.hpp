#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <memory>
#include <utility>

namespace poise::control::tcp {

// Operation - a handler that waits: told once, on its own executor, never from within the call that began it. Its
// executor does not run dry before.
class Operation {
 public:
  virtual ~Operation() = default;
  virtual void complete(boost::system::error_code error, std::size_t bytes) = 0;
};

template <class Handler>
class OperationOf final : public Operation {
 public:
  OperationOf(Handler handler, const boost::asio::any_io_executor& executor)
      : work_(boost::asio::get_associated_executor(handler, executor)), handler_(std::move(handler)) {}
  void complete(boost::system::error_code error, std::size_t bytes) override {
    boost::asio::post(work_.get_executor(),
                      [handler = std::move(handler_), error, bytes]() mutable { std::move(handler)(error, bytes); });
    work_.reset();
  }

 private:
  boost::asio::executor_work_guard<boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>> work_;
  Handler handler_;
};

template <class Handler>
std::unique_ptr<Operation> make_operation(Handler&& handler, const boost::asio::any_io_executor& executor) {
  return std::make_unique<OperationOf<std::decay_t<Handler>>>(std::forward<Handler>(handler), executor);
}

}  // namespace poise::control::tcp
