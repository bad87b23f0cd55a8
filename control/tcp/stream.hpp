#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "control/tcp/operation.hpp"
#include "l7/tcp/stack.hpp"

namespace poise::control::tcp {

// Stream - a connection of our own TCP as Asio's AsyncReadStream and AsyncWriteStream: Boost.Beast and
// asio::ssl::stream run over it as over a kernel's socket. Made by Streams. At most one read and one write at a time.
// Destroyed, it closes: what was written still goes out. Thread: that of its executor.
class Stream {
 public:
  using executor_type = boost::asio::any_io_executor;
  using lowest_layer_type = Stream;  // for asio::ssl::stream

  struct State;  // stream_state.hpp
  explicit Stream(std::shared_ptr<State> state) : state_(std::move(state)) {}
  Stream(Stream&&) = default;
  Stream& operator=(Stream&& other);
  ~Stream() { close(); }

  executor_type get_executor() const;
  lowest_layer_type& lowest_layer() { return *this; }

  // void(error_code, bytes). The end of what the peer sends is boost::asio::error::eof.
  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return begin(token, &Stream::read, parts_of<boost::asio::mutable_buffer>(buffers));
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return begin(token, &Stream::write, parts_of<boost::asio::const_buffer>(buffers));
  }

  void shutdown_send();  // FIN after what was written
  void close();          // what waits ends with operation_aborted
  void abort();          // RST
  bool is_open() const;
  l7::tcp::Stack::Facts facts() const;  // of an open one

 private:
  template <class Buffer, class Buffers>
  static std::vector<Buffer> parts_of(const Buffers& buffers) {
    return {boost::asio::buffer_sequence_begin(buffers), boost::asio::buffer_sequence_end(buffers)};
  }
  template <class Token, class Begin, class Parts>
  auto begin(Token& token, Begin start, Parts parts) {
    const auto initiate = [this, start](auto handler, Parts all) {
      (this->*start)(std::move(all), make_operation(std::move(handler), get_executor()));
    };
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(initiate, token,
                                                                                            std::move(parts));
  }
  void read(std::vector<boost::asio::mutable_buffer> into, std::unique_ptr<Operation> operation);
  void write(std::vector<boost::asio::const_buffer> from, std::unique_ptr<Operation> operation);

  std::shared_ptr<State> state_;
};

}  // namespace poise::control::tcp
