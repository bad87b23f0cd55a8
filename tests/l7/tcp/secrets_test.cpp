#include "l7/tcp/secrets.hpp"

#include <gtest/gtest.h>

namespace poise::l7::tcp {
namespace {

using namespace std::chrono_literals;

const Tuple tuple{IpAddr::v4(0x0a000001), IpAddr::v4(0x0a000002), 80, 40000};
const SipHash key({1, 2, 3});

TEST(Secrets, initial_sequences_go_with_a_clock_of_four_microseconds) {
  const Sequence first = initial_sequence(key, tuple, Instant(1h)),
                 second = initial_sequence(key, tuple, Instant(1h + 4ms));
  EXPECT_EQ(second - first, 1000);
}

TEST(Secrets, another_tuple_key_or_purpose_gives_another_number) {
  Tuple other = tuple;
  other.remote_port = 40001;
  EXPECT_NE(initial_sequence(key, tuple, Instant(1h)), initial_sequence(key, other, Instant(1h)));
  EXPECT_NE(initial_sequence(key, tuple, Instant(1h)), initial_sequence(SipHash({4}), tuple, Instant(1h)));
  EXPECT_NE(secret_number(key, Purpose::sequence, tuple), secret_number(key, Purpose::cookie, tuple));
  EXPECT_NE(secret_number(key, Purpose::cookie, tuple, 1), secret_number(key, Purpose::cookie, tuple, 2));
}

TEST(Secrets, timestamps_of_a_pair_of_addresses_go_on_from_connection_to_connection) {
  Tuple other = tuple;
  other.remote_port = 1;
  EXPECT_EQ(timestamp_offset(key, tuple), timestamp_offset(key, other));
  other.remote = IpAddr::v4(0x0a000003);
  EXPECT_NE(timestamp_offset(key, tuple), timestamp_offset(key, other));
}

}  // namespace
}  // namespace poise::l7::tcp
