#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "tests/lab/tcp_host/speakers.hpp"

namespace poise::l7 {
namespace {

constexpr std::size_t head_max = 8192;

class Http : public Speaker {
 public:
  bool read(std::span<const std::uint8_t> bytes) override {
    while (!bytes.empty()) {
      if (body_left_ > 0) {
        const std::size_t count = std::min<std::uint64_t>(body_left_, bytes.size());
        hash_.add(bytes.first(count));
        bytes = bytes.subspan(count);
        body_left_ -= count;
        if (body_left_ == 0) answer_hash();
        continue;
      }
      head_ += char(bytes.front());
      bytes = bytes.subspan(1);
      if (head_.size() > head_max) return false;
      if (head_.ends_with("\r\n\r\n")) begin();
    }
    return true;
  }
  void peer_finished() override { finishes = true; }

 private:
  // Of a header field's value, the number; 0 when there is none.
  std::uint64_t number_of(std::string_view field) const {
    std::string lower = head_;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char letter) { return char(std::tolower(letter)); });
    const std::size_t at = lower.find(field);
    return at == std::string::npos ? 0 : std::strtoull(lower.c_str() + at + field.size(), nullptr, 10);
  }
  void begin() {
    body_left_ = number_of("\r\ncontent-length:");
    is_post_ = head_.starts_with("POST ");
    if (head_.find("\r\nExpect: 100-continue") != std::string::npos) to_say += "HTTP/1.1 100 Continue\r\n\r\n";
    if (!is_post_) {
      const std::uint64_t count = number_of("get /bytes/");
      to_say += "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(count) + "\r\n\r\n";
      to_send = count;
      sent = 0;
    } else if (body_left_ == 0) {
      answer_hash();
    }
    head_.clear();
  }
  void answer_hash() {
    if (is_post_) to_say += "HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n" + hash_.hex();
    hash_.reset();
  }
  std::string head_;
  std::uint64_t body_left_ = 0;
  bool is_post_ = false;
  Sha256 hash_;
};

}  // namespace

std::unique_ptr<Speaker> http_server() { return std::make_unique<Http>(); }

}  // namespace poise::l7
