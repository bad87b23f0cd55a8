#include "l7/rules/rewrite.hpp"

#include "tests/l7/rules/judged.hpp"

namespace poise::l7::rules {
namespace {

const char* const head =
    "GET /a/b?c=d HTTP/1.1\r\nHost: h:81\r\nX-A: 1\r\nx-b: 2\r\nX-A: 3\r\nConnection: close\r\n\r\n";

// The head that an action makes of `head`; "": it is refused.
std::string rewritten(const Action& action) {
  Judged judged(head);
  return rewrite_request(action, judged.subject, judged.edits, judged.value) ? judged.written() : "";
}

RemoveHeaders removal(TextMatcher::Kind kind, const char* name) {
  RemoveHeaders action;
  action.names.add(kind, name);
  return action;
}

TEST(Rewrite, changes_headers) {
  const std::string line = "GET /a/b?c=d HTTP/1.1\r\nhost: h:81\r\n";
  EXPECT_EQ(rewritten(AddHeader{"x-a", TextTemplate(" %[path] ")}),
            line + "x-a: 1\r\nx-b: 2\r\nx-a: 3\r\nx-a: /a/b\r\n\r\n");
  EXPECT_EQ(rewritten(SetHeader{"x-a", TextTemplate("%[req.hdr(x-a)]!")}), line + "x-b: 2\r\nx-a: 3!\r\n\r\n");
  EXPECT_EQ(rewritten(removal(TextMatcher::Kind::exact, "x-a")), line + "x-b: 2\r\n\r\n");
  EXPECT_EQ(rewritten(removal(TextMatcher::Kind::prefix, "X-")), line + "\r\n");
  EXPECT_EQ(rewritten(removal(TextMatcher::Kind::regex, ".*")), line + "\r\n");
  EXPECT_EQ(rewritten(ReplaceHeader{"x-a", Replacement("^3$", "three")}),
            line + "x-a: 1\r\nx-b: 2\r\nx-a: three\r\n\r\n");
  EXPECT_EQ(rewritten(SetHeader{"host", TextTemplate("other:82")}),
            "GET /a/b?c=d HTTP/1.1\r\nhost: other:82\r\nx-a: 1\r\nx-b: 2\r\nx-a: 3\r\n\r\n");
  EXPECT_EQ(rewritten(ReplaceHeader{"host", Replacement("(.*):81", "\\1")}),
            "GET /a/b?c=d HTTP/1.1\r\nhost: h\r\nx-a: 1\r\nx-b: 2\r\nx-a: 3\r\n\r\n");
}

TEST(Rewrite, what_rules_have_added_is_changed_by_those_behind_them) {
  Judged judged(head);
  const auto apply = [&](const Action& action) {
    EXPECT_TRUE(rewrite_request(action, judged.subject, judged.edits, judged.value));
  };
  apply(AddHeader{"x-n", TextTemplate("1")});
  apply(ReplaceHeader{"x-n", Replacement("1", "2")});
  apply(SetHeader{"x-b", TextTemplate("%[req.hdr(x-n)]")});
  apply(SetHeader{"x-b", TextTemplate("%[req.hdr(x-b)]%[req.hdr(x-b)]")});
  apply(removal(TextMatcher::Kind::exact, "x-n"));
  EXPECT_EQ(judged.written(), "GET /a/b?c=d HTTP/1.1\r\nhost: h:81\r\nx-a: 1\r\nx-a: 3\r\nx-b: 22\r\n\r\n");
}

TEST(Rewrite, changes_the_request_line) {
  const auto line_of = [](const Action& action) {
    const std::string text = rewritten(action);
    return text.substr(0, text.find(" HTTP/1.1"));
  };
  EXPECT_EQ(line_of(SetPath{TextTemplate("/x%[path]")}), "GET /x/a/b?c=d");
  EXPECT_EQ(line_of(ReplacePath{Replacement("^/a/(.*)", "/\\1")}), "GET /b?c=d");
  EXPECT_EQ(line_of(ReplacePath{Replacement("^/z", "/y")}), "GET /a/b?c=d");
  EXPECT_EQ(line_of(SetQuery{TextTemplate("p=%[path]&%[query]")}), "GET /a/b?p=/a/b&c=d");
  EXPECT_EQ(line_of(SetMethod{"PUT", true}), "PUT /a/b?c=d");
}

TEST(Rewrite, what_can_t_stand_in_a_head_is_refused) {
  EXPECT_EQ(rewritten(SetPath{TextTemplate("no slash")}), "");
  EXPECT_EQ(rewritten(SetPath{TextTemplate("%[req.hdr(x-a)]")}), "");
  EXPECT_EQ(rewritten(SetPath{TextTemplate("/a b")}), "");
  EXPECT_EQ(rewritten(SetPath{TextTemplate("/a?b")}), "");
  EXPECT_EQ(rewritten(SetPath{TextTemplate("/" + std::string(http1::target_max - 3, 'a'))}), "");
  EXPECT_EQ(rewritten(SetQuery{TextTemplate("a#b")}), "");
  EXPECT_EQ(rewritten(SetQuery{TextTemplate("a HTTP/1.1")}), "");
  EXPECT_EQ(rewritten(SetHeader{"host", TextTemplate("a b")}), "");
  EXPECT_EQ(rewritten(AddHeader{"x", TextTemplate("a\r\nb: c")}), "");
  EXPECT_EQ(rewritten(SetHeader{"x", TextTemplate(std::string("a\0b", 3))}), "");
  EXPECT_EQ(rewritten(ReplaceHeader{"x-b", Replacement(".*", "\n")}), "");
}

TEST(Rewrite, a_target_without_a_path_has_none_to_change) {
  for (const char* text : {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n"}) {
    Judged judged(text);
    EXPECT_TRUE(rewrite_request(SetPath{TextTemplate("/x")}, judged.subject, judged.edits, judged.value));
    EXPECT_TRUE(rewrite_request(SetQuery{TextTemplate("x")}, judged.subject, judged.edits, judged.value));
    EXPECT_TRUE(judged.edits.is_empty()) << text;
  }
}

TEST(Rewrite, the_answer_to_head_and_connect_has_no_body_so_those_methods_stay) {
  for (const char* text : {"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n"}) {
    Judged judged(text);
    EXPECT_FALSE(rewrite_request(SetMethod{"GET", true}, judged.subject, judged.edits, judged.value)) << text;
  }
}

TEST(Rewrite, changes_responses) {
  const std::string text = "HTTP/1.1 200 OK\r\nServer: a\r\nHost: odd\r\nContent-Length: 0\r\n\r\n";
  const auto responded = [&](const Action& action) {
    Judged judged(head, text);
    return rewrite_response(action, judged.subject, judged.response_edits, judged.value) ? judged.written() : "";
  };
  EXPECT_EQ(responded(SetStatus{404, "Gone"}), "HTTP/1.1 404 Gone\r\nserver: a\r\ncontent-length: 0\r\n\r\n");
  EXPECT_EQ(responded(removal(TextMatcher::Kind::exact, "server")), "HTTP/1.1 200 Came\r\ncontent-length: 0\r\n\r\n");
  EXPECT_EQ(responded(SetHeader{"server", TextTemplate("%[res.hdr(server)]%[status]")}),
            "HTTP/1.1 200 Came\r\nserver: a200\r\ncontent-length: 0\r\n\r\n");
  EXPECT_EQ(responded(AddHeader{"x", TextTemplate("a\nb")}), "");
}

TEST(Rewrite, a_status_without_a_body_stays) {
  Judged judged(head, "HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n");
  EXPECT_TRUE(rewrite_response(SetStatus{200, "OK"}, judged.subject, judged.response_edits, judged.value));
  EXPECT_EQ(judged.edited_response.status(), 304);
}

TEST(Rewrite, a_redirect_has_a_location) {
  using Kind = Redirect::Kind;
  struct Row {
    Kind kind;
    const char* text;
    bool drops_query, appends_slash;
    const char* location;
  };
  for (const Row& row : {
           Row{Kind::location, "https://x/%[path]", false, false, "https://x//a/b"},
           Row{Kind::prefix, "https://x", false, false, "https://x/a/b?c=d"},
           Row{Kind::prefix, "/", true, true, "/a/b/"},
           Row{Kind::prefix, "/p", true, false, "/p/a/b"},
           Row{Kind::scheme, "https", false, false, "https://h:81/a/b?c=d"},
       }) {
    Judged judged(head);
    Redirect redirect;
    redirect.kind = row.kind;
    redirect.text = TextTemplate(row.text);
    redirect.drops_query = row.drops_query;
    redirect.appends_slash = row.appends_slash;
    std::string location;
    EXPECT_TRUE(write_location(redirect, judged.subject, location));
    EXPECT_EQ(location, row.location);
  }
  Judged judged(head);
  Redirect redirect;
  redirect.text = TextTemplate("/\r\nset-cookie: a");
  std::string location;
  EXPECT_FALSE(write_location(redirect, judged.subject, location));
}

}  // namespace
}  // namespace poise::l7::rules
