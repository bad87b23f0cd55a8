#include "datapath/dpdk/eal_log.hpp"

#include <rte_log.h>

#include <algorithm>

#include "tests/datapath/dpdk/environment.hpp"

namespace poise::datapath::dpdk {
namespace {

using EalLog = DpdkTest;

TEST_F(EalLog, complaints_are_kept_until_taken_and_given_to_the_listener) {
  take_complaints();
  rte_log(RTE_LOG_ERR, RTE_LOGTYPE_USER1, "the first\n");
  rte_log(RTE_LOG_WARNING, RTE_LOGTYPE_USER1, "the second\n");
  EXPECT_EQ(take_complaints(), "the first; the second");
  EXPECT_EQ(take_complaints(), "");
  const auto lines = log_lines();
  EXPECT_NE(std::find(lines.begin(), lines.end(), "the second"), lines.end());
}

TEST_F(EalLog, chatter_is_left_out) {
  take_complaints();
  rte_log(RTE_LOG_INFO, RTE_LOGTYPE_USER1, "by the way\n");
  EXPECT_EQ(take_complaints(), "");
}

TEST_F(EalLog, what_every_tap_says_is_left_out) {
  take_complaints();
  const std::size_t before = log_lines().size();
  rte_log(RTE_LOG_ERR, RTE_LOGTYPE_USER1, "eth_dev_tap_create(): dt0: failed to create multiq qdisc.\n");
  EXPECT_EQ(take_complaints(), "");
  EXPECT_EQ(log_lines().size(), before);
}

TEST_F(EalLog, a_flood_keeps_its_end_and_a_long_line_its_beginning) {
  take_complaints();
  for (int i = 0; i < 100; ++i) rte_log(RTE_LOG_ERR, RTE_LOGTYPE_USER1, "%d\n", i);
  EXPECT_EQ(take_complaints(), "96; 97; 98; 99");
  rte_log(RTE_LOG_ERR, RTE_LOGTYPE_USER1, "%s\n", std::string(5000, 'x').c_str());
  const std::string kept = take_complaints();
  EXPECT_LT(kept.size(), 1000u);
  EXPECT_EQ(kept.substr(0, 3), "xxx");
}

}  // namespace
}  // namespace poise::datapath::dpdk
