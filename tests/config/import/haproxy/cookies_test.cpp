#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

TEST(HaproxyCookies, keep_their_words_and_the_values_of_servers) {
  const std::string cookie = "/backends/pool/cookie", b = "/backends/pool/servers/b/cookie";
  const std::string server = "server b 192.0.2.12:80 cookie bee\n";
  for (const PartRow& row :
       {PartRow{backend_with("cookie SRV insert indirect nocache httponly secure maxidle 30m maxlife 8h\n" + server),
                cookie, R"({"name":"SRV","indirect":true,"nocache":true,"httponly":true,"secure":true,"idle_max_s":1800,
                            "life_max_s":28800})"},
        PartRow{backend_with("cookie J prefix\n" + server), cookie, R"({"name":"J","mode":"prefix"})"},
        PartRow{backend_with("cookie J rewrite postonly\n" + server), cookie,
                R"({"name":"J","mode":"rewrite","postonly":true})"},
        PartRow{backend_with("cookie J insert domain .a.org domain b.org attr SameSite=Lax preserve\n"), cookie,
                R"({"name":"J","domains":[".a.org","b.org"],"attributes":["SameSite=Lax"],"preserve":true})"},
        PartRow{backend_with("dynamic-cookie-key abc\ncookie J insert dynamic\n"), cookie,
                R"({"name":"J","dynamic":true,"dynamic_key":"abc"})"},
        PartRow{backend_with("cookie J insert\n" + server), b, "\"bee\""},
        PartRow{backend_with("cookie J insert\nno cookie\n" + server), cookie, ""},
        PartRow{backend_with(server), b, ""},
        PartRow{frontend_with("capture cookie SID= len 32"), "/frontends/web/log/cookie",
                R"({"name":"SID=","length_max":32})"},
        PartRow{"listen a\n bind :80\n cookie J insert\n server b 192.0.2.1:80 cookie x", "/backends/a/cookie", ""}})
    expect_part(row);
}

TEST(HaproxyCookies, wrong_words_and_what_only_servers_set_are_refused) {
  for (const RefusedRow& row :
       {RefusedRow{backend_with("cookie"), "it needs one word"},
        RefusedRow{backend_with("cookie J insert prefix"), "two modes"},
        RefusedRow{backend_with("cookie J insret"), "is not known here"},
        RefusedRow{backend_with("cookie J insert domain"), "needs a value"},
        RefusedRow{backend_with("cookie J insert maxidle x"), "is no time"},
        RefusedRow{backend_with("cookie J"), "servers set themselves"},
        RefusedRow{backend_with("cookie J insert\nserver b 192.0.2.12:80 cookie \"a;b\""), "cannot stand in a cookie"},
        RefusedRow{frontend_with("capture cookie SID="), "it is no capture"}})
    expect_refused(row);
  EXPECT_EQ(notes_on(imported(backend_with("dynamic-cookie-key abc\n")), "dynamic-cookie-key"),
            "ignored: it is for cookies with dynamic\n");
}

}  // namespace
}  // namespace poise::config::importing::haproxy
