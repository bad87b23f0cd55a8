#pragma once
#include "config/rule_files.hpp"
#include "config/types/result.hpp"
#include "l7/compile_rules.hpp"

namespace poise::control::proxy {

// The files of content rules, as they are on disk now. Errors name the place in the configuration: files that are not
// there, too large, or have something else in them than they should.
struct ReadRuleFiles {
  l7::RuleFiles files;
  Errors errors;
};
ReadRuleFiles read_rule_files(const config::Config& config);

// The configuration without what goes by a file that nobody could ever read, so that no list of what is to be denied
// lets all through: such frontends do not listen, and the servers of such backends get nothing.
config::Config closed_where_unread(const config::Config& config, const l7::RuleFiles& files);

// What is wrong with the content of one.
Errors check_rule_file(const config::RuleFile& wanted, std::string_view content, const config::Config& config);

}  // namespace poise::control::proxy
