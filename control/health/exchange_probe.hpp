#pragma once
#include <memory>
#include <string>

#include "control/health/plan.hpp"

namespace poise::control::health {

// StreamExchangeProbe - kind tcp: a connection; with `exchange`, what is sent and what must come back.
class StreamExchangeProbe : public Probe {
 public:
  explicit StreamExchangeProbe(std::shared_ptr<const Plan> plan) : Probe(plan->timeout()), plan_(std::move(plan)) {}
  Actions on_connected() override;
  Actions on_bytes(std::string_view bytes) override;
  Actions on_closed() override;

 private:
  Actions begin() override { return {Connect{}}; }
  bool is_enough() const;

  std::shared_ptr<const Plan> plan_;
  std::string received_;
};

// DatagramExchangeProbe - kind udp: a datagram; with `exchange`, what must come back. Unless a reply is required,
// silence passes, and only an ICMP error says that nobody listens.
class DatagramExchangeProbe : public Probe {
 public:
  explicit DatagramExchangeProbe(std::shared_ptr<const Plan> plan) : Probe(plan->timeout()), plan_(std::move(plan)) {}
  Actions on_bytes(std::string_view bytes) override;

 private:
  Actions begin() override { return {SendBytes{plan_->payload}}; }
  Actions on_timeout() override;

  std::shared_ptr<const Plan> plan_;
};

}  // namespace poise::control::health
