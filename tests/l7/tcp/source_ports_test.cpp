#include "l7/tcp/source_ports.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <set>

#include "l7/tcp/segment.hpp"
#include "l7/tcp/stack.hpp"
#include "tests/support/tcp/memory_env.hpp"

namespace poise::l7::tcp {
namespace {

const IpAddr local = IpAddr::v4(0x0a000001), remote = IpAddr::v4(0x0a000002);
const IpAddr local_v6 = *parse_ip("2001:db8::1"), remote_v6 = *parse_ip("2001:db8::2");

ReceiveSideScaling scaling(std::uint16_t queues, std::uint16_t queue) {
  ReceiveSideScaling made{.key = {}, .table = std::vector<std::uint16_t>(128), .queue = queue};
  std::mt19937 random(7);
  for (auto& octet : made.key) octet = std::uint8_t(random());
  for (std::size_t i = 0; i < made.table.size(); ++i) made.table[i] = std::uint16_t(i % queues);
  return made;
}

// What answers a connection that another core has opened is known by its hash.
TEST(SourcePorts, a_stack_counts_what_another_core_should_have_got) {
  MemoryEnv env(1);
  const SourcePorts ports(scaling(2, 0), {});
  Stack stack(env, Settings{}, Instant{}, scaling(2, 0));
  std::uint64_t expected = 0;
  for (std::uint16_t port = 1; port <= 100; ++port) {
    Segment segment;
    segment.source = remote;
    segment.destination = local;
    segment.source_port = port;
    segment.destination_port = 40000;
    segment.flags = flag_syn | flag_ack;
    Bytes packet(headers_length_max);
    packet.resize(write_headers(segment, 0, packet));
    Packet received = env.receive(packet);
    received.is_verified = true;
    stack.input(std::span(&received, 1), Instant{});
    expected += ports.is_ours({local, remote, 40000, port}) ? 0 : 1;
  }
  EXPECT_GT(expected, 20u);
  EXPECT_EQ(stack.counters().read(Counter::wrong_core), expected);
  EXPECT_EQ(stack.counters().read(Counter::refused_no_listener), 100u);
}

TEST(SourcePorts, are_such_that_answers_come_to_the_queue_that_asked) {
  std::mt19937_64 random(1);
  for (const std::uint16_t queues : std::initializer_list<std::uint16_t>{1, 2, 3, 8})
    for (std::uint16_t queue = 0; queue < queues; ++queue) {
      SourcePorts ports(scaling(queues, queue), {});
      for (int i = 0; i < 200; ++i) {
        const auto four = ports.take(local, remote, 80, random()), six = ports.take(local_v6, remote_v6, 80, random());
        ASSERT_TRUE(four && six);
        EXPECT_TRUE(ports.is_ours({local, remote, *four, 80}));
        EXPECT_TRUE(ports.is_ours({local_v6, remote_v6, *six, 80}));
      }
    }
}

TEST(SourcePorts, each_is_taken_once_for_each_server_until_it_is_given_back) {
  SourcePorts ports(scaling(2, 1), {.first = 1000, .last = 1299, .destinations = 4});
  std::set<std::uint16_t> taken;
  while (const auto port = ports.take(local, remote, 80, 12345)) {
    EXPECT_TRUE(taken.insert(*port).second);
    EXPECT_GE(*port, 1000);
    EXPECT_LE(*port, 1299);
  }
  EXPECT_GT(taken.size(), 100u);
  EXPECT_LT(taken.size(), 200u);
  EXPECT_TRUE(ports.take(local, remote, 81, 12345)) << "another server, the same ports";
  const std::uint16_t one = *taken.begin();
  ports.give_back({local, remote, one, 80});
  EXPECT_EQ(ports.take(local, remote, 80, 0), one);
}

TEST(SourcePorts, only_so_many_servers_are_remembered_and_those_without_connections_make_place) {
  SourcePorts ports(scaling(1, 0), {.first = 1000, .last = 1010, .destinations = 2});
  const auto first = ports.take(local, remote, 1, 0);
  ASSERT_TRUE(first && ports.take(local, remote, 2, 0));
  EXPECT_FALSE(ports.take(local, remote, 3, 0));
  ports.give_back({local, remote, *first, 1});
  EXPECT_TRUE(ports.take(local, remote, 3, 0));
  EXPECT_EQ(ports.destinations(), 2u);
}

}  // namespace
}  // namespace poise::l7::tcp
