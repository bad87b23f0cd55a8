#include "l7/proxy_protocol.hpp"

#include <gtest/gtest.h>

#include <string>

namespace poise::l7 {
namespace {

using Ends = ProxyHeader::Ends;
const Ends v4{IpAddr::v4(0xc0000201), IpAddr::v4(0xc6336402), 56324, 443};
const Ends v6{*parse_ip("2001:db8::1"), *parse_ip("2001:db8::2"), 1, 65535};

std::optional<ProxyRefusal> refusal(std::string_view bytes) {
  const auto read = read_proxy_header(bytes);
  return read ? std::nullopt : std::optional(read.error());
}

std::string v2(std::uint8_t command, std::uint8_t family, const std::string& rest) {
  return std::string("\r\n\r\n\0\r\nQUIT\n", 12) + char(command) + char(family) + char(rest.size() >> 8) +
         char(rest.size()) + rest;
}

TEST(ProxyProtocol, what_is_written_is_read_however_it_comes) {
  for (const std::optional<Ends>& ends : {std::optional(v4), std::optional(v6), std::optional<Ends>()}) {
    for (const std::string& header : {write_proxy_v1(ends), write_proxy_v2(ends)}) {
      for (std::size_t length = 0; length < header.size(); ++length) {
        const auto early = read_proxy_header(std::string_view(header).substr(0, length));
        ASSERT_TRUE(early && !*early) << length;
      }
      const auto read = read_proxy_header(header + "GET");
      ASSERT_TRUE(read && *read);
      EXPECT_EQ((*read)->ends, ends);
      EXPECT_EQ((*read)->length, header.size());
    }
  }
}

TEST(ProxyProtocol, the_text_is_as_the_specification_has_it) {
  EXPECT_EQ(write_proxy_v1(v4), "PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n");
  EXPECT_EQ(write_proxy_v1(v6), "PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n");
  EXPECT_EQ((*read_proxy_header("PROXY UNKNOWN ffff:f...f 1 2\r\n"))->ends, std::nullopt);
}

TEST(ProxyProtocol, what_else_a_binary_header_says_is_skipped) {
  const std::string tlv("\x04\0\2xy", 5);
  const std::string header = v2(0x21, 0x11, std::string("\x0a\0\0\x01\x0a\0\0\x02\0\x01\0\x02", 12) + tlv);
  EXPECT_EQ((*read_proxy_header(header + "x"))->length, header.size());
  EXPECT_EQ((*read_proxy_header(header))->ends->source, IpAddr::v4(0x0a000001));
  EXPECT_EQ((*read_proxy_header(v2(0x21, 0x31, "a path")))->ends, std::nullopt) << "of a unix socket";
  EXPECT_EQ((*read_proxy_header(v2(0x20, 0x11, "")))->ends, std::nullopt) << "for itself";
}

TEST(ProxyProtocol, what_is_no_header_is_refused) {
  EXPECT_EQ(refusal("GET / HTTP/1.1"), ProxyRefusal::no_header);
  EXPECT_EQ(refusal("\r\nG"), ProxyRefusal::no_header);
  EXPECT_EQ(refusal("PROXX "), ProxyRefusal::no_header);
  EXPECT_EQ(refusal("PROXY " + std::string(101, 'a')), ProxyRefusal::too_long);
  for (const char* line :
       {"TCP4 192.0.2.1 192.0.2.2 1", "TCP4 192.0.2.1 192.0.2.2 1 65536", "TCP4 192.0.2.1 192.0.2.2 01 2",
        "TCP4 192.0.2.1 192.0.2.2 +1 2", "TCP4 192.0.2.1 192.0.2.2 1 2 ", "TCP4  192.0.2.1 192.0.2.2 1 2",
        "TCP4 ::1 ::2 1 2", "TCP6 192.0.2.1 192.0.2.2 1 2", "UDP4 192.0.2.1 192.0.2.2 1 2", "",
        "tcp4 1.1.1.1 1.1.1.1 1 1"})
    EXPECT_EQ(refusal("PROXY " + std::string(line) + "\r\n"), ProxyRefusal::malformed) << line;
  EXPECT_EQ(refusal(v2(0x11, 0x11, std::string(12, 'a'))), ProxyRefusal::version_unsupported);
  EXPECT_EQ(refusal(v2(0x22, 0x11, std::string(12, 'a'))), ProxyRefusal::malformed);
  EXPECT_EQ(refusal(v2(0x21, 0x11, std::string(11, 'a'))), ProxyRefusal::malformed);
  EXPECT_EQ(refusal(v2(0x21, 0x21, std::string(35, 'a'))), ProxyRefusal::malformed);
  EXPECT_EQ(refusal(v2(0x21, 0x11, std::string(4081, 'a'))), ProxyRefusal::too_long);
  const std::string mapped = std::string(10, '\0') + "\xff\xff" + std::string(4, 'a');
  EXPECT_EQ(refusal(v2(0x21, 0x21, mapped + mapped + "abcd")), ProxyRefusal::malformed);
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(meaning_of(ProxyRefusal(i)).empty());
}

}  // namespace
}  // namespace poise::l7
