#include "l7/rules/text_template.hpp"

#include "tests/l7/rules/judged.hpp"

namespace poise::l7::rules {
namespace {

const char* const head =
    "GET /a/b?id=7&x=&id=8 HTTP/1.1\r\nHost: Shop.example:8080\r\nX-List: one, two\r\nX-List: three, four\r\n"
    "Cookie: a=1; b=2\r\n\r\n";

TEST(TextTemplate, fills_placeholders) {
  Judged judged(head);
  judged.subject.sni = "tls.example";
  struct Row {
    const char *text, *filled;
  };
  for (const auto& [text, filled] : {
           Row{"plain", "plain"},
           Row{"%[src]:%[src_port]", "192.0.2.9:4711"},
           Row{"%[dst]:%[dst_port]", "203.0.113.1:80"},
           Row{"%[method] %[url]", "GET /a/b?id=7&x=&id=8"},
           Row{"https://%[host]%[path]?%[query]", "https://Shop.example/a/b?id=7&x=&id=8"},
           Row{"%[req.hdr(X-List)]|%[req.fhdr(x-list)]", "four|three, four"},
           Row{"%[req.hdr(none)]", ""},
           Row{"%[req.cook(b)] %[req.cook(c)]", "2 "},
           Row{"%[url_param(id)]%[url_param(x)]%[url_param(y)]", "7"},
           Row{"%[ssl_fc_sni]", "tls.example"},
           Row{"%[unique_id]", "00000000000000000000ffffc0000209-1267-3e8-7-1"},
           Row{"100%% of %%[src] %", "100% of %[src] %"},
           Row{"%[status]%[res.hdr(x)]", ""},
       }) {
    std::string to;
    TextTemplate(text).append_to(to, judged.subject);
    EXPECT_EQ(to, filled) << text;
  }
}

TEST(TextTemplate, of_a_response_is_filled_from_it) {
  Judged judged(head, "HTTP/1.1 404 Not Found\r\nServer: a\r\nContent-Length: 0\r\n\r\n");
  std::string to;
  TextTemplate("%[status] %[res.hdr(Server)] %[src] %[path]").append_to(to, judged.subject);
  EXPECT_EQ(to, "404 a 192.0.2.9 ");
}

TEST(Replacement, puts_groups_and_placeholders_in_the_place_of_the_whole) {
  struct Row {
    const char *pattern, *with, *text, *result;
  };
  Judged judged(head);
  for (const Row& row : {
           Row{"^/old/(.*)$", "/new/\\1", "/old/x", "/new/x"},
           Row{"a(.)(.)", "\\2\\1", "zabc", "cb"},
           Row{"b", "\\0\\\\%[src]", "abc", "b\\192.0.2.9"},
           Row{"x(a)?", "-\\1-", "x", "--"},
           Row{"nothing", "y", "x", nullptr},
       }) {
    std::string to;
    const bool is_match = Replacement(row.pattern, row.with).append_to(to, row.text, judged.subject);
    EXPECT_EQ(is_match, row.result != nullptr) << row.pattern;
    EXPECT_EQ(to, row.result == nullptr ? "" : row.result);
  }
}

}  // namespace
}  // namespace poise::l7::rules
