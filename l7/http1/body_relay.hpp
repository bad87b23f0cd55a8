#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "l7/http1/chunk_decoder.hpp"
#include "l7/http1/framing.hpp"
#include "l7/transport.hpp"

namespace poise::l7::http1 {

// BodyRelay - the body of one message on its way from one connection to another. Data is spliced, and so never touched;
// what frames it is taken away and written anew. The head must have been consumed from one and written to the other.
class BodyRelay {
 public:
  BodyRelay() = default;
  explicit BodyRelay(const Framing& framing) { begin(framing); }
  // Another message. `writes_chunks`: what comes in chunks goes on in chunks; else as bare data, for a peer that knows
  // no chunks (HTTP/1.0) and reads until the end of the connection.
  void begin(const Framing& framing, bool writes_chunks = true);

  enum class Progress : std::uint8_t {
    waiting,    // for bytes, for room, or for the splice that is under way
    done,       // all of it is on its way
    cut_short,  // the sender ended before its end
    malformed,  // refusal() says why
    failed      // a connection is gone
  };  // after the last three what was passed on is not all, so that both connections have to end
  // When more came or there is room, and at the beginning.
  Progress pump(Transport& transport, tcp::Handle from, tcp::Handle to);
  // When the transport tells that the splice has come to its end, and what it has left.
  Progress on_spliced(Transport& transport, tcp::Handle from, tcp::Handle to, std::uint64_t left);
  bool is_splicing() const { return splicing_ != 0; }
  bool is_done() const { return is_done_; }

  std::optional<Refusal> refusal() const { return refusal_; }
  std::uint64_t bytes() const { return bytes_; }  // of data that were moved, where their number is known
  // Of chunked bodies, besides the data: sizes, ends of lines, trailers, as they came and as they went on.
  std::uint64_t framing_read() const { return framing_read_; }
  std::uint64_t framing_written() const { return framing_written_; }

 private:
  Progress pump_chunks(Transport& transport, tcp::Handle from, tcp::Handle to);
  Progress begin_splice(Transport& transport, tcp::Handle from, tcp::Handle to, std::uint64_t bytes);
  void owe_trailers();
  bool pay(Transport& transport, tcp::Handle to);

  Framing framing_;
  std::unique_ptr<ChunkDecoder> chunks_;  // stays for the next chunked message
  bool is_chunked_ = false, writes_chunks_ = true;
  std::uint64_t splicing_ = 0;  // bytes of the splice that is under way
  std::uint64_t due_ = 0;       // ... that begins when what is owed has been sent
  std::string owed_;            // framing that found no room yet
  bool is_begun_ = false, is_done_ = false;
  std::optional<Refusal> refusal_;
  std::uint64_t bytes_ = 0, framing_read_ = 0, framing_written_ = 0;
};

}  // namespace poise::l7::http1
