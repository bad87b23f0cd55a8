#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "l7/http1/fields.hpp"
#include "l7/http1/refusal.hpp"

namespace poise::l7::http1 {

// ChunkDecoder - finds the data in a chunked body (RFC 9112 7.1), in pieces as they come. It looks at what frames the
// data and never at the data: of that it says how much there is.
class ChunkDecoder {
 public:
  // What the beginning of the bytes is: so many of framing, which are consumed, and then so many of data, which the
  // caller moves on and reports by took(). Both 0: more is needed, or is_done().
  struct Step {
    std::size_t framing = 0;
    std::uint64_t data = 0;  // of this chunk still to come: may be more than there is
  };
  tl::expected<Step, Refusal> feed(std::string_view bytes);
  void took(std::uint64_t data);  // at most what feed() told
  bool is_done() const { return state_ == State::done; }
  // The fields behind the last chunk, when done; their texts are places in trailers_text().
  const Fields& trailers() const { return trailers_; }
  std::string_view trailers_text() const { return trailers_text_; }

 private:
  enum class State : std::uint8_t { size, extension, size_feed, data, data_return, data_feed, trailers, done };
  tl::expected<void, Refusal> eat(char character);
  tl::expected<void, Refusal> eat_size(char character);
  tl::expected<void, Refusal> eat_extension(char character);
  tl::expected<void, Refusal> eat_trailer(char character);
  tl::expected<void, Refusal> finish();

  State state_ = State::size;
  std::uint8_t digits_ = 0;
  bool is_quoted_ = false, is_escaped_ = false;
  std::uint16_t extension_bytes_ = 0;
  std::uint64_t left_ = 0;
  std::string trailers_text_;  // what came of them; empty but for the few bodies that have any
  Fields trailers_;
};

}  // namespace poise::l7::http1
