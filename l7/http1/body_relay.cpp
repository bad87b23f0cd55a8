#include "l7/http1/body_relay.hpp"

#include <array>
#include <charconv>
#include <string>

#include "config/types/result.hpp"

namespace poise::l7::http1 {
namespace {

constexpr std::size_t size_digits_max = 16;
constexpr std::string_view line_end = "\r\n", last_chunk = "0\r\n";

std::string to_hex(std::uint64_t size) {
  std::array<char, size_digits_max> room;
  return {room.data(), std::to_chars(room.data(), room.data() + room.size(), size, 16).ptr};
}

}  // namespace

void BodyRelay::begin(const Framing& framing, bool writes_chunks) {
  framing_ = framing;
  is_chunked_ = framing.kind == Framing::Kind::chunked;
  writes_chunks_ = writes_chunks;
  if (is_chunked_ && chunks_ == nullptr)
    chunks_ = std::make_unique<ChunkDecoder>();
  else if (is_chunked_)
    *chunks_ = ChunkDecoder();
  splicing_ = due_ = bytes_ = framing_read_ = framing_written_ = 0;
  owed_.clear();
  is_begun_ = is_done_ = false;
  refusal_.reset();
}

BodyRelay::Progress BodyRelay::begin_splice(Transport& transport, tcp::Handle from, tcp::Handle to,
                                            std::uint64_t bytes) {
  if (!transport.splice(from, to, bytes)) return Progress::failed;
  splicing_ = bytes;
  return Progress::waiting;
}

BodyRelay::Progress BodyRelay::pump(Transport& transport, tcp::Handle from, tcp::Handle to) {
  if (is_done_) return Progress::done;
  if (refusal_) return Progress::malformed;
  if (splicing_ != 0) return Progress::waiting;
  if (is_chunked_) return pump_chunks(transport, from, to);
  const std::uint64_t bytes = framing_.kind == Framing::Kind::length        ? framing_.length
                              : framing_.kind == Framing::Kind::until_close ? tcp::until_finished
                                                                            : 0;
  is_done_ = std::exchange(is_begun_, true) || bytes == 0;
  return is_done_ ? Progress::done : begin_splice(transport, from, to, bytes);
}

BodyRelay::Progress BodyRelay::on_spliced(Transport& transport, tcp::Handle from, tcp::Handle to, std::uint64_t left) {
  ensure(splicing_ != 0);
  const std::uint64_t bytes = std::exchange(splicing_, 0);
  if (bytes != tcp::until_finished) bytes_ += bytes - left;
  if (left != 0) return Progress::cut_short;
  if (!is_chunked_) {
    is_done_ = true;
    return Progress::done;
  }
  chunks_->took(bytes);
  if (writes_chunks_) owed_ = line_end;
  return pump_chunks(transport, from, to);
}

bool BodyRelay::pay(Transport& transport, tcp::Handle to) {
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(owed_.data()), owed_.size());
  if (owed_.empty()) return true;
  const std::size_t sent = transport.send_copy(to, bytes);
  framing_written_ += sent;
  owed_.erase(0, sent);
  return owed_.empty();
}

// Every chunk that comes goes on as one, with a size of our own; extensions end here.
BodyRelay::Progress BodyRelay::pump_chunks(Transport& transport, tcp::Handle from, tcp::Handle to) {
  std::array<tcp::Slice, 1> front;
  while (pay(transport, to)) {
    if (due_ != 0) return begin_splice(transport, from, to, std::exchange(due_, 0));
    is_done_ = chunks_->is_done();
    if (is_done_) return Progress::done;
    if (transport.peek(from, front) == 0) return Progress::waiting;
    const auto step = chunks_->feed({reinterpret_cast<const char*>(front[0].begin()), front[0].length});
    if (!step) {
      refusal_ = step.error();
      return Progress::malformed;
    }
    transport.consume(from, step->framing);
    framing_read_ += step->framing;
    due_ = step->data;
    if (due_ != 0 && writes_chunks_) owed_ = to_hex(due_).append(line_end);
    if (chunks_->is_done() && writes_chunks_) owe_trailers();
  }
  return Progress::waiting;
}

void BodyRelay::owe_trailers() {
  owed_ = last_chunk;
  for (const Field& field : chunks_->trailers()) {
    for (const char letter : text_of(chunks_->trailers_text(), field.name)) owed_ += lower(letter);
    owed_.append(": ").append(text_of(chunks_->trailers_text(), field.value)).append(line_end);
  }
  owed_ += line_end;
}

}  // namespace poise::l7::http1
