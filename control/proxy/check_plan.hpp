#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/checks.hpp"
#include "config/model.hpp"
#include "config/types/time.hpp"
#include "control/health/connection.hpp"
#include "control/health/pattern.hpp"

namespace poise::control::proxy {

// CheckPlan - what a check of a server, or a look at its agent, does, made ready to be done again and again. Shared by
// threads, and never changed.
struct CheckPlan {
  struct Expect {
    enum class Of : std::uint8_t { status, content } of = Of::content;
    std::vector<config::StatusRange> statuses;
    std::string text;         // content that contains it
    health::Pattern pattern;  // instead of the two
    bool is_negated = false;
    std::string words;  // for logs: "expect string '+PONG'"
  };
  struct Step {  // one of the three
    std::optional<health::ConnectionTarget> connect;
    std::optional<std::string> send;
    std::optional<Expect> expect;
    bool is_request = false, is_bodiless = false;  // what is sent; its response has no body
    std::string comment;
  };
  std::vector<Step> steps;
  bool names_steps = false;  // when one fails
  bool is_agent = false;     // what comes is an agent's line
  Duration connect_timeout{}, timeout{};
  bool is_timeout_of_all = true;  // else `timeout` begins when the connection is open
};

// `server`: of the backend that the check is of, which is filled in (config::check_of).
std::shared_ptr<const CheckPlan> plan_check(const config::BackendCheck& check, const config::Backend& backend,
                                            const config::BackendServer& server);
std::shared_ptr<const CheckPlan> plan_agent(const config::AgentCheck& agent, const config::BackendServer& server);

}  // namespace poise::control::proxy
