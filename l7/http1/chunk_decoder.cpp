#include "l7/http1/chunk_decoder.hpp"

#include "config/types/result.hpp"

namespace poise::l7::http1 {
namespace {

constexpr std::uint8_t digits_max = 16;
constexpr std::uint16_t extension_max = 256;  // nobody uses them; floods of them are an attack
constexpr std::size_t trailers_max = 8192;

std::uint64_t value_of(char digit) { return std::uint64_t(digit <= '9' ? digit - '0' : lower(digit) - 'a' + 10); }

// Fields that say how a message is framed, routed or to whom it is may not come after it (RFC 9110 6.5.1).
bool is_forbidden(FieldId id) {
  return id == FieldId::host || id == FieldId::content_length || id == FieldId::transfer_encoding ||
         id == FieldId::connection || id == FieldId::te || id == FieldId::trailer || id == FieldId::upgrade ||
         id == FieldId::expect || id == FieldId::cookie || id == FieldId::set_cookie;
}

}  // namespace

tl::expected<void, Refusal> ChunkDecoder::eat_size(char character) {
  if (is(hex_character, character)) {
    if (digits_ == digits_max) return tl::unexpected(Refusal::chunk_size);
    left_ = left_ << 4 | value_of(character);
    ++digits_;
    return {};
  }
  if (digits_ == 0 || left_ > (~std::uint64_t(0) >> 1)) return tl::unexpected(Refusal::chunk_size);
  extension_bytes_ = 0;
  if (character == '\r')
    state_ = State::size_feed;
  else if (character == ';')
    state_ = State::extension;
  else
    return tl::unexpected(character == '\n' ? Refusal::bare_line_feed : Refusal::chunk_size);
  return {};
}

// chunk-ext may be quoted: what is in it does not matter, but where it ends does.
tl::expected<void, Refusal> ChunkDecoder::eat_extension(char character) {
  if (character == '\r' && !is_quoted_) {
    state_ = State::size_feed;
    return {};
  }
  if (!is(value_character, character) || ++extension_bytes_ > extension_max)
    return tl::unexpected(Refusal::chunk_extension);
  if (is_escaped_)
    is_escaped_ = false;
  else if (character == '\\')
    is_escaped_ = is_quoted_;
  else if (character == '"')
    is_quoted_ = !is_quoted_;
  return {};
}

tl::expected<void, Refusal> ChunkDecoder::finish() {
  if (const auto parsed = trailers_.parse(trailers_text_, 0); !parsed) return parsed;
  for (const Field& field : trailers_)
    if (is_forbidden(field.id)) return tl::unexpected(Refusal::trailer_forbidden);
  state_ = State::done;
  return {};
}

tl::expected<void, Refusal> ChunkDecoder::eat_trailer(char character) {
  if (trailers_text_.size() == trailers_max) return tl::unexpected(Refusal::head_too_large);
  trailers_text_ += character;
  const bool is_end = trailers_text_ == "\r\n" || trailers_text_.ends_with("\n\r\n") || trailers_text_ == "\n" ||
                      trailers_text_.ends_with("\n\n");
  return is_end ? finish() : tl::expected<void, Refusal>{};
}

tl::expected<void, Refusal> ChunkDecoder::eat(char character) {
  switch (state_) {
    case State::size:
      return eat_size(character);
    case State::extension:
      return eat_extension(character);
    case State::size_feed:
      if (character != '\n') return tl::unexpected(Refusal::bare_carriage_return);
      state_ = left_ == 0 ? State::trailers : State::data;
      return {};
    case State::data_return:
      if (character != '\r') return tl::unexpected(Refusal::chunk_end);
      state_ = State::data_feed;
      return {};
    case State::data_feed:
      if (character != '\n') return tl::unexpected(Refusal::chunk_end);
      state_ = State::size;
      digits_ = 0;
      return {};
    case State::trailers:
      return eat_trailer(character);
    case State::data:
    case State::done:
      break;
  }
  ensure(false);
  return {};
}

tl::expected<ChunkDecoder::Step, Refusal> ChunkDecoder::feed(std::string_view bytes) {
  Step step;
  while (step.framing < bytes.size() && state_ != State::data && state_ != State::done)
    if (const auto eaten = eat(bytes[step.framing++]); !eaten) return tl::unexpected(eaten.error());
  if (state_ == State::data) step.data = left_;
  return step;
}

void ChunkDecoder::took(std::uint64_t data) {
  ensure(state_ == State::data && data <= left_);
  left_ -= data;
  if (left_ == 0) state_ = State::data_return;
}

}  // namespace poise::l7::http1
