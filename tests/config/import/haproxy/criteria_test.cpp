#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

nlohmann::json match_of(const std::string& criterion) {
  const Imported found = imported(frontend_with("http-request deny if { " + criterion + " }"));
  EXPECT_EQ(text_of_errors(found), "") << criterion;
  return part(found, "/frontends/web/request_rules/0/match");
}

TEST(HaproxyCriteria, fetches_and_matches_become_ours) {
  struct Row {
    const char *criterion, *match;
  };
  for (const Row& row :
       {Row{"path /a /b", R"({"path":{"exact":["/a","/b"]}})"},
        Row{"path -m beg -i /A", R"({"path":{"prefix":["/A"],"case_insensitive":true}})"},
        Row{"path_end .png", R"({"path":{"suffix":[".png"]}})"},
        Row{"path_sub admin", R"({"path":{"substring":["admin"]}})"},
        Row{"path_reg ^/a\\.b$", R"({"path":{"regex":["^/a\\.b$"]}})"},
        Row{"path_dir a.b", R"j({"path":{"regex":["(?:^|[/?])a\\.b(?:$|[/?])"]}})j"},
        Row{"hdr_dom(host) -i example", R"j({"headers":[{"name":"host","regex":["(?:^|[/?.:])example(?:$|[/?.:])"],
                                          "case_insensitive":true}]})j"},
        Row{"url_beg /a?b", R"({"url":{"prefix":["/a?b"]}})"},
        Row{"query -m sub a=", R"({"query":{"substring":["a="]}})"},
        Row{"hdr(host) -i www.a.org", R"({"headers":[{"name":"host","exact":["www.a.org"],"case_insensitive":true}]})"},
        Row{"hdr(host),field(1,:) www.a.org", R"({"host":{"exact":["www.a.org"]}})"},
        Row{"req.hdr(host),lower www.a.org",
            R"({"headers":[{"name":"host","exact":["www.a.org"],"case_insensitive":true}]})"},
        Row{"hdr_beg(user-agent) x", R"({"headers":[{"name":"user-agent","prefix":["x"]}]})"},
        Row{"req.hdr(x) -m found", R"({"headers":[{"name":"x","present":true}]})"},
        Row{"req.hdr(x) -m int gt 5", R"({"headers":[{"name":"x","min":6}]})"},
        Row{"hdr_val(x) 5:10", R"({"headers":[{"name":"x","min":5,"max":10}]})"},
        Row{"req.hdr(x) -m int lt 5", R"({"headers":[{"name":"x","min":0,"max":4}]})"},
        Row{"urlp(a) 1", R"({"parameters":[{"name":"a","exact":["1"]}]})"},
        Row{"url_param(a) -m found", R"({"parameters":[{"name":"a","present":true}]})"},
        Row{"cook(a) 1", R"({"cookies":[{"name":"a","exact":["1"]}]})"},
        Row{"sc_http_req_rate(0) gt 100", R"({"tracked":[{"data":"http_req_rate","above":100}]})"},
        Row{"sc1_conn_cur 5:9", R"({"tracked":[{"data":"conn_cur","counter":1,"above":4,"below":10}]})"},
        Row{"method POST PUT", R"({"methods":["POST","PUT"]})"},
        Row{"src 10.0.0.0/255.0.0.0 2001:db8::/32", R"({"source":["10.0.0.0/8","2001:db8::/32"]})"},
        Row{"src -f /etc/haproxy/nets.lst", R"({"source_file":"/etc/haproxy/nets.lst"})"},
        Row{"dst_port 80 8000:8010", R"({"destination_ports":[80,"8000-8010"]})"},
        Row{"dst_port ge 1024", R"({"destination_ports":["1024-65535"]})"},
        Row{"path_beg -f /etc/haproxy/paths.lst", R"({"path":{"file":"/etc/haproxy/paths.lst","file_as":"prefix"}})"}})
    EXPECT_EQ(match_of(row.criterion), nlohmann::json::parse(row.match)) << row.criterion;
}

TEST(HaproxyCriteria, responses_are_asked_for_their_status_and_headers) {
  for (const PartRow& row :
       {PartRow{frontend_with("http-response del-header a if { status 404 500:599 }"), "/frontends/web/response_rules",
                R"([{"del_header":{"name":"a"},"match":{"statuses":["404","500-599"]}}])"},
        PartRow{frontend_with("http-response del-header a if { status ge 500 }"), "/frontends/web/response_rules",
                R"([{"del_header":{"name":"a"},"match":{"statuses":["500-599"]}}])"},
        PartRow{frontend_with("http-response del-header a if { res.hdr(b) c }"), "/frontends/web/response_rules",
                R"([{"del_header":{"name":"a"},"match":{"response_headers":[{"name":"b","exact":["c"]}]}}])"}})
    expect_part(row);
}

TEST(HaproxyCriteria, what_cannot_be_said_says_why) {
  struct Row {
    const char *criterion, *why;
  };
  for (const Row& row :
       {Row{"src_conn_rate gt 5", "\"src_conn_rate\" cannot be asked for"},
        Row{"sc_http_req_rate(7) gt 5", "cannot be asked for"},
        Row{"path,url_dec /a", "the converter \"url_dec\" is not here"}, Row{"path_len gt 5", "compared by \"len\""},
        Row{"path_reg (?=a)", "no expression that RE2 takes"}, Row{"path", "it has no values"},
        Row{"hdr a", "one name in parentheses"}, Row{"hdr(a,1) b", "one name in parentheses"},
        Row{"hdr(a b", "not complete"}, Row{"src nowhere", "is no network"},
        Row{"src 10.0.0.0/255.0.255.0", "is no network"}, Row{"dst_port x", "no whole numbers"},
        Row{"hdr(a) -m int x", "no whole numbers"}, Row{"path -f /a -f /b", "one file at most"},
        Row{"path -m", "needs a value"}, Row{"path -M -f /a", "from maps"}, Row{"method -m reg P", "as a whole"}})
    expect_refused({frontend_with(std::string("http-request deny if { ") + row.criterion + " }"), row.why});
}

}  // namespace
}  // namespace poise::config::importing::haproxy
