#include "control/proxy/worker_proxies.hpp"

#include <gtest/gtest.h>

#include "l7/compile.hpp"
#include "tests/control/fake_machine.hpp"
#include "tests/support/frames.hpp"

namespace poise::control::proxy {
namespace {

config::Config with_frontend(bool has_one = true) {
  config::Config config;
  config.interfaces["lan"].addresses = {*parse_prefix("192.0.2.1/24")};
  if (!has_one) return config;
  config.frontends["web"].binds = {{std::nullopt, 80}};
  config.backends["servers"].servers["a"].address = *parse_ip("192.0.2.200");
  return config;
}

struct Fixture {
  FakeMachine machine{with_frontend(false), 2};
  Instant now{1h};
  l7::States states{3};
  WorkerProxies proxies{
      {.machine = &machine, .clock = [this] { return now; }, .connections_max = 64, .first_number = 1}};
  std::shared_ptr<const l7::Tables> tables(std::uint64_t revision) {
    return l7::compile(with_frontend(), config::ProxyTransport::datapath, revision, states);
  }
};

TEST(WorkerProxies, nothing_is_made_for_who_has_no_frontend_of_the_workers) {
  Fixture fixture;
  EXPECT_TRUE(fixture.proxies.prepare(with_frontend(false)));
  config::Config kernel = with_frontend();
  kernel.frontends["web"].transport = kernel.backends["servers"].transport = config::ProxyTransport::kernel;
  EXPECT_TRUE(fixture.proxies.prepare(kernel));
  fixture.proxies.apply(fixture.tables(1));
  EXPECT_EQ(fixture.proxies.size(), 0u);
}

TEST(WorkerProxies, each_worker_gets_one_of_its_own_and_the_tables_in_force) {
  Fixture fixture;
  ASSERT_TRUE(fixture.proxies.prepare(with_frontend()));
  ASSERT_EQ(fixture.proxies.size(), 2u);
  fixture.proxies.apply(fixture.tables(1));
  fixture.machine.engine().apply(with_frontend(), 1);
  fixture.machine.run_workers(fixture.now);
  EXPECT_EQ(fixture.machine.engine().worker(0).local_tcp, &fixture.proxies[0]);
  EXPECT_EQ(fixture.machine.engine().worker(1).local_tcp, &fixture.proxies[1]);
  using datapath::Ends;
  const Ends ends{"192.0.2.9", "192.0.2.1", 40000, 80};
  fixture.machine.port(0, 0).give(datapath::ethernet("02:00:00:00:00:01", "02:00:00:00:00:02", 0x0800,
                                                     datapath::ip_packet(ends, 6, datapath::tcp(ends, 2, {}))));
  fixture.machine.run_workers(fixture.now);
  fixture.now += 1s;
  fixture.machine.run_workers(fixture.now);
  EXPECT_EQ(fixture.proxies[0].read(l7::tcp::Counter::syns_in) + fixture.proxies[1].read(l7::tcp::Counter::syns_in),
            1u);
}

TEST(WorkerProxies, tables_are_let_go_when_no_worker_has_them_any_more) {
  Fixture fixture;
  ASSERT_TRUE(fixture.proxies.prepare(with_frontend()));
  auto first = fixture.tables(1);
  const std::weak_ptr<const l7::Tables> old = first;
  fixture.proxies.apply(std::move(first));
  fixture.machine.run_workers(fixture.now);
  fixture.proxies.apply(fixture.tables(2));
  fixture.proxies.poll();
  EXPECT_FALSE(old.expired()) << "a worker might look at them";
  fixture.machine.run_workers(fixture.now);
  EXPECT_FALSE(old.expired()) << "it is control that frees them";
  fixture.proxies.poll();
  EXPECT_TRUE(old.expired());
}

}  // namespace
}  // namespace poise::control::proxy
