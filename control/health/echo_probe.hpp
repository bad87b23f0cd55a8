#pragma once
#include <memory>

#include "control/health/plan.hpp"

namespace poise::control::health {

// EchoProbe - a ping: an echo request whose data must come back as it was.
class EchoProbe : public Probe {
 public:
  explicit EchoProbe(std::shared_ptr<const Plan> plan) : Probe(plan->timeout()) {}
  Actions on_bytes(std::string_view bytes) override;

 private:
  Actions begin() override;
};

}  // namespace poise::control::health
