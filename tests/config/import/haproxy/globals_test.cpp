#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

std::string globals(const std::string& lines) { return "global\n" + lines + "\n"; }

TEST(HaproxyGlobals, limits_and_log_servers_are_taken) {
  for (const PartRow& row :
       {PartRow{globals("maxconn 4096"), "/proxy", R"({"connections_max":4096})"},
        PartRow{globals("maxconn 4096"), "/memory", ""},
        PartRow{globals("maxconn 100000"), "/memory", R"({"proxy_connections":200000})"},
        PartRow{globals("log 127.0.0.1 local0"), "/log_servers", R"({"local0-127.0.0.1":
            {"address":"127.0.0.1","tag":"haproxy"}})"},
        PartRow{globals("log 192.0.2.9:1514 len 4096 format rfc5424 local1 notice err\nlog-tag lb"), "/log_servers",
                R"({"local1-192.0.2.9":{"address":"192.0.2.9","port":1514,"format":"rfc5424","facility":"local1",
                    "level":"notice","tag":"lb"}})"},
        PartRow{globals("log /dev/log local0\nlog /dev/log local1 notice"), "/log_servers",
                R"({"local0-127.0.0.1":{"address":"127.0.0.1","tag":"haproxy"},
                    "local1-127.0.0.1":{"address":"127.0.0.1","facility":"local1","level":"notice","tag":"haproxy"}})"},
        PartRow{globals("log 127.0.0.1 local0\nlog 127.0.0.1 local0 err"), "/log_servers/local0-127.0.0.1-2/level",
                "\"err\""},
        PartRow{globals("log stdout format raw daemon"), "/log_servers", ""},
        PartRow{globals("log \"${HOST}:514\" local0\nlog $HOST local0"), "/log_servers",
                R"({"local0-192.0.2.7":{"address":"192.0.2.7","tag":"haproxy"}})"}})
    expect_part(row);
}

TEST(HaproxyGlobals, what_concerns_the_process_says_what_there_is_instead) {
  const Imported found =
      imported(globals("daemon\nuser haproxy\nchroot /var/lib/haproxy\nnbthread 4\nstats socket "
                       "/run/h.sock mode 660 level admin\ntune.bufsize 32768\nspread-checks 5"));
  EXPECT_EQ(text_of_errors(found), "");
  EXPECT_TRUE(found.document.empty()) << found.document.dump();
  for (const char* keyword : {"daemon", "user", "chroot", "nbthread", "stats socket", "tune.bufsize", "spread-checks"})
    EXPECT_TRUE(notes_on(found, keyword).starts_with("ignored: ")) << keyword;
}

TEST(HaproxyGlobals, wrong_lines_are_refused) {
  for (const RefusedRow& row :
       {RefusedRow{globals("maxcon 5"), "h.cfg:2: there is no keyword \"maxcon\""},
        RefusedRow{globals("maxconn x"), "is no whole number"},
        RefusedRow{globals("log 127.0.0.1"), "it needs an address and a facility"},
        RefusedRow{globals("log 127.0.0.1 local9"), "there is no facility \"local9\""},
        RefusedRow{globals("log 127.0.0.1 local0 warn"), "there is no level \"warn\""},
        RefusedRow{globals("log 127.0.0.1 format x local0"), "there is no log format"},
        RefusedRow{globals("log 127.0.0.1 local0 err err x"), "not expected"},
        RefusedRow{globals("log nowhere local0"), "has no address"}, RefusedRow{globals("lua-load /a.lua"), "no Lua"}})
    expect_refused(row);
  EXPECT_EQ(text_of_errors(imported(globals("lua-load /a.lua"), true)), "");
  std::string many;
  for (int i = 1; i < 40; ++i) many += "log 192.0.2." + std::to_string(i) + " local0\n";
  EXPECT_NE(text_of_errors(imported(globals(many))).find("more log servers"), std::string::npos);
}

}  // namespace
}  // namespace poise::config::importing::haproxy
