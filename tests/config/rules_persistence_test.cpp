#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/schema.hpp"
#include "config/validate.hpp"

namespace poise::config {
namespace {

// A document with frontend "f" and backend "b", each with these members besides; what is wrong with it.
std::string faults(const std::string& frontend, const std::string& backend) {
  nlohmann::json document = nlohmann::json::parse(R"({"frontends": {"f": {"binds": [{"port": 80}],
    "default_backend": "b", "transport": "kernel"}}, "backends": {"b": {"transport": "kernel"}}})");
  document["frontends"]["f"].update(nlohmann::json::parse("{" + frontend + "}"));
  document["backends"]["b"].update(nlohmann::json::parse("{" + backend + "}"));
  const auto config = from_json(document);
  std::string all;
  for (const Error& error : config ? validate(*config) : config.error())
    all += error.path + ": " + error.problem + "\n";
  return all;
}

TEST(PersistenceRules, what_is_right_has_no_faults) {
  EXPECT_EQ(faults(R"("log": {"cookie": {"name": "app="}})",
                   R"("cookie": {"name": "SRV", "indirect": true, "nocache": true, "idle_max_s": 60, "dynamic": true,
                     "dynamic_key": "sesame", "domains": [".example.org"], "attributes": ["SameSite=Lax"]},
                     "servers": {"s": {"address": "10.0.0.1", "cookie": "s1"}, "t": {"address": "10.0.0.2"}})"),
            "");
}

TEST(PersistenceRules, faults_are_named_where_they_are) {
  struct Row {
    const char *frontend, *backend, *fault;
  };
  for (const Row& row : {
           Row{"", R"("cookie": {})", "backends.b.cookie: the field \"name\" is missing"},
           Row{"", R"("cookie": {"name": "a;b"})", "backends.b.cookie.name: \"a;b\" is no name of a cookie"},
           Row{"", R"("cookie": {"name": "$a"})", "is no name of a cookie"},
           Row{"", R"("cookie": {"name": "a", "domains": ["a b"]})", "backends.b.cookie.domains[0]"},
           Row{"", R"("cookie": {"name": "a", "attributes": ["a", "b;c"]})", "backends.b.cookie.attributes[1]"},
           Row{"", R"("cookie": {"name": "a", "mode": "prefix", "idle_max_s": 1})", "backends.b.cookie.idle_max_s"},
           Row{"", R"("cookie": {"name": "a", "mode": "rewrite", "life_max_s": 1})", "backends.b.cookie.life_max_s"},
           Row{"", R"("cookie": {"name": "a", "mode": "rewrite", "preserve": true})", "backends.b.cookie.preserve"},
           Row{"", R"("cookie": {"name": "a", "dynamic": true})", "`dynamic` needs a key"},
           Row{"", R"("cookie": {"name": "a", "dynamic_key": "x"})", "it is for `dynamic`"},
           Row{"", R"("servers": {"s": {"address": "10.0.0.1", "cookie": "x"}})", "the backend has no cookie"},
           Row{"", R"("cookie": {"name": "a"}, "servers": {"s": {"address": "10.0.0.1", "cookie": "x|y"}})",
               "backends.b.servers.s.cookie: \"x|y\" cannot stand in a cookie"},
           Row{R"("mode": "tcp")", R"("mode": "tcp", "cookie": {"name": "a"})", "knows nothing of requests"},
           Row{R"("log": {"cookie": {"name": ""}})", "", "frontends.f.log.cookie.name"},
       })
    EXPECT_NE(faults(row.frontend, row.backend).find(row.fault), std::string::npos)
        << row.fault << "\nbut: " << faults(row.frontend, row.backend);
}

}  // namespace
}  // namespace poise::config
