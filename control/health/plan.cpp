#include "control/health/plan.hpp"

#include "config/checks.hpp"
#include "control/health/dns_probe.hpp"
#include "control/health/echo_probe.hpp"
#include "control/health/exchange_probe.hpp"
#include "control/health/http_probe.hpp"
#include "control/health/smtp_probe.hpp"

namespace poise::control::health {
namespace {

// The check without what says when.
config::Check without_times(config::Check check) {
  const config::Check other;
  check.interval_ms = other.interval_ms;
  check.fast_interval_ms = other.fast_interval_ms;
  check.down_interval_ms = other.down_interval_ms;
  check.timeout_ms = other.timeout_ms;
  check.rise = other.rise;
  check.fall = other.fall;
  check.retries = other.retries;
  check.retry_delay_ms = other.retry_delay_ms;
  check.initial_state = other.initial_state;
  return check;
}

}  // namespace

bool Target::looks_like(const Target& other) const {
  return address == other.address && port == other.port && user == other.user &&
         without_times(check) == without_times(other.check);
}

Plan::Plan(const Target& of, std::string name)
    : target(of),
      node_name(std::move(name)),
      body_match(of.check.http.body_match),
      body_no_match(of.check.http.body_no_match),
      expected(of.check.exchange.expected),
      payload(config::payload_bytes(of.check.exchange.payload).value_or("")) {}

Duration Plan::timeout() const {
  return std::chrono::milliseconds(target.check.timeout_ms.value_or(target.check.interval_ms));
}

std::unique_ptr<Probe> make_probe(std::shared_ptr<const Plan> plan) {
  switch (plan->target.check.kind) {
    case config::CheckKind::tcp:
      return std::make_unique<StreamExchangeProbe>(std::move(plan));
    case config::CheckKind::http:
    case config::CheckKind::https:
      return std::make_unique<HttpProbe>(std::move(plan));
    case config::CheckKind::icmp:
      return std::make_unique<EchoProbe>(std::move(plan));
    case config::CheckKind::dns:
      return std::make_unique<DnsProbe>(std::move(plan));
    case config::CheckKind::smtp:
      return std::make_unique<SmtpProbe>(std::move(plan));
    case config::CheckKind::udp:
      return std::make_unique<DatagramExchangeProbe>(std::move(plan));
    case config::CheckKind::exec:
      break;
  }
  return nullptr;
}

}  // namespace poise::control::health
