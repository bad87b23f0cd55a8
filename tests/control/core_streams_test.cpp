#include <gtest/gtest.h>

#include <sstream>

#include "tests/control/fake_machine.hpp"

namespace poise::control {
namespace {

using nlohmann::json;

// A SYN of a client that the service takes, as the switch brings it to a worker.
datapath::Bytes syn(const char* client = "192.0.2.7") {
  using namespace datapath;
  const Ends ends{client, "192.0.2.100", 5555, 80};
  return ethernet("02:00:00:00:00:01", "02:00:00:00:00:09", 0x0800, ip_packet(ends, 6, tcp(ends, 0x02, {})));
}

std::vector<json> rows_of(const std::string& text) {
  std::vector<json> rows;
  std::stringstream stream(text);
  for (std::string line; std::getline(stream, line);) rows.push_back(json::parse(line));
  return rows;
}

std::string read_whole(Appliance& appliance, ByteStream& stream) {
  std::string text;
  for (int i = 0; i < 100 && !stream.done(); ++i) {
    stream.refill();
    appliance.pass(1ms);
    text += stream.take();
  }
  EXPECT_TRUE(stream.done());
  return text;
}

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

TEST(Streams, flows_of_every_worker_come_as_lines_and_filters_hold) {
  Appliance appliance;
  appliance.machine.port(0, 1).give(syn());
  appliance.machine.port(1, 1).give(syn("192.0.2.8"));
  appliance.pass(5ms);
  const auto rows = rows_of(read_whole(appliance, *appliance.core.open_flows({})));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0]["service"], "web");
  EXPECT_EQ(rows[0]["destination"], "192.0.2.100:80");
  EXPECT_EQ(rows[0]["state"], "syn_sent");
  Core::FlowFilter filter;
  filter.client = "192.0.2.8";
  EXPECT_EQ(rows_of(read_whole(appliance, *appliance.core.open_flows(filter))).size(), 1u);
  filter = {};
  filter.service = "none";
  EXPECT_TRUE(read_whole(appliance, *appliance.core.open_flows(filter)).empty());
  filter = {};
  filter.limit = 1;
  EXPECT_EQ(rows_of(read_whole(appliance, *appliance.core.open_flows(filter))).size(), 1u);
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

TEST(Streams, a_capture_is_a_pcap_of_the_frames_and_ends_by_its_count) {
  Appliance appliance;
  const auto response = appliance.ask("GET", "/v1/capture?count=1&filter=tcp%20port%2080");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(appliance.ask("GET", "/v1/capture").status, 409);
  appliance.pass(2ms);
  appliance.machine.port(0, 1).give(syn());
  appliance.pass(5ms);
  EXPECT_TRUE(response.stream->finished());
  const std::string file = response.stream->take();
  const datapath::Bytes frame = syn();
  ASSERT_EQ(file.size(), 24 + 16 + frame.size());
  EXPECT_EQ(file.substr(40), std::string(frame.begin(), frame.end()));
}

TEST(Streams, when_the_reader_of_a_capture_goes_another_may_come) {
  Appliance appliance;
  EXPECT_EQ(appliance.ask("GET", "/v1/capture").status, 200);
  EXPECT_EQ(appliance.ask("GET", "/v1/trace").status, 200);
}

TEST(Streams, a_trace_has_a_row_for_each_stage) {
  Appliance appliance;
  const auto response = appliance.ask("GET", "/v1/trace?count=1");
  ASSERT_EQ(response.status, 200);
  appliance.pass(2ms);
  appliance.machine.port(0, 1).give(syn());
  appliance.pass(5ms);
  const auto rows = rows_of(response.stream->take());
  ASSERT_FALSE(rows.empty());
  EXPECT_EQ(rows[0]["source"], "192.0.2.7:5555");
  EXPECT_FALSE(rows[0]["stage"].get<std::string>().empty());
}

}  // namespace
}  // namespace poise::control
