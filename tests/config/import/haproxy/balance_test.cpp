#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

TEST(HaproxyBalance, algorithms_keep_their_words) {
  struct Row {
    const char *lines, *want;
  };
  for (const Row& row :
       {Row{"", ""},
        Row{"balance roundrobin", ""},
        Row{"balance leastconn", R"({"algorithm":"leastconn"})"},
        Row{"balance static-rr", R"({"algorithm":"static-rr"})"},
        Row{"balance first", R"({"algorithm":"first"})"},
        Row{"balance source\nhash-type consistent\nhash-balance-factor 150",
            R"({"algorithm":"source","hash_type":"consistent","balance_factor":150})"},
        Row{"balance uri len 10 depth 3 whole",
            R"({"algorithm":"uri","uri_length":10,"uri_depth":3,"uri_whole":true})"},
        Row{"balance url_param id check_post 64", R"({"algorithm":"url_param","name":"id"})"},
        Row{"balance hdr(Host) use_domain_only", R"({"algorithm":"hdr","name":"Host","domain_only":true})"},
        Row{"balance random(4)", R"({"algorithm":"random","random_draws":4})"},
        Row{"balance random", R"({"algorithm":"random"})"},
        Row{"balance hash src", R"({"algorithm":"hash","key":"%[src]"})"},
        Row{"balance hash req.hdr(X-A)\nhash-type consistent\nhash-balance-factor 150",
            R"({"algorithm":"hash","key":"%[req.hdr(X-A)]","hash_type":"consistent","balance_factor":150})"},
        Row{"balance hash pathq", R"({"algorithm":"hash","key":"%[url]"})"},
        Row{"balance hash req.cook(a)", R"({"algorithm":"hash","key":"%[req.cook(a)]"})"},
        Row{"balance hash urlp(id)", R"({"algorithm":"hash","key":"%[url_param(id)]"})"},
        Row{"balance hash req.hdr(host),field(1,:)", R"({"algorithm":"hash","key":"%[host]"})"},
        Row{"balance hash path,lower", R"({"algorithm":"hash","key":"%[path]"})"},
        Row{"balance hash src\nbalance uri", R"({"algorithm":"uri"})"},
        Row{"balance hdr(Host)\nbalance uri", R"({"algorithm":"uri"})"},
        Row{"balance uri\nhash-balance-factor 150", R"({"algorithm":"uri"})"},
        Row{"hash-type consistent sdbm avalanche", R"({"hash_type":"consistent"})"}})
    expect_part({backend_with(row.lines), "/backends/pool/balance", row.want});
  expect_part({"listen a\n bind :80\n balance uri\n server s 192.0.2.1:80", "/backends/a/balance", ""});
}

TEST(HaproxyBalance, a_key_in_mode_tcp_is_one_of_connections) {
  const auto with = [](const std::string& key) {
    return "listen a\n bind :80\n balance hash " + key + "\n server s 192.0.2.1:80";
  };
  expect_part({with("dst"), "/backends/a/balance", R"({"algorithm":"hash","key":"%[dst]"})"});
  expect_part({with("req.ssl_sni"), "/backends/a/balance", R"({"algorithm":"hash","key":"%[req.ssl_sni]"})"});
  expect_part({with("path"), "/backends/a/balance", ""});
  EXPECT_NE(notes_on(imported(with("path")), "balance").find("changed: roundrobin: mode tcp"), std::string::npos);
}

TEST(HaproxyBalance, what_differs_from_haproxy_is_said) {
  for (const auto& [line, note] :
       {std::pair("balance hash src", "hashes differ"), {"balance hash path,lower", "letters"}})
    EXPECT_NE(notes_on(imported(backend_with(line)), "balance").find(note), std::string::npos) << line;
}

TEST(HaproxyBalance, wrong_lines_are_refused) {
  for (const RefusedRow& row : {RefusedRow{backend_with("balance roundrobbin"), "did you mean \"roundrobin\"?"},
                                RefusedRow{backend_with("balance roundrobin 3"), "not expected"},
                                RefusedRow{backend_with("balance uri len"), "is no whole number"},
                                RefusedRow{backend_with("balance uri foo"), "not expected"},
                                RefusedRow{backend_with("balance hdr"), "needs the name of a header"},
                                RefusedRow{backend_with("balance hdr()"), "needs the name of a header"},
                                RefusedRow{backend_with("balance url_param"), "needs the name of a parameter"},
                                RefusedRow{backend_with("balance rdp-cookie"), "RDP"},
                                RefusedRow{backend_with("balance hash"), "it needs what is hashed"},
                                RefusedRow{backend_with("balance hash src b"), "\"b\" is not expected here"},
                                RefusedRow{backend_with("balance hash hdr"), "\"hdr\" cannot be filled in"},
                                RefusedRow{backend_with("balance hash hdr(a,1)"), "cannot be filled in"},
                                RefusedRow{backend_with("balance hash base32"), "\"base32\" cannot be filled in"},
                                RefusedRow{backend_with("balance hash src,ipmask(24)"), "the converter \"ipmask(24)\""},
                                RefusedRow{backend_with("balance hash str(a)"), "is the same for all sessions"},
                                RefusedRow{backend_with("balance hash status"), "has nothing to fill %[status]"},
                                RefusedRow{backend_with("balance hash req.ssl_sni"), "a key in mode \"http\" has"},
                                RefusedRow{backend_with("hash-type foo"), "there is no hash type"},
                                RefusedRow{backend_with("hash-type consistent foo"), "there is no hash function"},
                                RefusedRow{backend_with("hash-balance-factor 90"), "is not above 100"}})
    expect_refused(row);
}

}  // namespace
}  // namespace poise::config::importing::haproxy
