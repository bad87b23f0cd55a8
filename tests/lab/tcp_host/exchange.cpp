#include <charconv>
#include <sstream>

#include "tests/lab/tcp_host/content.hpp"
#include "tests/lab/tcp_host/speakers.hpp"

namespace poise::l7 {
namespace {

class Exchange : public Speaker {
 public:
  explicit Exchange(Tell tell) : tell_(std::move(tell)) {}
  void closed(tcp::Closed why) override {
    outcome_.why = why;
    tell_(request_, outcome_);
  }

 protected:
  void check(std::span<const std::uint8_t> bytes) {
    for (const std::uint8_t byte : bytes) outcome_.is_right &= byte == content_at(outcome_.received++);
  }
  std::string request_;
  Outcome outcome_;

 private:
  Tell tell_;
};

class Server : public Exchange {
 public:
  using Exchange::Exchange;
  bool read(std::span<const std::uint8_t> bytes) override {
    while (!is_known_ && !bytes.empty()) {
      if (bytes.front() == '\n')
        begin();
      else
        request_ += char(bytes.front());
      bytes = bytes.subspan(1);
    }
    check(bytes);
    return !(mode_ == "abort" && outcome_.received == up_);
  }
  void peer_finished() override {
    if (mode_ == "half") answer();
  }

 private:
  void begin() {
    is_known_ = true;
    std::istringstream words(request_);
    words >> up_ >> down_ >> mode_;
    if (mode_ == "both" || mode_ == "reset") answer();
  }
  void answer() {
    to_send = down_;
    finishes = mode_ != "reset";
  }
  bool is_known_ = false;
  std::uint64_t up_ = 0, down_ = 0;
  std::string mode_;
};

class Client : public Exchange {
 public:
  Client(std::uint64_t up, std::uint64_t down, std::string mode, Tell tell)
      : Exchange(std::move(tell)), up_(up), down_(down), mode_(std::move(mode)) {
    request_ = std::to_string(up_) + " " + std::to_string(down_) + " " + mode_;
    to_say = request_ + "\n";
    to_send = up_;
    finishes = mode_ == "half" || mode_ == "both";
  }
  bool read(std::span<const std::uint8_t> bytes) override {
    check(bytes);
    if (mode_ == "reset" && outcome_.received == down_) resets = true;  // once it has sent everything
    return true;
  }

 private:
  const std::uint64_t up_, down_;
  const std::string mode_;
};

}  // namespace

std::unique_ptr<Speaker> exchange_server(Tell tell) { return std::make_unique<Server>(std::move(tell)); }

std::unique_ptr<Speaker> exchange_client(std::uint64_t up, std::uint64_t down, const std::string& mode, Tell tell) {
  return std::make_unique<Client>(up, down, mode, std::move(tell));
}

}  // namespace poise::l7
