#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

const std::string rules = "/frontends/web/request_rules";

TEST(HaproxyRequests, actions_become_rules) {
  struct Row {
    const char *line, *rule;
  };
  for (const Row& row :
       {Row{"http-request allow", R"({"allow":true})"},
        Row{"http-request deny", R"({"deny":{}})"},
        Row{"http-request deny deny_status 429", R"({"deny":{"status":429}})"},
        Row{"http-request deny status 403 content-type text/plain string no",
            R"({"deny":{"status":403,"content_type":"text/plain","body":"no"}})"},
        Row{"http-request deny status 200", R"({"return":{}})"},
        Row{"http-request tarpit deny_status 503", R"({"tarpit":{"status":503}})"},
        Row{"http-request reject", R"({"reject":true})"},
        Row{"http-request silent-drop", R"({"silent_drop":true})"},
        Row{"http-request return status 200 content-type text/plain lf-string ok hdr X-A %[src]",
            R"({"return":{"content_type":"text/plain","body":"ok",
                "headers":[{"name":"X-A","value":"%[src]"}]}})"},
        Row{"http-request redirect location https://%[hdr(host)]/ code 301",
            R"({"redirect":{"location":"https://%[req.hdr(host)]/","code":301}})"},
        Row{"http-request redirect prefix https://a.org drop-query append-slash set-cookie A=1",
            R"({"redirect":{"prefix":"https://a.org","drop_query":true,"append_slash":true,"set_cookie":"A=1"}})"},
        Row{"redirect scheme https code 301", R"({"redirect":{"scheme":"https","code":301}})"},
        Row{"redirect location /100%", R"({"redirect":{"location":"/100%%"}})"},
        Row{"http-request add-header X-A \"a b\"", R"({"add_header":{"name":"X-A","value":"a b"}})"},
        Row{"http-request set-header X-A %ci", R"({"set_header":{"name":"X-A","value":"%[src]"}})"},
        Row{"http-request del-header X-A", R"({"del_header":{"name":"X-A"}})"},
        Row{"http-request del-header X- -m beg", R"({"del_header":{"name":"X-","compare":"prefix"}})"},
        Row{"http-request replace-header Cookie (.*)a(.*) \\1b\\2",
            R"j({"replace_header":{"name":"Cookie","regex":"(.*)a(.*)","with":"\\1b\\2"}})j"},
        Row{"http-request replace-path /v1/(.*) /\\1", R"j({"replace_path":{"regex":"/v1/(.*)","with":"/\\1"}})j"},
        Row{"http-request set-path /x%[path]", R"({"set_path":"/x%[path]"})"},
        Row{"http-request set-path %[path,regsub(^/api,)]",
            R"({"replace_path":{"regex":"^(.*?)(?:^/api)(.*)$","with":"\\1\\2"}})"},
        Row{"http-request set-path '%[path,regsub(\"^/(a)/\",/b\\1/)]'",
            R"({"replace_path":{"regex":"^(.*?)(?:^/(a)/)(.*)$","with":"\\1/b\\2/\\3"}})"},
        Row{"http-request set-query a=1", R"({"set_query":"a=1"})"},
        Row{"http-request set-method GET", R"({"set_method":"GET"})"},
        Row{"http-request set-priority-class int(10)", R"({"set_priority":{"class":10}})"},
        Row{"http-request set-priority-offset int(-5)", R"({"set_priority":{"offset_ms":-5}})"},
        Row{"http-request capture req.hdr(X-A) len 10", R"({"capture":{"value":"%[req.hdr(X-A)]","length_max":10}})"},
        Row{"http-request set-log-level silent", R"({"no_log":true})"},
        Row{"monitor-uri /up", R"({"return":{},"match":{"url":{"exact":["/up"]}}})"}})
    expect_part({frontend_with(row.line), rules, "[" + std::string(row.rule) + "]"});
}

TEST(HaproxyRequests, run_in_the_order_that_haproxy_has) {
  expect_part({frontend_with("redirect location /c\nhttp-request set-header A 1\nmonitor-uri /up\nhttp-request deny"),
               rules, R"([{"return":{},"match":{"url":{"exact":["/up"]}}},{"set_header":{"name":"A","value":"1"}},
                          {"deny":{}},{"redirect":{"location":"/c"}}])"});
  expect_part({backend_with("http-request deny"), "/backends/pool/request_rules", R"([{"deny":{}}])"});
  expect_part(
      {"defaults named\n mode http\n http-request set-header A 1\nfrontend web from named\n bind :80\n"
       "http-request set-header B 2",
       rules, R"([{"set_header":{"name":"A","value":"1"}},{"set_header":{"name":"B","value":"2"}}])"});
  expect_part({"listen web\n bind :80\n http-request deny\n server s 192.0.2.1:80", rules, ""});
}

TEST(HaproxyRequests, what_is_not_here_is_refused_and_what_is_harmless_ignored) {
  for (const RefusedRow& row :
       {RefusedRow{frontend_with("http-request deni"), "there is no action \"deni\""},
        RefusedRow{frontend_with("http-request"), "it needs one word"},
        RefusedRow{frontend_with("http-request set-header A"), "it needs 2 words"},
        RefusedRow{frontend_with("http-request set-header A b c"), "\"c\" is not expected here"},
        RefusedRow{frontend_with("http-request set-header A %[rand(5)]"), "cannot be filled in"},
        RefusedRow{frontend_with("http-request deny deny_status x"), "is no whole number"},
        RefusedRow{frontend_with("http-request redirect"), "leads nowhere"},
        RefusedRow{frontend_with("http-request redirect location"), "needs a value"},
        RefusedRow{frontend_with("http-request redirect loc /a"), "is not expected here"},
        RefusedRow{frontend_with("http-request replace-path (?!a) /b"), "no expression that RE2 takes"},
        RefusedRow{frontend_with("http-request auth realm x if TRUE"), "no user and password"},
        RefusedRow{frontend_with("http-request lua.x"), "there is no action \"lua.x\""},
        RefusedRow{frontend_with("http-request set-header Content-Length 5"), "how a message ends"}})
    expect_refused(row);
  const Imported found = imported(frontend_with("http-request cache-use x\nhttp-request wait-for-body time 1s"));
  EXPECT_EQ(text_of_errors(found), "");
  EXPECT_EQ(notes_on(found, "http-request cache-use"), "ignored: responses are not cached\n");
}

}  // namespace
}  // namespace poise::config::importing::haproxy
