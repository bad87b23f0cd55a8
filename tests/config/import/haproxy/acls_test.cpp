#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

TEST(HaproxyAcls, lines_of_one_name_are_alternatives_and_join_where_they_can) {
  const std::string rules = "/frontends/web/request_rules/0/match";
  for (const PartRow& row :
       {PartRow{frontend_with("acl s path_beg /a /b\nacl s path_end .x\nhttp-request deny if s"), rules,
                R"({"path":{"prefix":["/a","/b"],"suffix":[".x"]}})"},
        PartRow{frontend_with("acl s path_beg -i /a\nacl s path_end .x\nhttp-request deny if s"), rules,
                R"({"any":[{"path":{"prefix":["/a"],"case_insensitive":true}},{"path":{"suffix":[".x"]}}]})"},
        PartRow{frontend_with("acl s src 192.0.2.1\nacl s src 198.51.100.0/24\nhttp-request deny if s"), rules,
                R"({"source":["192.0.2.1/32","198.51.100.0/24"]})"},
        PartRow{frontend_with("acl s hdr(a) 1\nacl s hdr(a) 2\nhttp-request deny if s"), rules,
                R"({"headers":[{"name":"a","exact":["1","2"]}]})"},
        PartRow{frontend_with("acl s hdr(a) 1\nacl s hdr(b) 2\nhttp-request deny if s"), rules,
                R"({"any":[{"headers":[{"name":"a","exact":["1"]}]},{"headers":[{"name":"b","exact":["2"]}]}]})"},
        PartRow{frontend_with("http-request deny if METH_GET LOCALHOST"), rules,
                R"({"methods":["GET","HEAD"],"source":["127.0.0.1/8","::1/128"]})"},
        PartRow{frontend_with("http-request deny if { path /a } { method POST } or { path /b }"), rules,
                R"({"any":[{"path":{"exact":["/a"]},"methods":["POST"]},{"path":{"exact":["/b"]}}]})"}})
    expect_part(row);
}

TEST(HaproxyAcls, broken_conditions_and_unknown_names_are_refused) {
  for (const RefusedRow& row :
       {RefusedRow{frontend_with("acl abc path /\nhttp-request deny if abd"), "did you mean \"abc\"?"},
        RefusedRow{frontend_with("http-request deny if later\nacl later path /"),
                   "there is no ACL \"later\" before it"},
        RefusedRow{frontend_with("http-request deny if"), "ends too early"},
        RefusedRow{frontend_with("http-request deny if TRUE or"), "ends too early"},
        RefusedRow{frontend_with("http-request deny if or TRUE"), "nothing before \"or\""},
        RefusedRow{frontend_with("http-request deny if { path /a"), "an anonymous ACL is not complete"},
        RefusedRow{frontend_with("http-request deny if { }"), "an anonymous ACL is not complete"},
        RefusedRow{frontend_with("acl x"), "it needs 2 words"}})
    expect_refused(row);
}

TEST(HaproxyAcls, what_cannot_be_asked_is_told_and_the_rules_that_ask_it_are_refused) {
  const std::string text = frontend_with("acl up nbsrv(pool) gt 1\nhttp-request deny unless up");
  expect_refused({text, "\"nbsrv\" cannot be asked for"});
  const Imported found = imported(text, true);
  EXPECT_EQ(text_of_errors(found), "");
  EXPECT_NE(notes_on(found, "acl").find("rules that name it are not taken"), std::string::npos);
  EXPECT_TRUE(part(found, "/frontends/web/request_rules").is_null());
}

}  // namespace
}  // namespace poise::config::importing::haproxy
