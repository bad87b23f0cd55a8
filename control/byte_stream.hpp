#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace poise::control {

// ByteStream - the body of an answer that is made while it is sent (flows, capture, trace, events). The maker appends,
// the server takes what is there and looks again a few milliseconds later. Bounded: what does not fit is refused as a
// whole piece and counted, so a slow reader loses pieces, never memory. Thread: control's.
class ByteStream {
 public:
  explicit ByteStream(std::size_t limit = 1u << 20) : limit_(limit) {}
  ~ByteStream() {
    if (on_close) on_close();
  }
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;

  bool append(std::string_view piece) {
    if (buffer_.size() + piece.size() > limit_) {
      ++lost_;
      return false;
    }
    buffer_ += piece;
    return true;
  }
  std::string take() { return std::exchange(buffer_, {}); }
  void finish() { done_ = true; }
  bool done() const { return done_ && buffer_.empty(); }
  bool finished() const { return done_; }
  std::size_t room() const { return limit_ - buffer_.size(); }
  std::uint64_t lost() const { return lost_; }

  std::function<void()> refill;    // called before each look: the maker may append
  std::function<void()> on_close;  // when the reader is gone, or everything is sent

 private:
  std::size_t limit_;
  std::string buffer_;
  bool done_ = false;
  std::uint64_t lost_ = 0;
};

}  // namespace poise::control
