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

TEST(ProxyRules, what_is_right_has_no_faults) {
  EXPECT_EQ(faults("", R"("servers": {"s": {"address": "127.0.0.1", "port": 1}})"), "");
  EXPECT_EQ(faults(R"("mode": "tcp", "log": {"format": "tcp"})", R"("mode": "tcp")"), "");
  EXPECT_EQ(faults("", R"("balance": {"algorithm": "hash", "key": "%[req.cook(sid)] of %[host]%[path] for %[src]"})"),
            "");
  EXPECT_EQ(faults(R"("mode": "tcp")", R"("mode": "tcp", "balance": {"algorithm": "hash", "hash_type": "consistent",
                                         "balance_factor": 150, "key": "%[src]%[dst]%[dst_port]%[ssl_fc_sni]"})"),
            "");
  EXPECT_EQ(faults(R"("binds": [{"fd": 5, "accept_proxy": true}, {"fd": 6}, {"port": 80}])", ""), "");
}

TEST(ProxyRules, faults_are_named_where_they_are) {
  struct Row {
    const char *frontend, *backend, *fault;
  };
  for (const Row& row : {
           Row{R"("default_backend": "c")", "", "frontends.f.default_backend: no backend is named \"c\""},
           Row{R"("mode": "tcp")", "", "backend \"b\" is in mode \"http\", this frontend in mode \"tcp\""},
           Row{"", R"("transport": "datapath")", "has transport \"datapath\", this frontend \"kernel\""},
           Row{R"("binds": [])", "", "frontends.f.binds: it listens nowhere"},
           Row{R"("binds": [{"port": 80}, {"port": 80, "address": "0.0.0.0"}])", "", "port 80 is taken by"},
           Row{R"("binds": [{"address": "::"}])", "", "frontends.f.binds[0].port: is missing"},
           Row{R"("enabled": false, "binds": [{}])", "", "frontends.f.binds[0].port: is missing"},
           Row{R"("binds": [{"fd": 5, "port": 80}])", "", "frontends.f.binds[0].fd: a socket has an address and port"},
           Row{R"("binds": [{"fd": 5, "address": "::1"}])", "", "frontends.f.binds[0].fd: a socket has an address"},
           Row{R"("binds": [{"fd": 5}, {"fd": 5}])", "",
               "frontends.f.binds[1].fd: socket 5 is taken by frontends.f.binds[0]"},
           Row{R"("transport": "datapath", "binds": [{"fd": 5}])", R"("transport": "datapath")",
               "frontends.f.binds[0].fd: a socket is the kernel's"},
           Row{R"("stats": {"uri": "stats"})", "", "does not begin with \"/\""},
           Row{R"("log": {"format": "http", "servers": ["x"]})", "", "no syslog server is named \"x\""},
           Row{R"("log": {"request_headers": [{"header": "a b"}]})", "", "\"a b\" is no name of a header"},
           Row{R"("forwarded_for": {"header": ""})", "", "frontends.f.forwarded_for.header"},
           Row{R"("mode": "tcp", "stats": {})", R"("mode": "tcp")", "mode \"tcp\" knows nothing of requests"},
           Row{R"("mode": "tcp")", R"("mode": "tcp", "balance": {"algorithm": "uri"})", "\"uri\" is for mode \"http\""},
           Row{"", R"("balance": {"algorithm": "hdr"})", "backends.b.balance.name: \"hdr\" needs a name"},
           Row{"", R"("balance": {"balance_factor": 100, "hash_type": "maglev"})", "could not take all of it"},
           Row{"", R"("balance": {"balance_factor": 150})", "\"map-based\" knows no next server"},
           Row{"", R"("balance": {"algorithm": "hash"})", "backends.b.balance.key: \"hash\" needs a key"},
           Row{"", R"("balance": {"algorithm": "uri", "key": "%[path]"})", "b.balance.key: \"uri\" has no key"},
           Row{"", R"("balance": {"algorithm": "hash", "key": "%[pth]"})",
               "b.balance.key: there is no placeholder \"pth\""},
           Row{"", R"("balance": {"algorithm": "hash", "key": "src"})", "b.balance.key: \"src\" is the same for all"},
           Row{"", R"("balance": {"algorithm": "hash", "key": ""})",
               "b.balance.key: \"\" is the same for all sessions"},
           Row{"", R"("balance": {"algorithm": "hash", "key": "%[status]"})", "a key has nothing to fill %[status]"},
           Row{"", R"("balance": {"algorithm": "hash", "key": "%[req.ssl_sni]"})",
               "a key in mode \"http\" has nothing to fill %[ssl_fc_sni] with"},
           Row{R"("mode": "tcp")", R"("mode": "tcp", "balance": {"algorithm": "hash", "key": "%[src]%[path]"})",
               "b.balance.key: a key in mode \"tcp\" has nothing to fill %[path] with"},
           Row{"", R"("servers": {"s": {"address": "0.0.0.0"}})", "backends.b.servers.s.address"},
           Row{"", R"("servers": {"s": {"address": "10.0.0.1", "connections_min": 5}})", "above connections_max"},
           Row{"", R"("servers": {"s": {"address": "10.0.0.1", "source": "::1"}})", "the server is IPv4"},
           Row{"", R"("servers": {"s": {"address": "10.0.0.1", "id": 1}, "t": {"address": "10.0.0.2", "id": 1}})",
               "another server has the id 1"},
       })
    EXPECT_NE(faults(row.frontend, row.backend).find(row.fault), std::string::npos)
        << row.fault << "\nbut: " << faults(row.frontend, row.backend);
}

