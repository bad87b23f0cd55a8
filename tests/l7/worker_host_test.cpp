#include "l7/worker_host.hpp"

#include <gtest/gtest.h>

#include "tests/support/l7/http_peers.hpp"
#include "tests/support/l7/worker_world.hpp"

namespace poise::l7 {
namespace {

using namespace std::chrono_literals;

constexpr const char* plain = R"({
  "frontends": {"web": {"binds": [{"port": 80}, {"address": "::", "port": 80}], "default_backend": "servers"}},
  "backends": {"servers": {"servers": {"a": {"address": "192.0.2.200", "port": 8000}}}}})";

struct Case {
  std::size_t workers = 1;
  bool hardware_rss = true, has_checksums = true, v6 = false;
  std::uint32_t connections = 1;
  std::uint64_t requests = 1, body = 100, upload = 0;
  bool closes = false;
};

std::string document_for(bool v6) {
  std::string text = plain;
  if (v6) text.replace(text.find("192.0.2.200"), 11, "2001:db8::c8");
  return text;
}

void PrintTo(const Case& each, std::ostream* out) {
  *out << each.workers << " workers, " << each.connections << " connections, " << each.requests << " requests of "
       << each.upload << ", bodies of " << each.body << (each.v6 ? ", IPv6" : "") << (each.closes ? ", closing" : "")
       << (each.hardware_rss ? "" : ", software RSS");
}

class WorkerHostTest : public testing::TestWithParam<Case> {};

TEST_P(WorkerHostTest, requests_are_answered_each_connection_by_one_worker) {
  const Case each = GetParam();
  WorkerWorld world(document_for(each.v6),
                    {.workers = each.workers, .hardware_rss = each.hardware_rss, .has_checksums = each.has_checksums});
  HttpOrigin origin(world.origins(), {.body = each.body, .closes = each.closes});
  world.origins().listen(IpAddr::v4(0), 8000, origin);
  world.origins().listen(IpAddr{}, 8000, origin);
  HttpClients::Plan plan;
  plan.target = {WorkerWorld::client(each.v6), WorkerWorld::own(each.v6), 80, 0};
  plan.requests = each.requests;
  plan.closes = each.closes;
  plan.checks = true;
  plan.upload = each.upload;
  if (each.upload > 0)
    plan.request = "POST /in HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(each.upload) + "\r\n\r\n";
  HttpClients clients(world.clients(), plan);
  clients.start(each.connections);
  world.run_until([&] { return clients.is_done(); }, 300s);
  EXPECT_EQ(clients.answered, each.requests);
  EXPECT_EQ(clients.failed, 0u);
  EXPECT_EQ(clients.wrong, 0u);
  EXPECT_TRUE(origin.bodies_are_right);
  EXPECT_EQ(origin.body_bytes, each.upload * each.requests);
  EXPECT_EQ(world.count(tcp::Counter::wrong_core), 0u);
  EXPECT_EQ(world.count(tcp::Counter::refused_no_listener), 0u);
  std::uint64_t wrong_core = 0, busy = 0;
  for (std::size_t worker = 0; worker < each.workers; ++worker) {
    wrong_core += world.engine().counters(worker).wrong_core.read();
    busy += world.host(worker).stack().counters().read(tcp::Counter::established) > 0;
    world.host(worker).stack().check_invariants();
  }
  EXPECT_EQ(wrong_core, 0u);
  if (each.connections > 50) {
    EXPECT_EQ(busy, each.workers) << "connections are spread over all of them";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, WorkerHostTest,
    testing::Values(Case{}, Case{.requests = 100}, Case{.has_checksums = false, .requests = 100},
                    Case{.v6 = true, .requests = 100}, Case{.connections = 4, .requests = 8, .body = 5'000'000},
                    Case{.connections = 4, .requests = 8, .upload = 3'000'000}, Case{.requests = 20, .closes = true},
                    Case{.workers = 2, .connections = 100, .requests = 2000},
                    Case{.workers = 2, .hardware_rss = false, .connections = 100, .requests = 2000},
                    Case{.workers = 4, .v6 = true, .connections = 200, .requests = 2000, .body = 20'000},
                    Case{.workers = 3, .connections = 100, .requests = 1000, .closes = true}));

HttpClients::Plan plan_for(std::uint64_t requests) {
  HttpClients::Plan plan;
  plan.target = {WorkerWorld::client(false), WorkerWorld::own(false), 80, 0};
  plan.requests = requests;
  return plan;
}

TEST(WorkerHost, a_servers_limit_holds_over_all_workers_and_none_of_them_starves) {
  WorkerWorld world(R"({
    "frontends": {"web": {"binds": [{"port": 80}], "default_backend": "servers"}},
    "backends": {"servers": {"servers": {"a": {"address": "192.0.2.200", "port": 8000, "connections_max": 3}}}}})",
                    {.workers = 2});
  HttpOrigin origin(world.origins(), {.body = 2000});
  world.origins().listen(IpAddr::v4(0), 8000, origin);
  HttpClients clients(world.clients(), plan_for(4000));
  clients.start(64);
  std::uint32_t most = 0;
  const ServerState& server = *world.tables().backends[0]->servers[0].state;
  world.run_until(
      [&] {
        most = std::max(most, server.taken.load());
        return clients.is_done();
      },
      60s);
  EXPECT_EQ(clients.answered, 4000u);
  EXPECT_EQ(clients.failed, 0u);
  EXPECT_EQ(most, 3u);
  EXPECT_EQ(server.taken.load(), 0u);
  for (std::size_t worker = 0; worker < 2; ++worker)
    EXPECT_GT(world.tables().frontends[0]->state->local[worker].stats.read(Stat::requests), 1000u) << worker;
  EXPECT_LT(world.now - Instant(1h), 2s) << "slots do not lie idle between the workers";
}

