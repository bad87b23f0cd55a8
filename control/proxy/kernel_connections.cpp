#include "control/proxy/kernel_connections.hpp"

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "control/proxy/socket_addresses.hpp"

namespace poise::control::proxy {
namespace {

namespace asio = boost::asio;
using Code = boost::system::error_code;

}  // namespace

// Session - one connection; what waits in the loop keeps it until the loop has seen that it is over.
class KernelConnections::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(KernelConnections& owner, health::ConnectionEvents events)
      : owner_(owner), events_(std::move(events)), socket_(owner.loop_) {}

  bool begin(const health::ConnectionTarget& target) {
    Code error;
    socket_.open(target.address.is_v4() ? asio::ip::tcp::v4() : asio::ip::tcp::v6(), error);
    if (error) return false;
    socket_.non_blocking(true, error);
    socket_.set_option(asio::ip::tcp::no_delay(true), error);
    // So that neither end keeps anything of a check that is over.
    socket_.set_option(asio::socket_base::linger(true, 0), error);
    if (target.source) socket_.bind(endpoint_of(*target.source, 0), error);
    if (target.tls) {
      tls_ = std::make_unique<health::TlsSession>(owner_.tls_contexts_, *target.tls, target.alpn);
    }
    to_send_ = target.preface;
    socket_.async_connect(endpoint_of(target.address, target.port),
                          [self = shared_from_this()](const Code& failure) { self->on_connected(failure); });
    return true;
  }
  void send(std::string_view bytes) {
    if (tls_ != nullptr)
      tls_->write(bytes);
    else
      to_send_ += bytes;
    flush();
  }
  void end() {
    is_over_ = true;
    Code ignored;
    socket_.close(ignored);
  }

 private:
  void tell(const std::function<void()>& event) {
    owner_.before_event_();
    event();
  }
  void fail(const std::string& reason) {
    if (std::exchange(is_over_, true)) return;
    tell([&] { events_.failed(reason); });
  }
  void on_connected(const Code& failure) {
    if (is_over_) return;
    if (failure) return fail(failure.message());
    read();
    flush();
    if (tls_ == nullptr) return tell(events_.connected);
    tell(events_.opened);
    on_tls();
  }
  void read() {
    socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](const Code& error, std::size_t count) {
      if (!self->is_over_) self->on_read(error, count);
    });
  }
  void on_read(const Code& error, std::size_t count) {
    const std::string_view bytes(buffer_.data(), count);
    if (error == asio::error::eof) {
      is_over_ = true;
      return tell(events_.closed);
    }
    if (error) return fail(error.message());
    if (tls_ == nullptr) {
      tell([&] { events_.bytes(bytes); });
    } else {
      tls_->on_wire(bytes);
      on_tls();
    }
    if (!is_over_) read();
  }
  void on_tls() {
    flush();
    if (is_over_) return;
    if (!tls_->error().empty()) return fail(tls_->error());
    if (tls_->is_open() && !std::exchange(is_told_open_, true)) tell(events_.connected);
    const std::string plain = is_over_ ? "" : tls_->take_bytes();
    if (!plain.empty()) tell([&] { events_.bytes(plain); });
    if (!is_over_ && tls_->is_closed()) {
      is_over_ = true;
      tell(events_.closed);
    }
  }
  // As much as the kernel takes; the rest when it has room. A failure is told later: this may be within a call.
  void flush() {
    if (tls_ != nullptr && is_preface_sent_) to_send_ += tls_->take_wire();
    while (!to_send_.empty() && !is_over_) {
      Code error;
      const std::size_t count = socket_.write_some(asio::buffer(to_send_), error);
      to_send_.erase(0, count);
      if (error == asio::error::would_block) return wait_for_room();
      if (error) return asio::post(owner_.loop_, [self = shared_from_this(), error] { self->fail(error.message()); });
    }
    if (tls_ != nullptr && !std::exchange(is_preface_sent_, true)) flush();
  }
  void wait_for_room() {
    if (std::exchange(is_waiting_, true)) return;
    socket_.async_wait(asio::ip::tcp::socket::wait_write, [self = shared_from_this()](const Code& error) {
      self->is_waiting_ = false;
      if (!error && !self->is_over_) self->flush();
    });
  }

  KernelConnections& owner_;
  const health::ConnectionEvents events_;
  asio::ip::tcp::socket socket_;
  std::unique_ptr<health::TlsSession> tls_;
  std::string to_send_;
  std::array<char, 8192> buffer_;
  bool is_over_ = false, is_told_open_ = false, is_waiting_ = false, is_preface_sent_ = false;
};

class KernelConnections::Handle : public health::Connection {
 public:
  explicit Handle(std::shared_ptr<Session> session) : session_(std::move(session)) {}
  ~Handle() override { session_->end(); }
  void send(std::string_view bytes) override { session_->send(bytes); }

 private:
  const std::shared_ptr<Session> session_;
};

std::unique_ptr<health::Connection> KernelConnections::connect(const health::ConnectionTarget& target,
                                                               health::ConnectionEvents events) {
  auto session = std::make_shared<Session>(*this, std::move(events));
  if (!session->begin(target)) return nullptr;
  return std::make_unique<Handle>(std::move(session));
}

}  // namespace poise::control::proxy