TEST(ProxyRules, a_service_and_a_frontend_of_the_datapath_can_t_share_a_port) {
  const std::string text =
      R"({"pools": {"p": {}}, "services": {"web": {"address": "192.0.2.1", "ports": 80, "pool": "p",
    "mode": "nat"}}, "frontends": {"f": {"binds": [{"address": "192.0.2.1", "port": 80}]}}})";
  const auto config = parse(text);
  ASSERT_TRUE(config);
  const Errors errors = validate(*config);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_NE(errors[0].problem.find("is service \"web\"'s"), std::string::npos) << errors[0].problem;
}

// A document with these members besides, a frontend "f" of the workers and its backend "b"; what is wrong with it.
std::string worker_faults(const std::string& members, const std::string& bind, const std::string& server) {
  nlohmann::json document = nlohmann::json::parse("{" + members + "}");
  document["interfaces"]["lan"] = {{"device", "lan"}, {"addresses", {"192.0.2.1/24"}}};
  document["frontends"]["f"] = {{"binds", {nlohmann::json::parse(bind)}}, {"default_backend", "b"}};
  document["backends"]["b"]["servers"]["s"] = nlohmann::json::parse(server);
  const auto config = from_json(document);
  std::string all;
  for (const Error& error : config ? validate(*config) : config.error())
    all += error.path + ": " + error.problem + "\n";
  return all;
}

TEST(ProxyRules, what_the_workers_listen_on_is_nobody_elses) {
  const char* service =
      R"("pools": {"p": {}}, "services": {"web": {"address": "192.0.2.1", "ports": "80-90", "pool": "p",
    "mode": "nat"}})";
  const char* snat = R"("snat_pools": {"out": {"addresses": ["192.0.2.9"], "port_first": 2000, "port_last": 3000}})";
  const char* server = R"({"address": "192.0.2.5", "port": 80})";
  struct Row {
    const char *members, *bind, *server, *fault;
  };
  for (const Row& row : {
           Row{"", R"({"port": 80})", server, ""},
           Row{"", R"({"address": "::", "port": 80})", server, ""},
           Row{"", R"({"address": "203.0.113.10", "port": 80})", server, ""},
           Row{service, R"({"address": "192.0.2.2", "port": 80})", server, ""},
           Row{service, R"({"address": "0.0.0.0", "port": 91})", server, ""},
           Row{service, R"({"address": "0.0.0.0", "port": 85})", server, "takes in service \"web\""},
           Row{"", R"({"address": "224.0.0.1", "port": 80})", server, "frontends.f.binds[0].address: "},
           Row{snat, R"({"address": "192.0.2.9", "port": 2500})", server, "SNAT pool \"out\""},
           Row{snat, R"({"address": "192.0.2.9", "port": 80})", server, ""},
           Row{"", R"({"port": 80})", R"({"address": "192.0.2.5", "source": "192.0.2.1"})", ""},
           Row{"", R"({"port": 80})", R"({"address": "192.0.2.5", "source": "192.0.2.7"})",
               "backends.b.servers.s.source: "},
       }) {
    const std::string faults = worker_faults(row.members, row.bind, row.server);
    const bool is_as_expected = row.fault[0] == '\0' ? faults.empty() : faults.find(row.fault) != std::string::npos;
    EXPECT_TRUE(is_as_expected) << row.bind << " " << row.server << " " << row.fault << "\nbut: " << faults;
  }
}

}  // namespace
}  // namespace poise::config
