#include "control/health/datagram.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include "tests/support/frames.hpp"

namespace poise::control::health {
namespace {

using datapath::Bytes;
using datapath::ip_packet;

const Ends v4{*parse_ip("10.0.0.1"), *parse_ip("10.0.0.11"), 768, 53};
const Ends v6{*parse_ip("2001:db8::1"), *parse_ip("2001:db8::11"), 800, 4};

// What the other side sends back, made by the tests' own arithmetic.
struct Wire {
  explicit Wire(const Ends& of) : ends(of), peer(to_string(of.peer)), local(to_string(of.local)) {}
  datapath::Ends back() const { return {peer, local, ends.port, ends.local_port}; }
  Bytes icmp(std::uint8_t type, std::uint8_t code, std::uint32_t word, const Bytes& data) const {
    if (ends.peer.is_v4()) return ip_packet(back(), IPPROTO_ICMP, datapath::icmp(type, code, word, data));
    return ip_packet(back(), IPPROTO_ICMPV6, datapath::icmpv6(back(), type, code, word, data));
  }
  Bytes echo_reply(std::string_view data) const {
    return icmp(ends.peer.is_v4() ? 0 : 129, 0, std::uint32_t(ends.local_port) << 16 | ends.port, datapath::text(data));
  }
  Bytes datagram(std::string_view data) const {
    return ip_packet(back(), IPPROTO_UDP, datapath::udp(back(), datapath::text(data)));
  }
  Ends ends;
  std::string peer, local;
};

TEST(Datagram, what_is_sent_is_whole_and_right) {
  for (const Ends& ends : {v4, v6}) {
    EXPECT_EQ(datapath::faults(make_echo_request(ends, "data")), "");
    EXPECT_EQ(datapath::faults(make_datagram(ends, "odd")), "");
    EXPECT_EQ(datapath::faults(make_datagram(ends, "")), "");
  }
}

TEST(Datagram, a_reply_is_read_with_the_ends_of_its_request) {
  for (const Ends& ends : {v4, v6}) {
    const auto echo = read_answer(Wire(ends).echo_reply("data"));
    ASSERT_TRUE(echo);
    EXPECT_TRUE(echo->is_echo);
    EXPECT_EQ(echo->ends, ends);
    EXPECT_EQ(echo->data, "data");
    EXPECT_EQ(echo->error, "");
    const auto udp = read_answer(Wire(ends).datagram("odd"));
    ASSERT_TRUE(udp);
    EXPECT_FALSE(udp->is_echo);
    EXPECT_EQ(udp->ends, ends);
    EXPECT_EQ(udp->data, "odd");
  }
}

TEST(Datagram, nothing_that_is_cut_short_or_damaged_is_read) {
  for (const Bytes& whole : {Wire(v4).echo_reply("data"), Wire(v4).datagram("data"), Wire(v6).echo_reply("data"),
                             Wire(v6).datagram("data")}) {
    const std::size_t header = whole[0] >> 4 == 4 ? 20 : 40;
    for (std::size_t length = 0; length < whole.size(); ++length)
      EXPECT_FALSE(read_answer(std::span(whole).first(length))) << length;
    for (std::size_t at = header; at < whole.size(); ++at) {
      Bytes damaged = whole;
      damaged[at] ^= 0x10;
      EXPECT_FALSE(read_answer(damaged)) << at;
    }
  }
  EXPECT_FALSE(read_answer(make_echo_request(v4, "a request")));
}

TEST(Datagram, an_icmp_error_is_about_what_it_quotes) {
  struct Row {
    Ends ends;
    std::uint8_t type, code;
    const char* error;
  };
  for (const Row& row :
       {Row{v4, 3, 3, "nobody listens on the port"}, Row{v4, 3, 1, "the server cannot be reached"},
        Row{v4, 3, 13, "a firewall forbids it"}, Row{v4, 11, 0, "packets do not arrive: too many hops"},
        Row{v6, 1, 4, "nobody listens on the port"}, Row{v6, 1, 3, "the server cannot be reached"},
        Row{v6, 1, 1, "a firewall forbids it"}}) {
    for (const bool echo : {false, true}) {
      const Bytes asked = echo ? make_echo_request(row.ends, "x") : make_datagram(row.ends, "x");
      const auto answer = read_answer(Wire(row.ends).icmp(row.type, row.code, 0, asked));
      ASSERT_TRUE(answer) << row.error;
      EXPECT_EQ(answer->error, row.error);
      EXPECT_EQ(answer->is_echo, echo);
      EXPECT_EQ(answer->ends, row.ends);
    }
  }
  const Bytes asked = make_datagram(v4, "x"), others = make_datagram({v4.peer, v4.local, 1, 2}, "x");
  EXPECT_FALSE(read_answer(Wire(v4).icmp(4, 0, 0, asked))) << "a quench is no failure";
  EXPECT_FALSE(read_answer(Wire(v4).icmp(3, 3, 0, others))) << "not sent by us";
  EXPECT_FALSE(read_answer(Wire(v4).icmp(3, 3, 0, {})));
}

}  // namespace
}  // namespace poise::control::health
