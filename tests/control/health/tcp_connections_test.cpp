#include "control/health/tcp_connections.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/types/limits.hpp"
#include "l7/tcp/checksum.hpp"
#include "l7/tcp/segment.hpp"
#include "tests/support/tcp/memory_env.hpp"

namespace poise::control::health {
namespace {

using namespace std::chrono_literals;

const IpAddr ours = IpAddr::v4(0x0a000001), theirs = IpAddr::v4(0x0a000002);

// A server on a stack of its own, which answers whatever comes, and then finishes.
class Server : public l7::tcp::Application {
 public:
  void opened(l7::tcp::Handle) override {}
  void received(l7::tcp::Handle handle, std::size_t readable) override {
    std::vector<std::uint8_t> bytes(readable);
    stack->read(handle, bytes);
    const std::string answer = "hello";
    stack->send_copy(handle, {reinterpret_cast<const std::uint8_t*>(answer.data()), answer.size()});
    stack->finish(handle);
  }
  void room(l7::tcp::Handle, std::size_t) override {}
  void peer_finished(l7::tcp::Handle) override {}
  void closed(l7::tcp::Handle, l7::tcp::Closed why) override { ended.push_back(why); }
  l7::tcp::Stack* stack = nullptr;
  std::vector<l7::tcp::Closed> ended;
};

struct Bench {
  Bench() {
    server.stack = &stack;
    stack.listen(theirs, 80, server);
    env.wire = [this](const std::vector<std::uint8_t>& packet) { to_us.push_back(packet); };
  }
  TcpConnections::Hooks hooks() {
    return {.source = [this](const IpAddr&) { return has_route ? std::optional(ours) : std::nullopt; },
            .path = [this](const IpAddr&) -> std::optional<Prober::Path> {
              if (!has_neighbor) return std::nullopt;
              return Prober::Path{};
            },
            .send =
                [this](const Prober::Path&, const std::vector<std::uint8_t>& packet) {
                  to_them.push_back(packet);
                  return true;
                }};
  }
  ConnectionEvents events() {
    return {.connected = [this] { told.push_back("connected"); },
            .bytes = [this](std::string_view bytes) { told.push_back("bytes " + std::string(bytes)); },
            .closed = [this] { told.push_back("closed"); },
            .failed = [this](const std::string& reason) { told.push_back("failed: " + reason); }};
  }
  void run(Duration time) {
    for (const Instant end = now + time; now < end; now += 1ms) {
      for (int i = 0; i < 4; ++i) {
        connections.on_deadline(now);
        for (const auto& packet : std::exchange(to_them, {})) {
          const auto received = env.receive(packet);
          stack.input(std::span(&received, 1), now);
        }
        stack.advance(now);
        stack.flush(now);
        for (const auto& packet : std::exchange(to_us, {})) EXPECT_TRUE(connections.on_packet(now, packet, true));
      }
    }
  }
  Instant now = Instant(1h);
  bool has_route = true, has_neighbor = true;
  std::vector<std::vector<std::uint8_t>> to_us, to_them;
  std::vector<std::string> told;
  l7::tcp::MemoryEnv env{1};
  l7::tcp::Stack stack{env, {}, now};
  Server server;
  TcpConnections connections{hooks(), now};
};

using Told = std::vector<std::string>;

TEST(TcpConnections, open_speak_and_leave_nothing_behind) {
  Bench bench;
  auto connection = bench.connections.connect({theirs, 80, {}}, bench.events());
  EXPECT_EQ(bench.told, Told{}) << "never from within the call";
  bench.run(10ms);
  ASSERT_EQ(bench.told, Told{"connected"});
  connection->send("a question");
  bench.run(10ms);
  EXPECT_EQ(bench.told, (Told{"connected", "bytes hello", "closed"}));
  connection.reset();
  bench.run(10ms);
  EXPECT_EQ(bench.connections.size(), 0u);
  EXPECT_EQ(bench.server.ended.size(), 1u) << "the reset has arrived";
  EXPECT_EQ(bench.connections.deadline(), never);
}

TEST(TcpConnections, come_from_the_ports_of_probes) {
  Bench bench;
  const auto connection = bench.connections.connect({theirs, 80, {}}, bench.events());
  bench.connections.on_deadline(bench.now);
  ASSERT_EQ(bench.to_them.size(), 1u);
  const auto syn = l7::tcp::read_segment(bench.to_them[0]);
  ASSERT_TRUE(syn && syn->has(l7::tcp::flag_syn));
  EXPECT_GE(syn->source_port, limits::probe_port_first);
  EXPECT_LT(syn->source_port, limits::probe_port_first + limits::probe_ports);
}

TEST(TcpConnections, that_cannot_be_opened_say_why) {
  Bench bench;
  const auto refused = bench.connections.connect({theirs, 81, {}}, bench.events());
  bench.run(10ms);
  EXPECT_EQ(bench.told, Told{"failed: the connection was refused"});
  bench.has_route = false;
  const auto nowhere = bench.connections.connect({theirs, 80, {}}, bench.events());
  EXPECT_EQ(bench.told.size(), 1u);
  bench.run(1ms);
  EXPECT_EQ(bench.told.back(), "failed: there is no way to the server");
}

TEST(TcpConnections, wait_for_the_next_hop_without_losing_a_second) {
  Bench bench;
  bench.has_neighbor = false;
  const auto connection = bench.connections.connect({theirs, 80, {}}, bench.events());
  bench.run(20ms);
  EXPECT_EQ(bench.told, Told{});
  bench.has_neighbor = true;
  bench.run(15ms);
  EXPECT_EQ(bench.told, Told{"connected"});
}

TEST(TcpConnections, know_their_own_and_reset_strays_only_where_nobody_else_would) {
  Bench bench;
  const auto connection = bench.connections.connect({theirs, 80, {}}, bench.events());
  bench.run(10ms);
  l7::tcp::Segment stray;
  stray.source = theirs;
  stray.destination = ours;
  stray.source_port = 80;
  stray.destination_port = 900;
  stray.flags = l7::tcp::flag_ack;
  std::vector<std::uint8_t> packet(l7::tcp::headers_length_max);
  packet.resize(l7::tcp::write_headers(stray, 0, packet));
  l7::tcp::complete_checksum(packet, {});
  EXPECT_FALSE(bench.connections.on_packet(bench.now, packet, false));
  bench.connections.on_deadline(bench.now);
  EXPECT_EQ(bench.to_them.size(), 0u);
  EXPECT_TRUE(bench.connections.on_packet(bench.now, packet, true));
  bench.connections.on_deadline(bench.now);
  ASSERT_EQ(bench.to_them.size(), 1u);
  const auto reset = l7::tcp::read_segment(bench.to_them[0]);
  EXPECT_TRUE(reset && reset->has(l7::tcp::flag_rst));
  bench.to_them.clear();
  EXPECT_EQ(bench.told, Told{"connected"}) << "the connection there is has not been touched";
}

TEST(TcpConnections, count_what_they_lose) {
  Bench bench;
  bench.has_neighbor = false;
  const auto connection = bench.connections.connect({theirs, 80, {}}, bench.events());
  bench.run(3500ms);
  EXPECT_GE(bench.connections.lost().without_next_hop, 1u);
}

TEST(TcpConnections, with_authorities_that_cannot_be_read_say_which) {
  Bench bench;
  config::TlsCheck check;
  check.verify_certificate = true;
  check.ca_file = "/nowhere/authorities.pem";
  const auto connection = bench.connections.connect({theirs, 80, check}, bench.events());
  bench.run(50ms);
  ASSERT_EQ(bench.told.size(), 1u);
  EXPECT_NE(bench.told[0].find("/nowhere/authorities.pem has no certificates"), std::string::npos) << bench.told[0];
}

TEST(TcpConnections, with_tls_that_the_server_does_not_speak_fail) {
  Bench bench;
  const auto connection = bench.connections.connect({theirs, 80, config::TlsCheck{}}, bench.events());
  bench.run(50ms);
  ASSERT_EQ(bench.told.size(), 1u);
  EXPECT_EQ(bench.told[0].substr(0, 26), "failed: the TLS handshake:") << bench.told[0];
}

}  // namespace
}  // namespace poise::control::health
