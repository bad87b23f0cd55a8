#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

TEST(HaproxyPages, are_named_by_their_status_the_last_one_counts) {
  const std::string pages = "/frontends/web/error_pages";
  for (const PartRow& row :
       {PartRow{frontend_with("errorfile 503 /etc/haproxy/503.http"), pages,
                R"([{"status":503,"body":"<b>sorry</b>","content_type":"text/html; charset=utf-8"}])"},
        PartRow{frontend_with("http-error status 404 content-type text/plain string gone"), pages,
                R"([{"status":404,"content_type":"text/plain","body":"gone"}])"},
        PartRow{frontend_with("http-error status 404 file /etc/a.html\nhttp-error status 404 file /etc/b.html"), pages,
                R"([{"status":404,"file":"/etc/b.html"}])"},
        PartRow{frontend_with("errorfile 408 /dev/null\nerrorfile 200 /x"), pages, ""},
        PartRow{backend_with("http-error status 502 string bad"), "/backends/pool/error_pages",
                R"([{"status":502,"body":"bad"}])"},
        PartRow{frontend_with("http-request deny errorfile /etc/haproxy/503.http"), "/frontends/web/request_rules",
                R"([{"deny":{"body":"<b>sorry</b>","content_type":"text/html; charset=utf-8"}}])"}})
    expect_part(row);
}

TEST(HaproxyPages, headers_tell_servers_where_clients_came_from) {
  for (const PartRow& row :
       {PartRow{frontend_with("option originalto except 127.0.0.1 header X-To"), "/frontends/web/original_to",
                R"({"except":"127.0.0.1/32","header":"X-To"})"},
        PartRow{frontend_with("option originalto\nno option originalto"), "/frontends/web/original_to", ""},
        PartRow{frontend_with("option forwarded"), "/frontends/web/forwarded", "{}"},
        PartRow{frontend_with("option forwarded host by by_port"), "/frontends/web/forwarded",
                R"({"proto":false,"for":false,"host":true,"by":true,"by_port":true})"}})
    expect_part(row);
}

TEST(HaproxyPages, that_cannot_be_read_or_made_are_refused) {
  for (const RefusedRow& row : {RefusedRow{frontend_with("errorfile 503 /nowhere"), "could not be read as a response"},
                                RefusedRow{frontend_with("errorfile x /nowhere"), "is no whole number"},
                                RefusedRow{frontend_with("http-error status 404"), "a status and a content"},
                                RefusedRow{frontend_with("http-error status 404 lf-string %ci"), "is not here"},
                                RefusedRow{frontend_with("option forwarded for-expr src"), "is not here"},
                                RefusedRow{frontend_with("option originalto x"), "not expected here"}})
    expect_refused(row);
}

}  // namespace
}  // namespace poise::config::importing::haproxy