TEST(WorkerHost, frontends_come_and_go_while_connections_last) {
  WorkerWorld world(plain, {});
  HttpOrigin origin(world.origins(), {.body = 1'000'000});
  world.origins().listen(IpAddr::v4(0), 8000, origin);
  HttpClients clients(world.clients(), plan_for(4));
  clients.start(4);
  world.run_until([&] { return clients.body_bytes > 100'000; }, 10s);
  world.apply("{}");
  world.run_until([&] { return clients.is_done(); }, 60s);
  EXPECT_EQ(clients.answered, 4u) << "what was under way comes to its end";
  EXPECT_EQ(clients.wrong + clients.failed, 0u);
  world.run_until([] { return false; }, 2s);
  EXPECT_EQ(world.host(0).stack().usage().connections, 0u);

  HttpClients refused(world.clients(), plan_for(1));
  refused.start(1);
  world.run_until([&] { return refused.open == 0; }, 10s);
  EXPECT_EQ(refused.answered, 0u);
  EXPECT_LT(world.now - Instant(1h), 60s) << "at once, by a reset";

  world.apply(plain);
  origin.plan.body = 10;
  HttpClients again(world.clients(), plan_for(10));
  again.start(2);
  world.run_until([&] { return again.is_done(); }, 10s);
  EXPECT_EQ(again.answered, 10u);
}

TEST(WorkerHost, without_buffers_it_slows_down_and_loses_nothing) {
  WorkerWorld world(plain, {.buffers = 600});
  HttpOrigin origin(world.origins(), {.body = 300'000});
  world.origins().listen(IpAddr::v4(0), 8000, origin);
  HttpClients::Plan plan = plan_for(20);
  plan.checks = true;
  HttpClients clients(world.clients(), plan);
  clients.start(10);
  world.run_until([&] { return clients.is_done(); }, 600s);
  EXPECT_EQ(clients.answered + clients.failed, 20u);
  EXPECT_GT(clients.answered, 10u);
  EXPECT_EQ(clients.wrong, 0u);
  world.host(0).stack().check_invariants();
}

TEST(WorkerHost, what_it_has_counted_can_be_read_from_outside) {
  WorkerWorld world(plain, {});
  HttpOrigin origin(world.origins(), {});
  world.origins().listen(IpAddr::v4(0), 8000, origin);
  HttpClients clients(world.clients(), plan_for(3));
  clients.start(1);
  world.run_until([&] { return clients.is_done(); }, 10s);
  world.run_until([] { return false; }, 200ms);
  const WorkerHost& host = world.host(0);
  EXPECT_EQ(host.read(tcp::Counter::opened_passive), 1u);
  EXPECT_EQ(host.read(tcp::Counter::opened_active), 1u);
  EXPECT_EQ(host.read(WorkerHost::Fact::connections), 1u) << "the server's, which idles";
  EXPECT_EQ(host.read(WorkerHost::Fact::clients), 0u);
  EXPECT_GT(host.memory_bytes(), 1u << 20);
}

}  // namespace
}  // namespace poise::l7
