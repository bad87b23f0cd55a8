#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/schema.hpp"
#include "config/validate.hpp"

namespace poise::config {
namespace {

// A document with the stick table "t", and these members besides: of the document, of frontend "f", of backend "b".
struct Parts {
  std::string document, frontend, backend;
};
std::string faults(const Parts& parts) {
  nlohmann::json document = nlohmann::json::parse(R"({"stick_tables": {"t": {"size": 100}},
    "frontends": {"f": {"binds": [{"port": 80}], "default_backend": "b", "transport": "kernel"}},
    "backends": {"b": {"transport": "kernel"}}})");
  document.merge_patch(nlohmann::json::parse("{" + parts.document + "}"));
  document["frontends"]["f"].update(nlohmann::json::parse("{" + parts.frontend + "}"));
  document["backends"]["b"].update(nlohmann::json::parse("{" + parts.backend + "}"));
  const auto config = from_json(document);
  std::string all;
  for (const Error& error : config ? validate(*config) : config.error())
    all += error.path + ": " + error.problem + "\n";
  return all;
}

TEST(StickRules, what_is_right_has_no_faults) {
  EXPECT_EQ(
      faults(
          {R"("stick_tables": {"t": {"size": 1, "type": "string", "expire_ms": 5, "nopurge": true,
                      "store": [{"data": "gpc0"}, {"data": "http_req_rate", "period_ms": 10000}]}})",
           R"("track": [{"table": "t"}, {"table": "t", "key": "header", "name": "x"}, {"table": "t", "place": "request"}])",
           R"("track": [{"table": "t", "key": "path", "counter": 2}], "stick": [{"table": "t"},
                      {"table": "t", "action": "store_response", "key": "cookie", "name": "id"}])"}),
      "");
  EXPECT_EQ(faults({"", R"("mode": "tcp")", R"("mode": "tcp", "stick": [{"table": "t", "key": "sni"}])"}), "");
}

TEST(StickRules, faults_are_named_where_they_are) {
  struct Row {
    Parts parts;
    const char* fault;
  };
  for (const Row& row : {
           Row{{R"("stick_tables": {"t": {"store": [{"data": "conn_rate"}]}})", "", ""},
               "stick_tables.t.store[0].period_ms: \"conn_rate\" needs a period"},
           Row{{R"("stick_tables": {"t": {"store": [{"data": "gpc0", "period_ms": 1}]}})", "", ""},
               "\"gpc0\" is no rate"},
           Row{{R"("stick_tables": {"t": {"store": [{"data": "gpc0"}, {"data": "gpc0"}]}})", "", ""},
               "stick_tables.t.store[1].data: \"gpc0\" is there already"},
           Row{{R"("stick_tables": {"t": {"nopurge": true}})", "", ""}, "stick_tables.t.nopurge"},
           Row{{R"("stick_tables": {"u": {}})", "", ""}, "stick_tables.u: the field \"size\" is missing"},
           Row{{R"("stick_tables": {"t": {"size": 67108864, "type": "binary", "length_max": 256},
                  "u": {"size": 67108864, "type": "binary", "length_max": 256},
                  "v": {"size": 67108864, "type": "binary", "length_max": 256}})",
                "", ""},
               "stick_tables: the tables would take"},
           Row{{"", R"("track": [{"table": "x"}])", ""}, "frontends.f.track[0].table: no stick table is named \"x\""},
           Row{{"", R"("track": [{"table": "t", "key": "header"}])", ""}, "\"header\" needs a name"},
           Row{{"", R"("track": [{"table": "t", "name": "x"}])", ""}, "\"src\" has no name"},
           Row{{"", R"("track": [{"table": "t", "key": "sni"}])", ""}, "\"sni\" is for mode \"tcp\""},
           Row{{"", R"("track": [{"table": "t", "counter": 1}, {"table": "t"}])", ""}, "counter 1 is taken"},
           Row{{"", R"("track": [{"table": "t", "key": "path", "place": "connection"}])", ""},
               "\"path\" is not known when a connection begins"},
           Row{{"", "", R"("track": [{"table": "t", "place": "connection"}])"}, "backends.b.track[0].place"},
           Row{{"", "", R"("stick": [{"table": "x"}])"}, "backends.b.stick[0].table"},
           Row{{"", "", R"("stick": [{"table": "t", "action": "store_response"}])"}, "a response has no \"src\""},
           Row{{"", R"("mode": "tcp")", R"("mode": "tcp", "stick": [{"table": "t", "key": "path"}])"},
               "mode \"tcp\" knows nothing of requests"},
       })
    EXPECT_NE(faults(row.parts).find(row.fault), std::string::npos) << row.fault << "\nbut: " << faults(row.parts);
}

}  // namespace
}  // namespace poise::config
