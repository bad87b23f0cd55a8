#include "l7/http1/body_relay.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace poise::l7::http1 {
namespace {

using Progress = BodyRelay::Progress;
constexpr tcp::Handle client{1, 1}, server{2, 1};

// TextTransport - two connections as texts: what came on one, what was sent on the other. A splice moves when the test
// says so, as a stack does when packets come.
class TextTransport : public Transport {
 public:
  tl::expected<tcp::Handle, tcp::ConnectRefusal> connect(const tcp::Target&, tcp::Application&) override {
    return tl::unexpected(tcp::ConnectRefusal::no_row);
  }
  std::size_t peek(tcp::Handle, std::span<tcp::Slice> into) const override {
    if (came.empty()) return 0;
    buffer_.data = reinterpret_cast<std::uint8_t*>(const_cast<char*>(came.data()));
    into[0] = {&buffer_, 0, std::uint32_t(came.size())};
    return 1;
  }
  std::size_t readable(tcp::Handle) const override { return came.size(); }
  void consume(tcp::Handle, std::size_t bytes) override { came.erase(0, bytes); }
  std::size_t room(tcp::Handle) const override { return room_max - std::min(room_max, sent.size()); }
  std::size_t send_copy(tcp::Handle handle, std::span<const std::uint8_t> bytes) override {
    const std::size_t count = std::min(bytes.size(), room(handle));
    sent.append(reinterpret_cast<const char*>(bytes.data()), count);
    return count;
  }
  bool splice(tcp::Handle, tcp::Handle, std::uint64_t bytes) override {
    EXPECT_EQ(splicing, 0u);
    splicing = bytes;
    return is_alive;
  }
  void finish(tcp::Handle) override {}
  void close(tcp::Handle) override {}
  void abort(tcp::Handle) override {}
  tcp::Tuple ends(tcp::Handle) const override { return {}; }
  std::uint64_t moved(tcp::Handle) const override { return 0; }
  std::size_t unacknowledged(tcp::Handle) const override { return 0; }
  // Returns whether the splice is through.
  bool move() {
    const std::size_t count = std::min<std::uint64_t>(splicing, came.size());
    sent += came.substr(0, count);
    came.erase(0, count);
    splicing -= count;
    return splicing == 0;
  }

  std::string came, sent;
  std::size_t room_max = 1 << 20;
  std::uint64_t splicing = 0;
  bool is_alive = true;

 private:
  mutable tcp::Buffer buffer_;
};

class BodyRelayTest : public testing::Test {
 protected:
  // As long as something happens.
  Progress pump(BodyRelay& relay) {
    Progress progress = relay.pump(transport, client, server);
    while (progress == Progress::waiting && transport.splicing != 0 && transport.move())
      progress = relay.on_spliced(transport, client, server, 0);
    return progress;
  }
  // In pieces of so many bytes.
  Progress feed(BodyRelay& relay, const std::string& body, std::size_t piece) {
    Progress progress = Progress::waiting;
    for (std::size_t at = 0; at < body.size() && progress == Progress::waiting; at += piece) {
      transport.came += body.substr(at, piece);
      if (transport.splicing != 0 && !transport.move()) continue;
      if (transport.splicing == 0 && is_splicing(relay)) progress = relay.on_spliced(transport, client, server, 0);
      if (progress == Progress::waiting) progress = pump(relay);
    }
    return progress;
  }
  static bool is_splicing(const BodyRelay& relay) { return relay.is_splicing(); }
  TextTransport transport;
};

TEST_F(BodyRelayTest, no_body_is_done_at_once) {
  BodyRelay relay(Framing{});
  EXPECT_EQ(pump(relay), Progress::done);
  BodyRelay empty(Framing{Framing::Kind::length, 0});
  EXPECT_EQ(pump(empty), Progress::done);
}

TEST_F(BodyRelayTest, a_length_is_one_splice) {
  BodyRelay relay(Framing{Framing::Kind::length, 8});
  EXPECT_EQ(pump(relay), Progress::waiting);
  EXPECT_EQ(transport.splicing, 8u);
  transport.came = "whateverGET";
  EXPECT_TRUE(transport.move());
  EXPECT_EQ(relay.on_spliced(transport, client, server, 0), Progress::done);
  EXPECT_EQ(transport.sent, "whatever");
  EXPECT_EQ(transport.came, "GET");
  EXPECT_EQ(relay.bytes(), 8u);
}

TEST_F(BodyRelayTest, a_body_that_ends_before_its_length_is_cut_short) {
  BodyRelay relay(Framing{Framing::Kind::length, 8});
  EXPECT_EQ(pump(relay), Progress::waiting);
  EXPECT_EQ(relay.on_spliced(transport, client, server, 3), Progress::cut_short);
  EXPECT_EQ(relay.bytes(), 5u);
}

TEST_F(BodyRelayTest, a_body_until_the_end_is_a_splice_without_one) {
  BodyRelay relay(Framing{Framing::Kind::until_close, 0});
  EXPECT_EQ(pump(relay), Progress::waiting);
  EXPECT_EQ(transport.splicing, tcp::until_finished);
  EXPECT_EQ(relay.on_spliced(transport, client, server, 0), Progress::done);
}

TEST_F(BodyRelayTest, chunks_are_written_anew_however_they_come) {
  const std::string body = "005\r\nhello\r\nB;ext=\"a\"\r\n wonderful \r\n0\r\nX-Sum: 1\r\n\r\nGET";
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    transport = {};
    BodyRelay relay(Framing{Framing::Kind::chunked, 0});
    EXPECT_EQ(feed(relay, body, piece), Progress::done) << piece;
    EXPECT_EQ(transport.sent, "5\r\nhello\r\nb\r\n wonderful \r\n0\r\nx-sum: 1\r\n\r\n") << piece;
    EXPECT_EQ(relay.framing_read() + relay.bytes(), body.size() - 3) << piece;
    EXPECT_EQ(relay.framing_written() + relay.bytes(), transport.sent.size()) << piece;
  }
  EXPECT_EQ(transport.came, "GET");
}

TEST_F(BodyRelayTest, framing_waits_for_room) {
  BodyRelay relay(Framing{Framing::Kind::chunked, 0});
  transport.room_max = 4;
  transport.came = "5\r\nhello\r\n0\r\n\r\n";
  EXPECT_EQ(pump(relay), Progress::waiting);
  EXPECT_EQ(transport.sent, "5\r\nhello") << "and there is no room for the end of the chunk";
  while (transport.room_max < 100) {
    transport.room_max += 1;
    pump(relay);
  }
  EXPECT_EQ(pump(relay), Progress::done);
  EXPECT_EQ(transport.sent, "5\r\nhello\r\n0\r\n\r\n");
}

TEST_F(BodyRelayTest, what_is_malformed_ends_it) {
  BodyRelay relay(Framing{Framing::Kind::chunked, 0});
  transport.came = "5\r\nhello\r\nzz\r\n";
  EXPECT_EQ(pump(relay), Progress::malformed);
  EXPECT_EQ(relay.refusal(), Refusal::chunk_size);
  EXPECT_EQ(transport.sent, "5\r\nhello\r\n");
}

TEST_F(BodyRelayTest, a_connection_that_is_gone_fails_it) {
  transport.is_alive = false;
  BodyRelay relay(Framing{Framing::Kind::length, 5});
  EXPECT_EQ(pump(relay), Progress::failed);
}

}  // namespace
}  // namespace poise::l7::http1
