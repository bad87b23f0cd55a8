#pragma once
#include <string>
#include <vector>

#include "config/model.hpp"

namespace poise::config {

// Change - one line of a plan: what commit would do. Pure value.
struct Change {
  enum class Kind { add, update, remove } kind;
  std::string path;            // "services.web.scheduler"
  std::string before, after;   // compact JSON; "" for add / remove
  bool needs_restart = false;  // node.worker_cores, memory.*, interfaces.*.device ...: applied at the next start
  bool operator==(const Change&) const = default;
};

// The difference, in document order; empty when both are equal. Secrets (hash_key, tokens' sha256) are shown as
// "(secret)".
std::vector<Change> plan(const Config& running, const Config& wanted);

}  // namespace poise::config
