#include "datapath/stages/reset.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include "tests/datapath/fixture.hpp"

namespace poise::datapath {
namespace {

std::vector<Bytes> resets_for(StageBench& bench, const Ends& ends, std::uint8_t flags) {
  const std::uint16_t type = ip(ends.source).is_v4() ? 0x0800 : 0x86dd;
  Batch& batch =
      bench.load({ethernet(our_mac, their_mac, type, ip_packet(ends, IPPROTO_TCP, tcp(ends, flags, text("data"))))});
  parse(bench.worker, batch);
  ensure(batch.live_count == 1);
  send_reset(bench.worker, bench.packet(0));
  return bench.take_generated();
}

TEST(Reset, a_segment_of_either_family_is_answered_with_a_sound_reset) {
  StageBench bench;
  for (const Ends& ends :
       {Ends{"192.0.2.9", "203.0.113.10", 1000, 80}, Ends{"2001:db8:9::9", "2001:db8:5::10", 1000, 80}}) {
    const auto made = resets_for(bench, ends, tcp_ack);
    ASSERT_EQ(made.size(), 1u);
    EXPECT_EQ(faults(made[0]), "");
    const std::size_t header = ip(ends.source).is_v4() ? 20 : 40;
    EXPECT_EQ(Bytes(made[0].begin() + std::ptrdiff_t(header), made[0].begin() + std::ptrdiff_t(header) + 4),
              be16(80) + be16(1000));
    EXPECT_EQ(made[0][header + 13], tcp_rst);
  }
  EXPECT_EQ(bench.worker.counters.tcp_resets_sent.read(), 2u);
}

TEST(Reset, a_reset_is_never_answered) {
  StageBench bench;
  EXPECT_TRUE(resets_for(bench, {"192.0.2.9", "203.0.113.10", 1000, 80}, tcp_rst).empty());
  EXPECT_EQ(bench.worker.counters.tcp_resets_sent.read(), 0u);
}

}  // namespace
}  // namespace poise::datapath
