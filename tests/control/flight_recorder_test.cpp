#include "control/flight_recorder.hpp"

#include <gtest/gtest.h>

#include "control/ethernet_frame.hpp"
#include "tests/support/frames.hpp"
#include "vrrp/packet.hpp"

namespace poise::control {
namespace {

using namespace std::chrono_literals;
using datapath::ip;
using Verdict = FlightRecorder::Verdict;
using Kind = FlightRecorder::Kind;

constexpr Instant start{1000s};
constexpr MacAddr ours{{2, 0, 0, 0, 0, 1}}, theirs{{2, 0, 0, 0, 0, 9}};

struct Sent {
  vrrp::Version version = vrrp::Version::v3;
  std::uint16_t vlan = 0;
  std::vector<IpAddr> addresses{ip("192.0.2.100")};
  const char *source = "192.0.2.2", *group = "224.0.0.18";
};

FrameBytes advert(const Sent& sent = {}) {
  vrrp::Advert advert;
  advert.version = sent.version;
  advert.vrid = vrrp::VirtualRouterId{51};
  advert.priority = 200;
  advert.interval = sent.version == vrrp::Version::v2 ? Duration(3s) : Duration(100ms);
  advert.addresses = sent.addresses;
  const vrrp::Envelope envelope{ip(sent.source), ip(sent.group)};
  return ethernet_frame(ours, theirs, sent.vlan, make_packet(write_advert(advert, envelope), envelope, 255, 1));
}

TEST(FlightRecorder, nothing_is_allocated_before_the_first_packet_and_nothing_after_it) {
  FlightRecorder recorder;
  EXPECT_FALSE(recorder.has_memory());
  EXPECT_EQ(recorder.size(), 0u);
  recorder.record(start, {Verdict::sent}, advert());
  EXPECT_TRUE(recorder.has_memory());
  const FlightRecorder::Row* first = &recorder[0];
  for (std::size_t i = 0; i < FlightRecorder::rows_max; ++i) recorder.record(start, {Verdict::sent}, advert());
  EXPECT_EQ(&recorder[FlightRecorder::rows_max - 1], first) << "the oldest row is written again";
}

TEST(FlightRecorder, the_last_rows_stay_oldest_first) {
  FlightRecorder recorder;
  for (int i = 0; i < 150; ++i) {
    recorder.record(start + i * 1ns, {Verdict::sent}, advert());
    const std::size_t size = std::min<std::size_t>(std::size_t(i) + 1, 64);
    ASSERT_EQ(recorder.size(), size);
    for (std::size_t row = 0; row < size; ++row)
      ASSERT_EQ(recorder[row].at, start + (i + 1 - int(size) + int(row)) * 1ns) << i << ", " << row;
  }
}

TEST(FlightRecorder, an_advert_is_read_in_every_form) {
  struct Row {
    Sent sent;
    Duration interval;
  };
  for (const auto& [sent, interval] :
       {Row{{}, 100ms}, Row{{.version = vrrp::Version::v2}, 3s}, Row{{.vlan = 7}, 100ms},
        Row{{.addresses = {ip("fe80::64")}, .source = "fe80::2", .group = "ff02::12"}, 100ms}}) {
    FlightRecorder recorder;
    const FrameBytes frame = advert(sent);
    recorder.record(start, {Verdict::accepted}, frame);
    const FlightRecorder::Row& row = recorder[0];
    EXPECT_EQ(row.kind, Kind::advert);
    EXPECT_EQ(row.source, ip(sent.source));
    EXPECT_EQ(row.destination, ip(sent.group));
    EXPECT_EQ(row.priority, 200);
    EXPECT_EQ(row.interval, interval);
    EXPECT_EQ(row.length, frame.size());
    EXPECT_EQ(FrameBytes(row.kept().begin(), row.kept().end()), frame);
    EXPECT_TRUE(row.is_received());
    EXPECT_EQ(row.verdict(), "accepted");
  }
}

TEST(FlightRecorder, a_refused_advert_keeps_its_cause_and_what_it_said) {
  FrameBytes damaged = advert();
  damaged.back() ^= 1;
  FlightRecorder recorder;
  recorder.record(start, {Verdict::refused, vrrp::Discard::checksum}, damaged);
  recorder.record(start, {Verdict::not_sent}, advert());
  EXPECT_EQ(recorder[0].verdict(), "checksum");
  EXPECT_TRUE(recorder[0].is_received());
  EXPECT_EQ(recorder[0].priority, 200);
  EXPECT_EQ(recorder[1].verdict(), "not_sent");
  EXPECT_FALSE(recorder[1].is_received());
}

TEST(FlightRecorder, announcements_are_told_apart) {
  Link link;
  link.mac = ours;
  for (const std::uint16_t vlan : {std::uint16_t(0), std::uint16_t(7)}) {
    link.vlan = vlan;
    FlightRecorder recorder;
    recorder.record(start, {Verdict::sent}, make_announcement(link, ip("192.0.2.100")));
    recorder.record(start, {Verdict::sent}, make_announcement(link, ip("2001:db8::64")));
    EXPECT_EQ(recorder[0].kind, Kind::gratuitous_arp);
    EXPECT_EQ(recorder[0].source, ip("192.0.2.100"));
    EXPECT_EQ(recorder[0].destination, ip("192.0.2.100"));
    EXPECT_EQ(recorder[1].kind, Kind::unsolicited_na);
    EXPECT_EQ(recorder[1].source, ip("2001:db8::64"));
    EXPECT_EQ(recorder[1].destination, ip("ff02::1"));
    EXPECT_EQ(recorder[1].verdict(), "sent");
  }
}

TEST(FlightRecorder, a_long_frame_is_cut_after_it_was_read_and_a_senseless_one_is_kept) {
  FlightRecorder recorder;
  const FrameBytes frame = advert({.addresses = std::vector<IpAddr>(40, ip("192.0.2.100"))});
  recorder.record(start, {Verdict::accepted}, frame);
  EXPECT_EQ(recorder[0].length, frame.size());
  EXPECT_EQ(recorder[0].priority, 200);
  EXPECT_EQ(FrameBytes(recorder[0].kept().begin(), recorder[0].kept().end()),
            FrameBytes(frame.begin(), frame.begin() + 128));
  for (std::size_t length = 0; length < frame.size(); ++length) {
    recorder.record(start, {Verdict::accepted}, std::span(frame).first(length));
    const FlightRecorder::Row& row = recorder[recorder.size() - 1];
    EXPECT_EQ(row.kept().size(), std::min<std::size_t>(length, 128));
    EXPECT_EQ(row.priority, 0) << "nothing of the row before is left";
  }
}

TEST(FlightRecorder, a_row_of_the_ring_takes_little_room) { EXPECT_LE(sizeof(FlightRecorder::Row), 192u); }

}  // namespace
}  // namespace poise::control
