#include "control/tcp/streams.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>

#include "tests/support/certificate.hpp"
#include "tests/support/tcp/memory_env.hpp"

namespace poise::control::tcp {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using l7::tcp::Bytes;
using l7::tcp::MemoryEnv;
using l7::tcp::Stack;
using namespace std::chrono_literals;

const IpAddr client_address = IpAddr::v4(0x0a000001), server_address = IpAddr::v4(0x0a000002);

// Side - a Stack whose packets wait in a queue, and its Streams.
struct Side {
  Side(asio::io_context& io, Instant now, std::uint64_t seed, const l7::tcp::Settings& settings)
      : env(seed), stack(env, settings, now), streams(std::in_place, stack, io.get_executor(), [this] { ++wakes; }) {
    env.wire = [this](Bytes packet) { leaving.push_back(std::move(packet)); };
  }
  MemoryEnv env;
  Stack stack;
  unsigned wakes = 0;
  std::deque<Bytes> leaving;
  std::optional<Streams> streams;
};

class StreamsTest : public testing::Test {
 protected:
  StreamsTest() { EXPECT_TRUE(server.streams->listen(server_address, 80)); }
  static l7::tcp::Settings settings() {
    l7::tcp::Settings settings;
    settings.send_max = 65536;  // so that large writes have to wait
    return settings;
  }
  l7::tcp::Target target(std::uint16_t port = 80) const { return {client_address, server_address, port, 0}; }

  void turn(Side& side, Side& from) {
    std::vector<l7::tcp::Packet> packets;
    for (const Bytes& packet : from.leaving) packets.push_back(side.env.receive(packet));
    from.leaving.clear();
    side.stack.input(packets, now);
    side.stack.advance(now);
    side.stack.flush(now);
    if (side.streams) side.streams->turned();
  }
  // A second of their time.
  void run() {
    for (const Instant end = now + 1s; now < end; now += 100us) {
      io.restart();
      io.poll();
      turn(server, client);
      turn(client, server);
    }
  }
  // A connection, both of its ends.
  std::pair<Stream, Stream> connected() {
    std::optional<Stream> ours, theirs;
    server.streams->async_accept([&](error_code error, Stream stream) {
      EXPECT_FALSE(error);
      theirs = std::move(stream);
    });
    client.streams->async_connect(target(), [&](error_code error, Stream stream) {
      EXPECT_FALSE(error);
      ours = std::move(stream);
    });
    run();
    EXPECT_TRUE(ours && theirs);
    return {std::move(*ours), std::move(*theirs)};
  }

