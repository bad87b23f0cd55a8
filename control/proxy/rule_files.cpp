#include "control/proxy/rule_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "config/spelling.hpp"
#include "config/types/limits.hpp"
#include "l7/rules/list_file.hpp"
#include "l7/rules/text_matcher.hpp"

namespace poise::control::proxy {
namespace {

using Kind = config::RuleFile::Kind;

constexpr std::size_t errors_of_a_file_max = 10;

Result<std::string> read(const config::RuleFile& wanted) {
  std::error_code error;
  const auto limit = wanted.kind == Kind::page ? limits::answer_bytes : limits::rule_file_bytes;
  if (!std::filesystem::is_regular_file(wanted.file, error))
    return fail(wanted.place, "\"" + wanted.file + "\" is no file" + (error ? ": " + error.message() : ""),
                "write it, or name another one");
  const auto size = std::filesystem::file_size(wanted.file, error);
  if (!error && size > limit)
    return fail(wanted.place,
                "\"" + wanted.file + "\" has " + std::to_string(size) + " bytes, more than " + std::to_string(limit),
                "make it smaller");
  std::ifstream file(wanted.file, std::ios::binary);
  std::string content(error ? 0 : std::size_t(size), '\0');
  file.read(content.data(), std::streamsize(content.size()));
  if (!file) return fail(wanted.place, "\"" + wanted.file + "\" can't be read: " + std::strerror(errno), "");
  return content;
}

Error at_line(const config::RuleFile& wanted, const std::string& line, const std::string& problem,
              const std::string& fix) {
  return {wanted.place, "in \"" + wanted.file + "\", \"" + line.substr(0, 60) + "\" " + problem, fix};
}

std::optional<Error> check_backend(const config::RuleFile& wanted, const std::pair<std::string, std::string>& pair,
                                   const config::Config& config) {
  const auto found = config.backends.find(pair.second);
  if (found == config.backends.end())
    return at_line(wanted, pair.first, "leads to \"" + pair.second + "\", and no backend is named so",
                   config::did_you_mean(pair.second, config::names_of(config.backends)));
  if (wanted.frontend != nullptr &&
      (found->second.mode != wanted.frontend->mode || found->second.transport != wanted.frontend->transport))
    return at_line(wanted, pair.first, "leads to backend \"" + pair.second + "\", of another mode or transport",
                   "name one that is like the frontend");
  return std::nullopt;
}

bool goes_by_unread(const config::Config& part, const l7::RuleFiles& files) {
  const auto wanted = config::rule_files_of(part);
  return std::any_of(wanted.begin(), wanted.end(), [&](const config::RuleFile& each) {
    return each.kind != Kind::page && !files.contains(each.file);
  });
}

}  // namespace

config::Config closed_where_unread(const config::Config& config, const l7::RuleFiles& files) {
  config::Config closed = config;
  for (auto& [name, frontend] : closed.frontends) {
    config::Config part;
    part.frontends.emplace(name, frontend);
    if (goes_by_unread(part, files)) frontend.enabled = false;
  }
  for (auto& [name, backend] : closed.backends) {
    config::Config part;
    part.backends.emplace(name, backend);
    if (!goes_by_unread(part, files)) continue;
    for (auto& [server_name, server] : backend.servers) server.state = config::ServerState::down;
  }
  return closed;
}

Errors check_rule_file(const config::RuleFile& wanted, std::string_view content, const config::Config& config) {
  Errors errors;
  const auto is_enough = [&] { return errors.size() >= errors_of_a_file_max; };
  if (wanted.kind == Kind::backends) {
    for (const auto& pair : l7::rules::pairs_of(content)) {
      if (is_enough()) break;
      if (auto error = check_backend(wanted, pair, config)) errors.push_back(std::move(*error));
    }
    return errors;
  }
  if (wanted.kind != Kind::expressions && wanted.kind != Kind::prefixes) return errors;
  for (const std::string& line : l7::rules::lines_of(content)) {
    if (is_enough()) break;
    if (wanted.kind == Kind::prefixes && !parse_prefix(line))
      errors.push_back(at_line(wanted, line, "is no prefix", "write it like 192.0.2.0/24 or 2001:db8::/64"));
    if (wanted.kind == Kind::expressions && l7::rules::make_expression(line) == nullptr)
      errors.push_back(at_line(wanted, line, "is no regular expression", "write one that RE2 takes"));
  }
  return errors;
}

ReadRuleFiles read_rule_files(const config::Config& config) {
  ReadRuleFiles all;
  for (const config::RuleFile& wanted : config::rule_files_of(config)) {
    const auto known = all.files.find(wanted.file);
    if (known == all.files.end()) {
      Result<std::string> content = read(wanted);
      if (!content) {
        all.errors.push_back(content.error());
        continue;
      }
      all.files.emplace(wanted.file, std::move(*content));
    }
    for (Error& error : check_rule_file(wanted, all.files.at(wanted.file), config))
      all.errors.push_back(std::move(error));
  }
  return all;
}

}  // namespace poise::control::proxy
