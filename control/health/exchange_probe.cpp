#include "control/health/exchange_probe.hpp"

namespace poise::control::health {
namespace {

std::string amount(std::size_t bytes) { return std::to_string(bytes) + " bytes"; }

}  // namespace

bool StreamExchangeProbe::is_enough() const {
  const config::ExchangeCheck& wanted = plan_->target.check.exchange;
  return received_.size() >= wanted.reply_bytes_min && (!plan_->expected || plan_->expected.matches(received_));
}

Actions StreamExchangeProbe::on_connected() {
  Actions actions;
  if (!plan_->payload.empty()) actions.push_back(SendBytes{plan_->payload});
  if (plan_->expected || plan_->target.check.exchange.reply_bytes_min > 0) return actions;
  for (Action& action : pass()) actions.push_back(std::move(action));
  return actions;
}

Actions StreamExchangeProbe::on_bytes(std::string_view bytes) {
  const std::size_t most = plan_->target.check.exchange.reply_bytes_max;
  received_ += bytes.substr(0, most + 1 - std::min(received_.size(), most + 1));
  if (received_.size() > most) return fail("the reply is longer than " + amount(most));
  return is_enough() ? pass() : Actions{};
}

Actions StreamExchangeProbe::on_closed() {
  return fail("the server closed the connection after " + amount(received_.size()) +
              ", which are not what is expected");
}

Actions DatagramExchangeProbe::on_bytes(std::string_view bytes) {
  const config::ExchangeCheck& wanted = plan_->target.check.exchange;
  if (bytes.size() < wanted.reply_bytes_min || bytes.size() > wanted.reply_bytes_max)
    return fail("a reply of " + amount(bytes.size()));
  if (plan_->expected && !plan_->expected.matches(bytes)) return fail("the reply is not what is expected");
  return pass();
}

Actions DatagramExchangeProbe::on_timeout() {
  if (plan_->target.check.exchange.reply_required) return Probe::on_timeout();
  return pass("silence, and no error");
}

}  // namespace poise::control::health
