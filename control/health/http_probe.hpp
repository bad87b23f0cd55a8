#pragma once
#include <memory>
#include <string>

#include "control/health/plan.hpp"

namespace poise::control::health {

// HttpProbe - kinds http and https: one request, and a response whose status and body are as wanted. What the response
// says of itself is read by Boost.Beast.
class HttpProbe : public Probe {
 public:
  explicit HttpProbe(std::shared_ptr<const Plan> plan);
  ~HttpProbe() override;
  Actions on_connected() override;
  Actions on_bytes(std::string_view bytes) override;
  Actions on_closed() override;

 private:
  struct Response;
  Actions begin() override { return {Connect{}}; }
  Actions judge();

  std::shared_ptr<const Plan> plan_;
  std::unique_ptr<Response> response_;
};

// The request that a plan sends.
std::string request_of(const Target& target);

}  // namespace poise::control::health
