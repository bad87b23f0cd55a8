#pragma once
#include <memory>

#include "control/health/plan.hpp"

namespace poise::control::health {

// DnsProbe - a query over UDP that is answered without an error; with `expected`, by one of those records.
class DnsProbe : public Probe {
 public:
  explicit DnsProbe(std::shared_ptr<const Plan> plan) : Probe(plan->timeout()), plan_(std::move(plan)) {}
  Actions on_bytes(std::string_view bytes) override;

 private:
  Actions begin() override;

  std::shared_ptr<const Plan> plan_;
};

}  // namespace poise::control::health
