#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/import/imported.hpp"
#include "config/types/ip.hpp"

// keepalived.conf to our configuration: text in, values out. Nothing is dropped silently: each line of the source gets
// a note. What the machine knows (files, addresses, programs) is handed in. docs/from_keepalived.md says what becomes
// what.
namespace poise::config::importing {

struct IncludedFile {
  std::string name, text;
};

struct ImportOptions {
  std::string file = "keepalived.conf";  // as errors name it; its folder is ${_PWD}
  std::string id;                        // what @id lines are compared with (keepalived -i)
  bool lenient = false;                  // leave out what is unknown or cannot be expressed, instead of refusing it
  std::map<std::string, std::string> devices;              // kernel interface -> DPDK device
  std::map<std::string, std::vector<IpPrefix>> addresses;  // kernel interface -> this node's addresses
  // The files that match the pattern of an include, seen from a folder.
  std::function<std::vector<IncludedFile>(const std::string& folder, const std::string& pattern)> include = {};
  // The absolute path of a program that is named without one.
  std::function<std::optional<std::string>(const std::string& name)> find_program = {};
};

Imported import_keepalived(std::string_view text, const ImportOptions& options);

}  // namespace poise::config::importing
