#include "control/health/probe.hpp"

namespace poise::control::health {

Actions Probe::start(Instant now) {
  deadline_ = now + timeout_;
  return begin();
}

Actions Probe::on_closed() { return fail("the server closed the connection"); }
Actions Probe::on_failed(const std::string& reason) { return fail(reason); }
Actions Probe::on_timeout() { return fail("no answer " + in_time()); }

Actions Probe::on_deadline(Instant now) {
  if (verdict_ || now < deadline_) return {};
  return on_timeout();
}

Actions Probe::pass(std::string reason) {
  if (!verdict_) verdict_ = Verdict{true, std::move(reason), {}};
  return {Close{}};
}

Actions Probe::fail(std::string reason) {
  if (!verdict_) verdict_ = Verdict{false, std::move(reason), {}};
  return {Close{}};
}

std::string Probe::in_time() const {
  return "in " + std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(timeout_).count()) + " ms";
}

}  // namespace poise::control::health
