#include "datapath/engine.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <atomic>
#include <thread>

#include "tests/support/frames.hpp"
#include "tests/support/memory_port.hpp"

namespace poise::datapath {
namespace {

using namespace std::chrono_literals;
using config::Config;

constexpr const char* our_mac = "02:00:00:00:00:01";
constexpr const char* client_mac = "02:00:00:00:00:09";

// One interface, a service of one server.
Config one_service(const char* server = "10.0.0.11") {
  Config config;
  config::Interface lan;
  lan.device = "lan";
  lan.addresses = {*parse_prefix("10.0.0.1/24")};
  config.interfaces["lan"] = lan;
  config::Server one;
  one.address = ip(server);
  config.pools["web"].servers["one"] = one;
  config::Service service;
  service.address = ip("203.0.113.10");
  service.ports = {80, 80};
  service.pool = "web";
  service.mode = config::Mode::dr;
  config.services["web"] = service;
  return config;
}

// An engine on memory ports; its workers run when told so.
struct EngineTest : testing::Test {
  explicit EngineTest(std::size_t workers = 2) {
    Engine::Parts parts;
    for (std::size_t i = 0; i < workers; ++i) {
      ports.push_back(std::make_unique<MemoryPort>(pool));
      parts.workers.push_back({&pool, {ports.back().get()}, {256, 16}});
    }
    parts.ports = {{"lan", mac(our_mac), true}};
    engine = std::make_unique<Engine>(std::move(parts), one_service());
  }
  void turn() {
    now += 1ms;
    for (std::size_t i = 0; i < engine->workers(); ++i) run_once(engine->worker(i), now);
  }
  static Bytes segment(std::uint16_t port, std::uint8_t flags) {
    const Ends ends{"10.0.0.9", "203.0.113.10", port, 80};
    return ethernet(our_mac, client_mac, 0x0800, ip_packet(ends, IPPROTO_TCP, tcp(ends, flags, {})));
  }
  // The servers' MACs are told, so that frames leave.
  void resolve(const char* server, const char* server_mac) {
    engine->send_all(SetNeighbor{InterfaceIndex{0}, ip(server), mac(server_mac), true});
  }

