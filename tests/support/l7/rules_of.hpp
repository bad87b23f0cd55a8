#pragma once
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "config/schema.hpp"
#include "config/validate.hpp"
#include "l7/compile_rules.hpp"
#include "tests/support/l7/proxy_world.hpp"

namespace poise::l7 {

// The frontend "web" and the backends "servers" and "other" of a valid configuration, of which these are members:
// "request_rules": [...].
inline config::Config rules_config(const std::string& frontend, const std::string& backend = "", bool is_tcp = false) {
  using nlohmann::json;
  const std::string mode = is_tcp ? "tcp" : "http";
  json document = json::parse(R"({"frontends": {"web": {"transport": "kernel", "binds": [{"port": 80}],
    "default_backend": "servers"}}, "backends": {"servers": {"transport": "kernel"},
    "other": {"transport": "kernel"}}})");
  document["frontends"]["web"].update(json::parse("{" + frontend + "}"));
  document["backends"]["servers"].update(json::parse("{" + backend + "}"));
  document["frontends"]["web"]["mode"] = mode;
  for (auto& [name, each] : document["backends"].items()) each["mode"] = mode;
  const auto config = config::from_json(document);
  EXPECT_TRUE(config) << (config ? "" : to_string(config.error()[0]));
  for (const Error& error : config ? config::validate(*config) : Errors{}) ADD_FAILURE() << to_string(error);
  return config.value_or(config::Config{});
}

// Gives the tables that a world has begun the rules of such a configuration. A backend "other" is its second, where
// there is one.
inline void give_rules(ProxyWorld& world, Tables& tables, const config::Config& config, const RuleFiles& files = {}) {
  std::map<std::string, const Backend*> backends;
  for (const auto& backend : tables.backends) backends[backend->name] = backend.get();
  world.web().content = compile_rules(config.frontends.at("web"), files, backends, world.web());
  world.servers().content = compile_rules(config.backends.at("servers"), files);
  world.web().timeouts.tarpit = config.frontends.at("web").timeouts.tarpit_ms;
}

}  // namespace poise::l7
