#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

std::string checked(const std::string& lines) {
  return timeouts + "backend b\n" + lines + "\n server s 192.0.2.11:80 check\n";
}

TEST(HaproxyCheckLines, say_what_is_checked) {
  const std::string check = "/backends/b/check";
  for (const PartRow& row :
       {PartRow{checked(""), check, "{}"}, PartRow{checked("option httpchk"), check, R"({"kind":"http"})"},
        PartRow{checked("option httpchk /health"), check, R"({"kind":"http","request":{"uri":"/health"}})"},
        PartRow{checked("option httpchk GET /health HTTP/1.1\\r\\nHost:\\ www.a.org"), check,
                R"({"kind":"http","request":{"method":"GET","uri":"/health","version":"1.1",
                    "headers":{"Host":"www.a.org"}}})"},
        PartRow{checked("option httpchk\nhttp-check send meth GET uri /h ver HTTP/1.1 hdr Host a.org body x\n"
                        "http-check expect status 200,201,300-310"),
                check,
                R"({"kind":"http","request":{"method":"GET","uri":"/h","version":"1.1","headers":{"Host":"a.org"},
                    "body":"x"},"expect":{"statuses":["200","201","300-310"]}})"},
        PartRow{checked("http-check expect ! rstatus ^5\noption httpchk"), check,
                R"({"kind":"http","expect":{"rstatus":"^5","negated":true}})"},
        PartRow{checked("option httpchk\nhttp-check expect string \"all well\""), check,
                R"({"kind":"http","expect":{"string":"all well"}})"},
        PartRow{checked("option httpchk GET /a\nhttp-check connect port 81 ssl sni x alpn h2\nhttp-check send hdr A b\n"
                        "http-check expect comment c rstring ok\nhttp-check connect\nhttp-check send uri /b"),
                check, R"({"kind":"script","steps":[{"connect":{"port":81,"tls":{"sni":"x","alpn":["h2"]}}},
                    {"request":{"method":"GET","uri":"/a","headers":{"A":"b"}}},
                    {"expect":{"rstring":"ok"},"comment":"c"},{"connect":{}},{"request":{"uri":"/b"}},
                    {"expect":{"statuses":["200-399"]}}]})"},
        PartRow{
            checked("option tcp-check\ntcp-check connect\ntcp-check send PING\\r\\n\ntcp-check expect string +PONG\n"
                    "tcp-check send-binary 00ff41\ntcp-check expect binary 0a"),
            check, R"({"kind":"script","steps":[{"connect":{}},{"send":"PING\\x0d\\x0a"},
                    {"expect":{"string":"+PONG"}},{"send":"\\x00\\xffA"},{"expect":{"string":"\\x0a"}}]})"},
        PartRow{checked("option tcp-check"), check, "{}"},
        PartRow{checked("option httpchk\nno option httpchk"), check, "{}"},
        PartRow{checked("option ssl-hello-chk"), check, R"({"tls":{}})"},
        PartRow{checked("option log-health-checks\ntimeout check 3s"), check, R"({"log":true,"timeout_ms":3000})"},
        PartRow{"defaults\n option httpchk\n http-check expect status 200\nbackend b\n http-check expect status 204\n"
                " server s 192.0.2.1:80 check",
                check, R"({"kind":"http","expect":{"statuses":["204"]}})"}})
    expect_part(row);
}

TEST(HaproxyCheckLines, wrong_lines_are_refused) {
  for (const RefusedRow& row : {RefusedRow{checked("http-check expect"), "nothing is expected"},
                                RefusedRow{checked("http-check expect status"), "needs a value"},
                                RefusedRow{checked("http-check expect status 200 201"), "not expected here"},
                                RefusedRow{checked("http-check expect hdr name x"), "cannot be expected"},
                                RefusedRow{checked("http-check expect rstring (?!x)"), "no expression that RE2 takes"},
                                RefusedRow{checked("http-check send foo bar"), "not expected here"},
                                RefusedRow{checked("http-check send uri-lf /%[src]"), "no placeholders"},
                                RefusedRow{checked("tcp-check send-binary xyz"), "not hexadecimal"},
                                RefusedRow{checked("tcp-check connect via-socks4"), "no SOCKS4"},
                                RefusedRow{checked("tcp-check connect prt 80"), "not expected here"},
                                RefusedRow{checked("tcp-check set-var(x) int(1)"), "is no step of a check"},
                                RefusedRow{checked("timeout check x"), "is no time"}})
    expect_refused(row);
}

}  // namespace
}  // namespace poise::config::importing::haproxy