  asio::io_context io;
  Instant now{1h};
  Side client{io, now, 1, settings()}, server{io, now, 2, settings()};
};

TEST_F(StreamsTest, what_is_written_is_read_and_the_end_is_told) {
  auto [ours, theirs] = connected();
  EXPECT_EQ(ours.facts().tuple.remote_port, 80);
  const std::string text(300'000, 'x');  // more than the stack takes at once
  std::string got(text.size(), ' ');
  bool is_written = false, is_read = false;
  asio::async_write(ours, asio::buffer(text), [&](error_code error, std::size_t count) {
    is_written = !error && count == text.size();
    ours.shutdown_send();
  });
  error_code end;
  asio::async_read(theirs, asio::buffer(got), [&](error_code error, std::size_t) {
    is_read = !error;
    asio::async_read(theirs, asio::buffer(got), [&](error_code after, std::size_t) { end = after; });
  });
  run();
  EXPECT_TRUE(is_written && is_read);
  EXPECT_EQ(got, text);
  EXPECT_EQ(end, asio::error::eof);
}

TEST_F(StreamsTest, who_does_not_read_holds_up_who_writes) {
  auto [ours, theirs] = connected();
  const std::string text(20'000'000, 'x');
  bool is_written = false;
  asio::async_write(ours, asio::buffer(text), [&](error_code, std::size_t) { is_written = true; });
  run();
  EXPECT_FALSE(is_written);
  EXPECT_LT(server.stack.usage().buffer_bytes, 16u << 20);
}

TEST_F(StreamsTest, nobody_listens_and_a_reset_are_errors_of_their_names) {
  error_code refused, reset;
  client.streams->async_connect(target(81), [&](error_code error, Stream stream) {
    refused = error;
    EXPECT_FALSE(stream.is_open());
  });
  run();
  EXPECT_EQ(refused, asio::error::connection_refused);
  auto [ours, theirs] = connected();
  char byte;
  ours.async_read_some(asio::buffer(&byte, 1), [&](error_code error, std::size_t) { reset = error; });
  theirs.abort();
  run();
  EXPECT_EQ(reset, asio::error::connection_reset);
  error_code later;
  ours.async_write_some(asio::buffer("x", 1), [&](error_code error, std::size_t) { later = error; });
  run();
  EXPECT_EQ(later, asio::error::connection_reset);
}

TEST_F(StreamsTest, what_waits_is_aborted_when_the_stream_is_closed) {
  auto [ours, theirs] = connected();
  char byte;
  error_code why, end;
  ours.async_read_some(asio::buffer(&byte, 1), [&](error_code error, std::size_t) { why = error; });
  theirs.async_read_some(asio::buffer(&byte, 1), [&](error_code error, std::size_t) { end = error; });
  {
    const Stream gone = std::move(ours);
  }
  EXPECT_FALSE(why) << "a handler is never called from within";
  run();
  EXPECT_EQ(why, asio::error::operation_aborted);
  EXPECT_EQ(end, asio::error::eof);
}

TEST_F(StreamsTest, streams_outlive_those_that_made_them) {
  auto [ours, theirs] = connected();
  char byte;
  error_code why, accepted;
  ours.async_read_some(asio::buffer(&byte, 1), [&](error_code error, std::size_t) { why = error; });
  client.streams->async_accept([&](error_code error, const Stream&) { accepted = error; });
  client.streams.reset();
  EXPECT_FALSE(ours.is_open());
  io.restart();
  io.poll();
  EXPECT_EQ(why, asio::error::operation_aborted);
  EXPECT_EQ(accepted, asio::error::operation_aborted);
}

TEST_F(StreamsTest, connections_wait_to_be_accepted_with_what_they_have_said) {
  std::vector<Stream> ours;
  for (int i = 0; i < 3; ++i)
    client.streams->async_connect(target(), [&](error_code, Stream stream) { ours.push_back(std::move(stream)); });
  run();
  ASSERT_EQ(ours.size(), 3u);
  asio::async_write(ours[0], asio::buffer("hello", 5), [](error_code, std::size_t) {});
  ours[0].shutdown_send();
  run();
  std::string got(5, ' ');
  error_code end;
  std::optional<Stream> theirs;
  server.streams->async_accept([&](error_code, Stream stream) {
    theirs = std::move(stream);
    asio::async_read(*theirs, asio::buffer(got), [&](error_code, std::size_t) {
      theirs->async_read_some(asio::buffer(got), [&](error_code error, std::size_t) { end = error; });
    });
  });
  run();
  EXPECT_EQ(end, asio::error::eof);
}

TEST_F(StreamsTest, connections_beyond_the_backlog_are_reset_and_counted) {
  std::vector<Stream> ours;
  for (std::size_t i = 0; i < Streams::backlog + 3; ++i)
    client.streams->async_connect(target(), [&](error_code, Stream stream) { ours.push_back(std::move(stream)); });
  run();
  EXPECT_EQ(server.streams->overflowed(), 3u);
  EXPECT_EQ(std::ranges::count_if(ours, &Stream::is_open), std::ptrdiff_t(Streams::backlog));
}

// An answer of HTTP over any stream.
template <class AnyStream>
void answer(AnyStream& stream, boost::beast::flat_buffer& buffer, http::request<http::string_body>& request,
            http::response<http::string_body>& response) {
  http::async_read(stream, buffer, request, [&](error_code error, std::size_t) {
    ASSERT_FALSE(error) << error.message();
    response = {http::status::ok, 11, "you asked for " + std::string(request.target())};
    response.prepare_payload();
    http::async_write(stream, response, [](error_code failed, std::size_t) { EXPECT_FALSE(failed); });
  });
}

template <class AnyStream>
void ask(AnyStream& stream, boost::beast::flat_buffer& buffer, http::request<http::string_body>& request,
         http::response<http::string_body>& response) {
  request = {http::verb::get, "/page", 11};
  http::async_write(stream, request, [&](error_code error, std::size_t) {
    ASSERT_FALSE(error) << error.message();
    http::async_read(stream, buffer, response, [](error_code failed, std::size_t) { EXPECT_FALSE(failed); });
  });
}

TEST_F(StreamsTest, beast_runs_over_it) {
  auto [ours, theirs] = connected();
  boost::beast::flat_buffer buffers[2];
  http::request<http::string_body> requests[2];
  http::response<http::string_body> responses[2];
  answer(theirs, buffers[0], requests[0], responses[0]);
  ask(ours, buffers[1], requests[1], responses[1]);
  run();
  EXPECT_EQ(responses[1].body(), "you asked for /page");
}

TEST_F(StreamsTest, tls_and_beast_over_it_run_over_it) {
  const std::string folder = testing::TempDir(), certificate = folder + "/streams.pem", key = folder + "/streams.key";
  make_certificate(certificate, key, "poise.example");
  asio::ssl::context client_tls(asio::ssl::context::tls_client), server_tls(asio::ssl::context::tls_server);
  client_tls.load_verify_file(certificate);
  client_tls.set_verify_mode(asio::ssl::verify_peer);
  server_tls.use_certificate_chain_file(certificate);
  server_tls.use_private_key_file(key, asio::ssl::context::pem);
  auto [ours, theirs] = connected();
  asio::ssl::stream<Stream> client_stream(std::move(ours), client_tls), server_stream(std::move(theirs), server_tls);
  boost::beast::flat_buffer buffers[2];
  http::request<http::string_body> requests[2];
  http::response<http::string_body> responses[2];
  server_stream.async_handshake(asio::ssl::stream_base::server, [&](error_code error) {
    ASSERT_FALSE(error) << error.message();
    answer(server_stream, buffers[0], requests[0], responses[0]);
  });
  client_stream.async_handshake(asio::ssl::stream_base::client, [&](error_code error) {
    ASSERT_FALSE(error) << error.message();
    ask(client_stream, buffers[1], requests[1], responses[1]);
  });
  run();
  EXPECT_EQ(responses[1].body(), "you asked for /page");
  error_code end = asio::error::fault;
  client_stream.async_shutdown([&](error_code error) { end = error; });
  server_stream.async_shutdown([](error_code) {});
  run();
  EXPECT_FALSE(end) << end.message();
  std::filesystem::remove(certificate);
  std::filesystem::remove(key);
}

}  // namespace
}  // namespace poise::control::tcp
