#pragma once
#include <memory>
#include <string>

#include "control/health/plan.hpp"

namespace poise::control::health {

// SmtpProbe - a mail server that greets us (220) and takes our HELO (250), RFC 5321 3.1 and 4.1.1.1.
class SmtpProbe : public Probe {
 public:
  explicit SmtpProbe(std::shared_ptr<const Plan> plan) : Probe(plan->timeout()), plan_(std::move(plan)) {}
  Actions on_bytes(std::string_view bytes) override;

 private:
  Actions begin() override { return {Connect{}}; }
  Actions on_reply(std::string_view line);

  std::shared_ptr<const Plan> plan_;
  std::string received_;  // what no line end has come for yet
  bool greeted_ = false;
};

}  // namespace poise::control::health
