#include "l7/http1/chunk_decoder.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace poise::l7::http1 {
namespace {

struct Decoded {
  std::string data, rest;
  std::optional<Refusal> refusal;
  bool is_done = false;
};

// Fed in pieces of so many bytes.
Decoded decode(const std::string& body, std::size_t piece, ChunkDecoder& decoder) {
  Decoded decoded;
  std::size_t at = 0;
  while (at < body.size() && !decoder.is_done()) {
    const std::string_view bytes = std::string_view(body).substr(at, piece);
    const auto step = decoder.feed(bytes);
    if (!step) {
      decoded.refusal = step.error();
      return decoded;
    }
    const std::size_t data = std::min<std::uint64_t>(step->data, bytes.size() - step->framing);
    decoded.data += bytes.substr(step->framing, data);
    if (data > 0) decoder.took(data);
    at += step->framing + data;
  }
  decoded.rest = body.substr(at);
  decoded.is_done = decoder.is_done();
  return decoded;
}

std::optional<Refusal> refusal(const std::string& body) {
  ChunkDecoder decoder;
  const Decoded decoded = decode(body, body.size(), decoder);
  EXPECT_TRUE(decoded.refusal || !decoded.is_done) << body;
  return decoded.refusal;
}

TEST(ChunkDecoder, data_is_found_however_it_comes) {
  const std::string body = "5\r\nhello\r\n00B;a=\"b;\\\"\"\r\n wonderful \r\n5;x\r\nworld\r\n0\r\n\r\nGET";
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    ChunkDecoder decoder;
    const Decoded decoded = decode(body, piece, decoder);
    EXPECT_EQ(decoded.data, "hello wonderful world") << piece;
    EXPECT_EQ(decoded.rest, "GET") << piece;
    EXPECT_TRUE(decoded.is_done) << piece;
    EXPECT_EQ(decoder.trailers().size(), 0u);
  }
}

TEST(ChunkDecoder, data_that_looks_like_framing_is_data) {
  ChunkDecoder decoder;
  EXPECT_EQ(decode("7\r\n0\r\n\r\nab\r\n0\r\n\r\n", 3, decoder).data, "0\r\n\r\nab");
}

TEST(ChunkDecoder, trailers_are_fields) {
  ChunkDecoder decoder;
  ASSERT_TRUE(decode("0\r\nA: b\r\nX-Digest: 1\r\n\r\n", 2, decoder).is_done);
  ASSERT_EQ(decoder.trailers().size(), 2u);
  EXPECT_EQ(text_of(decoder.trailers_text(), decoder.trailers()[1].name), "X-Digest");
}

TEST(ChunkDecoder, a_large_chunk_is_counted_and_not_looked_at) {
  ChunkDecoder decoder;
  EXPECT_EQ(decoder.feed("7fffffffffffffff\r\n")->data, 0x7fffffffffffffffu);
  decoder.took(0x7ffffffffffffffe);
  EXPECT_EQ(decoder.feed("x")->data, 1u);
}

TEST(ChunkDecoder, what_is_malformed_is_refused) {
  EXPECT_EQ(refusal("x\r\n"), Refusal::chunk_size);
  EXPECT_EQ(refusal("\r\n"), Refusal::chunk_size);
  EXPECT_EQ(refusal("0x5\r\nhello\r\n"), Refusal::chunk_size);
  EXPECT_EQ(refusal("+5\r\nhello\r\n"), Refusal::chunk_size);
  EXPECT_EQ(refusal("-1\r\n"), Refusal::chunk_size);
  EXPECT_EQ(refusal("5 \r\nhello\r\n"), Refusal::chunk_size);
  EXPECT_EQ(refusal(" 5\r\nhello\r\n"), Refusal::chunk_size);
  EXPECT_EQ(refusal("8000000000000000\r\n"), Refusal::chunk_size);
  EXPECT_EQ(refusal("10000000000000005\r\n"), Refusal::chunk_size);
  EXPECT_EQ(refusal("5\nhello\r\n"), Refusal::bare_line_feed);
  EXPECT_EQ(refusal("5\rhello\r\n"), Refusal::bare_carriage_return);
  EXPECT_EQ(refusal("5;a\nhello\r\n"), Refusal::chunk_extension);
  EXPECT_EQ(refusal("5;" + std::string(257, 'a') + "\r\n"), Refusal::chunk_extension);
  EXPECT_EQ(refusal(std::string("5;\0\r\n", 5)), Refusal::chunk_extension);
  EXPECT_EQ(refusal("5\r\nhelloX\r\n"), Refusal::chunk_end);
  EXPECT_EQ(refusal("5\r\nhello\n"), Refusal::chunk_end);
  EXPECT_EQ(refusal("5\r\nhello\rX"), Refusal::chunk_end);
  EXPECT_EQ(refusal("0\r\nContent-Length: 5\r\n\r\n"), Refusal::trailer_forbidden);
  EXPECT_EQ(refusal("0\r\nHost: b\r\n\r\n"), Refusal::trailer_forbidden);
  EXPECT_EQ(refusal("0\r\nA : b\r\n\r\n"), Refusal::field_name);
  EXPECT_EQ(refusal("0\r\n\n"), Refusal::bare_line_feed);
  EXPECT_EQ(refusal("0\r\nA: " + std::string(9000, 'a')), Refusal::head_too_large);
}

}  // namespace
}  // namespace poise::l7::http1
