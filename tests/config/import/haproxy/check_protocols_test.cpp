#include "config/import/haproxy/checks.hpp"
#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

std::string checked(const std::string& line) {
  return "backend b\n mode tcp\n timeout connect 1s\n timeout server 1s\n" + line + "\n server s 192.0.2.11:80 check\n";
}

TEST(HaproxyCheckProtocols, are_written_out_as_steps) {
  for (
      const PartRow& row :
      {PartRow{checked("option redis-check"), "/backends/b/check/steps",
               R"([{"send":"PING\\x0d\\x0a"},{"expect":{"string":"+PONG\\x0d\\x0a"}}])"},
       PartRow{checked("option smtpchk EHLO a.org"), "/backends/b/check/steps",
               R"([{"expect":{"rstring":"^220[ -]"}},{"send":"EHLO a.org\\x0d\\x0a"},
                    {"expect":{"rstring":"(?m)^250[ -]"}},{"send":"QUIT\\x0d\\x0a"}])"},
       PartRow{checked("option smtpchk"), "/backends/b/check/steps/1", R"({"send":"HELO localhost\\x0d\\x0a"})"},
       PartRow{
           checked("option pgsql-check user me"), "/backends/b/check/steps",
           R"([{"send":"\\x00\\x00\\x00\\x11\\x00\\x03\\x00\\x00user\\x00me\\x00\\x00"},{"expect":{"rstring":"^R"}}])"},
       PartRow{checked("option mysql-check"), "/backends/b/check/steps", R"([{"expect":{"string":"\\x00\\x0a"}}])"},
       PartRow{checked("option ldap-check"), "/backends/b/check/steps/1",
               R"({"expect":{"string":"\\x0a\\x01\\x00"}})"}})
    expect_part(row);
}

// Length and number of the packet, then what the client can do, and the user's name; then that it leaves.
TEST(HaproxyCheckProtocols, a_user_of_mysql_comes_and_goes) {
  const Imported found = imported(checked("option mysql-check user u"));
  EXPECT_EQ(text_of_errors(found), "");
  const std::string sent = part(found, "/backends/b/check/steps/1/send");
  EXPECT_TRUE(sent.starts_with("#\\x00\\x00\\x01\\x00\\x82\\x00\\x00\\x01\\x00\\x00\\x00!")) << sent;
  EXPECT_TRUE(sent.ends_with("u\\x00\\x00\\x01\\x00\\x00\\x00\\x01")) << sent;
}

TEST(HaproxyCheckProtocols, bytes_are_written_so_that_checks_read_them) {
  EXPECT_EQ(as_payload(std::string_view("a\\\r\0\xff~", 6)), "a\\\\\\x0d\\x00\\xff~");
}

}  // namespace
}  // namespace poise::config::importing::haproxy
