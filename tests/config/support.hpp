#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "config/schema.hpp"
#include "config/validate.hpp"

// What the tests of config/ share.
namespace poise::config {

inline std::string text_of(const Errors& errors) {
  std::string text;
  for (const Error& error : errors) text += to_string(error) + "\n";
  return text;
}

inline bool mentions(const Errors& errors, std::string_view path, std::string_view words) {
  return std::ranges::any_of(errors, [&](const Error& error) {
    return error.path == path && (error.problem + " (" + error.fix + ")").find(words) != std::string::npos;
  });
}

// A configuration that breaks no rule, to which a test makes one change (a merge patch).
inline nlohmann::json valid_document() {
  return nlohmann::json::parse(R"({
    "interfaces": {
      "wan": {"device": "net_tap0,iface=dt0", "addresses": ["203.0.113.2/24", "2001:db8:1::2/64"]},
      "lan": {"device": "net_tap1,iface=dt1", "addresses": ["10.0.0.1/24", "2001:db8:2::1/64"],
              "vlans": {"lan.100": {"id": 100, "addresses": ["10.100.0.1/24"]}}}},
    "routes": [{"prefix": "0.0.0.0/0", "via": [{"gateway": "203.0.113.1"}]}],
    "snat_pools": {"both": {"addresses": ["10.0.0.2", "2001:db8:2::2"]}},
    "pools": {"web": {"servers": {"a": {"address": "10.0.0.11"}, "b": {"address": "10.0.0.12"}}}},
    "services": {"web": {"address": "203.0.113.10", "ports": 80, "pool": "web"}}})");
}

inline Config changed(std::string_view merge_patch) {
  nlohmann::json document = valid_document();
  document.merge_patch(nlohmann::json::parse(merge_patch));
  auto config = from_json(document);
  if (!config) ADD_FAILURE() << text_of(config.error());
  return config ? *config : Config{};
}

struct Refusal {
  std::string merge_patch, path, words;
};

// Exactly one error, at this path, with these words in it.
inline void expect_refused(const Refusal& row) {
  const Errors errors = validate(changed(row.merge_patch));
  EXPECT_TRUE(errors.size() == 1 && mentions(errors, row.path, row.words))
      << row.merge_patch << "\nwanted: " << row.path << ": ..." << row.words << "...\ngot:\n"
      << text_of(errors);
}

inline void expect_accepted(std::string_view merge_patch) {
  EXPECT_EQ(text_of(validate(changed(merge_patch))), "") << merge_patch;
}

}  // namespace poise::config