  MemoryPool pool;
  std::vector<std::unique_ptr<MemoryPort>> ports;
  std::unique_ptr<Engine> engine;
  Instant now{100s};
};

TEST_F(EngineTest, a_configuration_is_in_force_once_every_worker_has_begun_a_batch) {
  turn();
  EXPECT_TRUE(engine->settled());
  Config changed = one_service();
  changed.services["other"] = changed.services["web"];
  changed.services["other"].ports = {81, 81};
  engine->apply(changed, 7);
  EXPECT_EQ(engine->tables().revision, 7u);
  EXPECT_FALSE(engine->settled());
  run_once(engine->worker(0), now);
  EXPECT_EQ(engine->worker(0).tables->revision, 7u);
  EXPECT_NE(engine->worker(1).tables->revision, 7u);  // still on the old one, which is still whole
  EXPECT_FALSE(engine->settled());
  run_once(engine->worker(1), now);
  EXPECT_TRUE(engine->settled());
}

TEST_F(EngineTest, a_flow_of_an_unchanged_service_stays_through_changes) {
  resolve("10.0.0.11", "02:00:00:00:00:11");
  turn();
  ports[0]->give(segment(4000, tcp_syn));
  turn();
  ASSERT_EQ(ports[0]->take().size(), 1u);
  Config changed = one_service();
  config::Server two = changed.pools["web"].servers["one"];
  two.address = ip("10.0.0.12");
  changed.pools["web"].servers["two"] = two;
  engine->apply(changed, 2);
  ports[0]->give(segment(4000, tcp_ack));
  turn();
  const auto sent = ports[0]->take();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(Bytes(sent[0].begin(), sent[0].begin() + 6), hex("020000000011"));
  EXPECT_EQ(engine->counters(0).flows_created.read(), 1u);
}

TEST_F(EngineTest, the_row_of_a_removed_server_is_free_again_when_its_last_flow_has_ended) {
  resolve("10.0.0.11", "02:00:00:00:00:11");
  turn();
  ports[0]->give(segment(4000, tcp_syn));
  turn();
  const RealIndex row = engine->tables().services[0].reals[0];
  Config without = one_service();
  without.services.clear();
  without.pools.clear();
  engine->apply(without, 2);
  turn();
  engine->maintain();
  EXPECT_TRUE(engine->tables().reals[row.value].in_use);  // the flow names it
  EXPECT_TRUE(engine->tables().reals[row.value].removed);
  now += 24h;  // idle for long enough
  for (int i = 0; i < 3000 && engine->tables().reals[row.value].in_use; ++i) {
    turn();
    engine->maintain();
  }
  EXPECT_FALSE(engine->tables().reals[row.value].in_use);
}

TEST_F(EngineTest, a_command_that_finds_the_ring_full_is_carried_out_later_and_in_order) {
  const std::size_t many = limits::ring + 100;
  for (std::size_t i = 0; i < many; ++i)
    engine->send_all(SetNeighbor{InterfaceIndex{0}, ip("10.0.0.77"),
                                 MacAddr{{2, 0, 0, 0, std::uint8_t(i >> 8), std::uint8_t(i)}}, true});
  EXPECT_FALSE(engine->send(WorkerId{0}, Stop{}));
  for (std::size_t i = 0; i < many / 32; ++i) {
    turn();
    engine->maintain();
  }
  for (std::size_t worker = 0; worker < engine->workers(); ++worker) {
    NeighborTable& neighbors = engine->worker(worker).neighbors;
    const NeighborIndex row = neighbors.find(InterfaceIndex{0}, ip("10.0.0.77"));
    ASSERT_NE(row, NeighborTable::no_row);
    EXPECT_EQ(neighbors[row].header[5], std::uint8_t(many - 1));  // the last one said so
  }
  EXPECT_TRUE(engine->send(WorkerId{0}, Stop{}));
}

TEST_F(EngineTest, an_injected_frame_leaves_once_and_one_too_long_is_refused) {
  const Bytes frame = ethernet("ff:ff:ff:ff:ff:ff", our_mac, 0x0806, Bytes(46, 7));
  EXPECT_TRUE(engine->inject(PortIndex{0}, frame));
  turn();
  EXPECT_EQ(ports[0]->take(), std::vector<Bytes>{frame});
  EXPECT_TRUE(ports[1]->take().empty());
  EXPECT_FALSE(engine->inject(PortIndex{0}, Bytes(limits::punt_bytes + 1)));
}

TEST_F(EngineTest, misses_and_answers_come_to_control_from_every_worker) {
  turn();
  ports[0]->give(segment(4000, tcp_syn));
  ports[1]->give(segment(4001, tcp_syn));
  turn();
  std::size_t misses = 0;
  engine->poll_punts([&](WorkerId, const Punt& punt) {
    if (punt.kind == Punt::neighbor_miss && punt.address == ip("10.0.0.11")) ++misses;
  });
  EXPECT_EQ(misses, 2u);
  engine->send_all(AskNeighborUse{InterfaceIndex{0}, ip("10.0.0.11")});
  turn();
  std::size_t answers = 0;
  engine->poll_replies([&](WorkerId, const Reply& reply) { answers += std::holds_alternative<NeighborUse>(reply); });
  EXPECT_EQ(answers, 2u);
}

TEST_F(EngineTest, frames_that_still_wait_when_the_engine_ends_go_back_to_their_pool) {
  turn();
  ports[0]->give(segment(4000, tcp_syn));  // waits for the server's MAC
  const Ends ends{"10.0.0.9", "203.0.113.10", 4001, 80};
  IpOptions later;
  later.fragment = 3;  // waits for its first fragment
  ports[1]->give(ethernet(our_mac, client_mac, 0x0800, ip_packet(ends, IPPROTO_UDP, Bytes(64, 1), later)));
  turn();
  EXPECT_EQ(pool.outstanding(), 2u);
  engine.reset();
  EXPECT_EQ(pool.outstanding(), 0u);
}

// Under real threads: control changes the configuration as fast as it can while both workers forward.
TEST_F(EngineTest, changes_under_traffic_lose_no_packet_of_an_unchanged_flow) {
  resolve("10.0.0.11", "02:00:00:00:00:11");
  turn();
  std::atomic<bool> stop{false};
  std::array<std::atomic<std::uint64_t>, 2> sent{}, came{};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 2; ++i)
    threads.emplace_back([&, i] {
      Instant mine = now;
      while (!stop.load()) {
        ports[i]->give(segment(std::uint16_t(4000 + i), sent[i] == 0 ? tcp_syn : tcp_ack));
        ++sent[i];
        mine += 1us;
        run_once(engine->worker(i), mine);
        came[i] += ports[i]->take().size();
      }
    });
  Config other = one_service();
  other.pools["more"] = other.pools["web"];
  other.services["more"] = other.services["web"];
  other.services["more"].ports = {81, 81};
  other.services["more"].pool = "more";
  for (std::uint64_t revision = 2; revision < 200; ++revision) {
    engine->apply(revision % 2 == 0 ? other : one_service(), revision);
    engine->maintain();
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_GT(sent[i].load(), 0u);
    EXPECT_EQ(came[i].load(), sent[i].load());
    EXPECT_EQ(engine->counters(i).flows_created.read(), 1u);
  }
}

}  // namespace
}  // namespace poise::datapath
