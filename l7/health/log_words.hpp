#pragma once
#include <cstdint>
#include <string>

#include "l7/health/log_line.hpp"
#include "l7/health/server_health.hpp"

// Lines about health, in HAProxy's words: what monitors and people look for.
namespace poise::l7::health {

struct ServerWords {  // what is known besides of the server, and of its backend
  std::string backend, server;
  std::string tracked;  // "backend/server"; "": none
  bool is_backup = false;
  std::uint64_t active_left = 0, backups_left = 0;  // servers that are up now
  std::uint64_t sessions = 0, requeued = 0, queued = 0;
  const Result* result = nullptr;  // that brought the change; null: it was no check
  bool is_weightless = false;
};

// What a step made of a server: no text, when there is nothing to say.
LogLine words_of(const ServerHealth::Step& step, const ServerWords& words);

// HAProxy's log-health-checks: one result. `is_agent`: of the agent.
LogLine check_words(const Result& result, const Check& check, const ServerWords& words, bool is_agent);

LogLine no_server_words(const std::string& backend);

}  // namespace poise::l7::health
