#include "config/import/haproxy/formats.hpp"

#include <gtest/gtest.h>

namespace poise::config::importing::haproxy {
namespace {

const Variables variables = {{"SITE", "north 5%"}};

TEST(HaproxyFormats, log_formats_become_texts_with_placeholders) {
  struct Row {
    const char *theirs, *ours;
  };
  for (const Row& row :
       {Row{"plain", "plain"}, Row{"100%%", "100%%"}, Row{"%ci:%cp", "%[src]:%[src_port]"},
        Row{"%[src] %[dst_port]", "%[src] %[dst_port]"},
        Row{"https://%[hdr(host)]%[path]", "https://%[req.hdr(host)]%[path]"},
        Row{"%[req.hdr(host),field(1,:)]", "%[host]"}, Row{"%[urlp(a)]%[req.cook(b)]", "%[url_param(a)]%[req.cook(b)]"},
        Row{"%[pathq] %[capture.req.uri]", "%[url] %[url]"}, Row{"%[str(a%b)]", "a%%b"},
        Row{"%[env(SITE)]%[env(NOPE)]", "north 5%%"}, Row{"%[res.hdr(x)] %[status]", "%[res.hdr(x)] %[status]"},
        Row{"%ID", "%[unique_id]"}}) {
    const Format format = format_of(row.theirs, variables);
    EXPECT_EQ(format.text, row.ours) << row.theirs;
    EXPECT_EQ(format.why_not, "") << row.theirs;
  }
}

TEST(HaproxyFormats, what_has_no_placeholder_says_so) {
  for (const char* theirs : {"%[src", "%Ts", "%{+Q}r", "%[rand(5)]", "%[path,regsub(a,b)]", "%[req.hdr(host),lower]",
                             "%[hdr(a,1)]", "%[hdr]", "%[path(x)]", "%[hdr(a", "%", "%[]"})
    EXPECT_NE(format_of(theirs, variables).why_not, "") << theirs;
  EXPECT_EQ(literal_format("a%b%%"), "a%%b%%%%");
}

}  // namespace
}  // namespace poise::config::importing::haproxy
