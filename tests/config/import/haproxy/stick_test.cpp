#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

TEST(HaproxyStick, tables_have_the_names_of_their_sections) {
  for (const PartRow& row :
       {PartRow{backend_with("stick-table type ip size 1m expire 30m"), "/stick_tables",
                R"({"pool":{"size":1048576,"expire_ms":1800000}})"},
        PartRow{frontend_with("stick-table type string len 64 size 10k nopurge expire 1h peers p store "
                              "gpc0,conn_rate(3s),http_req_rate(10s) store conn_cur"),
                "/stick_tables/web",
                R"({"type":"string","length_max":64,"size":10240,"nopurge":true,"expire_ms":3600000,
                "store":[{"data":"gpc0"},{"data":"conn_rate","period_ms":3000},
                         {"data":"http_req_rate","period_ms":10000},{"data":"conn_cur"}]})"}})
    expect_part(row);
}

TEST(HaproxyStick, clients_stay_with_their_server_and_are_counted) {
  const std::string table = "stick-table type ip size 100k expire 5m\n";
  for (const PartRow& row :
       {PartRow{backend_with(table + "stick on src"), "/backends/pool/stick", R"([{"table":"pool"}])"},
        PartRow{backend_with(table + "stick store-response res.cook(SID)\nstick match req.cook(SID) table pool"),
                "/backends/pool/stick",
                R"([{"action":"store_response","key":"cookie","name":"SID","table":"pool"},
                    {"action":"match","key":"cookie","name":"SID","table":"pool"}])"},
        PartRow{frontend_with(table + "tcp-request connection track-sc0 src\nhttp-request track-sc1 hdr(x) table web"),
                "/frontends/web/track",
                R"([{"counter":0,"table":"web"},{"counter":1,"key":"header","name":"x","table":"web"}])"},
        PartRow{frontend_with("http-request track-sc0 src table pool") + table, "/frontends/web/track",
                R"([{"counter":0,"table":"pool","place":"request"}])"},
        PartRow{backend_with("option persist"), "/backends/pool/persist_when_down", "true"}})
    expect_part(row);
}

TEST(HaproxyStick, wrong_lines_are_refused) {
  const std::string table = "stick-table type ip size 100k\n";
  for (const RefusedRow& row :
       {RefusedRow{backend_with("stick-table type ip"), "a type and a size"},
        RefusedRow{backend_with("stick-table type ipx size 1"), "there is no type"},
        RefusedRow{backend_with("stick-table type ip size"), "needs a value"},
        RefusedRow{backend_with("stick-table type ip size 1 store conn_rate"), "needs a period"},
        RefusedRow{backend_with("stick-table type ip size 1 foo bar"), "is not known here"},
        RefusedRow{backend_with("stick on src"), "there is no stick table \"pool\""},
        RefusedRow{backend_with(table + "stick on src table poo"), "did you mean \"pool\"?"},
        RefusedRow{backend_with(table + "stick on payload_lv(43,1)"), "is no key here"},
        RefusedRow{backend_with(table + "stick on src if TRUE"), "no conditions here"},
        RefusedRow{backend_with(table + "stick of src"), "there is no \"stick of\""},
        RefusedRow{frontend_with(table + "http-request track-sc7 src"), "three counters"}})
    expect_refused(row);
}

}  // namespace
}  // namespace poise::config::importing::haproxy
