#include <gtest/gtest.h>

#include "tests/control/fake_machine.hpp"

namespace poise::control {
namespace {

TEST(Streams, events_are_framed_as_server_sent_events_with_the_time) {
  Appliance appliance;
  const auto events = appliance.core.open_events();
  EXPECT_TRUE(events->take().starts_with(": "));
  appliance.core.emit("link", {{"up", true}});
  EXPECT_EQ(events->take(), "event: link\ndata: {\"time\":\"2026-01-02T03:04:05Z\",\"up\":true}\n\n");
}

TEST(Streams, a_reader_of_events_that_is_too_slow_is_ended) {
  Appliance appliance;
  const auto events = appliance.core.open_events();
  for (int i = 0; i < 10000 && !events->finished(); ++i) appliance.core.emit("x", {{"text", std::string(100, 'x')}});
  EXPECT_TRUE(events->finished());
}

TEST(Streams, while_somebody_listens_statistics_come_every_second) {
  Appliance appliance;
  const auto events = appliance.core.open_events();
  appliance.pass(2100ms);
  EXPECT_NE(events->take().find("event: stats\ndata: {"), std::string::npos);
}

TEST(Streams, flows_end_although_a_worker_does_not_answer) {
  Appliance appliance;
  const auto flows = appliance.core.open_flows({});
  flows->refill();
  appliance.now += 3s;
  appliance.core.tick(appliance.now);
  flows->refill();
  EXPECT_TRUE(flows->done());
}

TEST(Streams, when_the_reader_of_a_capture_goes_another_may_come) {
  Appliance appliance;
  EXPECT_EQ(appliance.ask("GET", "/v1/capture").status, 200);
  EXPECT_EQ(appliance.ask("GET", "/v1/trace").status, 200);
}

}  // namespace
}  // namespace poise::control
