#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "config/import/imported.hpp"
#include "config/types/ip.hpp"

// haproxy.cfg to our configuration: text in, values out. Nothing is dropped silently: each line of the source gets a
// note. What the machine knows (variables, addresses of names, files) is handed in. docs/from_haproxy.md says what
// becomes what.
namespace poise::config::importing::haproxy {

struct Options {
  std::string file = "haproxy.cfg";  // as errors name it
  bool lenient = false;              // leave out what is unknown or cannot be expressed, instead of refusing it
  std::string transport = "kernel";  // of every frontend and backend
  std::map<std::string, std::string> variables;  // what "$NAME" stands for
  // The address of a host that is named.
  std::function<std::optional<IpAddr>(const std::string& name)> resolve = {};
  // The text of a file, such as a list of patterns.
  std::function<std::optional<std::string>(const std::string& path)> read_file = {};
};

Imported import_haproxy(std::string_view text, const Options& options);

// Whether a text has the sections of haproxy.cfg.
bool looks_like_haproxy(std::string_view text);

}  // namespace poise::config::importing::haproxy
