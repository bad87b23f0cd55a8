#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "config/import/keepalived_import.hpp"
#include "tests/config/import/questions.hpp"

// What the importer's tests share: a machine with two interfaces, and questions to what was imported.
namespace poise::config::importing {

inline ImportOptions options_of_a_machine() {
  ImportOptions options{.file = "k.conf", .id = "node1"};
  options.addresses = {{"eth0", {*parse_prefix("192.168.1.1/24"), *parse_prefix("fe80::1/64")}},
                       {"eth1", {*parse_prefix("10.0.0.1/24")}}};
  options.devices = {{"eth0", "0000:03:00.0"}};
  options.find_program = [](const std::string& name) {
    return name == "killall" ? std::optional<std::string>("/usr/bin/killall") : std::nullopt;
  };
  return options;
}

inline Imported imported(std::string_view text, bool lenient = false) {
  ImportOptions options = options_of_a_machine();
  options.lenient = lenient;
  return import_keepalived(text, options);
}

// An instance with these lines besides what each needs.
inline std::string instance_with(const std::string& lines) {
  return "vrrp_instance VI_1 {\n  interface eth0\n  virtual_router_id 51\n  priority 100\n  virtual_ipaddress {\n"
         "    192.168.1.100\n  }\n" +
         lines + "\n}\n";
}
inline std::string service_with(const std::string& lines) {
  return "virtual_server 192.168.1.100 80 {\n  protocol TCP\n" + lines + "\n}\n";
}

// Row - lines of keepalived.conf, a place in our document, what stands there ("" for nothing).
struct PartRow {
  std::string text, pointer, want;
};
inline void expect_part(const PartRow& row) {
  const Imported found = imported(row.text);
  EXPECT_EQ(text_of_errors(found), "") << row.text;
  const nlohmann::json want = row.want.empty() ? nlohmann::json() : nlohmann::json::parse(row.want);
  EXPECT_EQ(part(found, row.pointer), want) << row.text;
}

// Row - lines that are refused, and a part of the first error.
struct RefusedRow {
  std::string text, error;
};
inline void expect_refused(const RefusedRow& row) {
  const Imported found = imported(row.text);
  ASSERT_FALSE(found.errors.empty()) << row.text;
  EXPECT_NE(text_of_errors(found).find(row.error), std::string::npos) << text_of_errors(found) << row.text;
  EXPECT_FALSE(found.errors[0].fix.empty()) << row.text;
}

}  // namespace poise::config::importing
