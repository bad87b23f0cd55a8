#pragma once
#include <map>
#include <memory>
#include <string>

#include "config/model.hpp"
#include "l7/tables.hpp"

namespace poise::l7 {

// What files of rules say, by their path. control reads them when a configuration is applied; one that is not there is
// as an empty one.
using RuleFiles = std::map<std::string, std::string>;

// The content rules of a frontend or backend of a configuration that validate() has found good. Null: it has none.
// Those of a frontend add what they capture to its captures.
std::shared_ptr<const rules::ContentRules> compile_rules(const config::Frontend& wanted, const RuleFiles& files,
                                                         const std::map<std::string, const Backend*>& backends,
                                                         Frontend& frontend);
std::shared_ptr<const rules::ContentRules> compile_rules(const config::Backend& wanted, const RuleFiles& files);

}  // namespace poise::l7
