#include "control/health/smtp_probe.hpp"

#include <utility>

namespace poise::control::health {
namespace {

constexpr std::size_t line_max = 512;  // RFC 5321 4.5.3.1.5

// What a reason may show of a foreign line.
std::string shown(std::string_view line) {
  std::string text;
  for (const char c : line.substr(0, 80)) text += c >= 0x20 && c < 0x7f ? c : '?';
  return text;
}

}  // namespace

Actions SmtpProbe::on_bytes(std::string_view bytes) {
  Actions actions;
  for (const char c : bytes) {
    if (c != '\n') {
      received_ += c;
      if (received_.size() > line_max) return fail("a line of more than 512 bytes");
      continue;
    }
    const std::string line = std::exchange(received_, "");
    for (Action& action : on_reply(line)) actions.push_back(std::move(action));
    if (verdict()) break;
  }
  return actions;
}

Actions SmtpProbe::on_reply(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  const std::string_view code = line.substr(0, 3);
  if (code != (greeted_ ? "250" : "220")) return fail("it says \"" + shown(line) + "\"");
  if (line.size() > 3 && line[3] == '-') return {};  // more lines of the same reply
  if (greeted_) {
    Actions actions{SendBytes{"QUIT\r\n"}};
    for (Action& action : pass()) actions.push_back(std::move(action));
    return actions;
  }
  greeted_ = true;
  return {SendBytes{"HELO " + plan_->target.check.smtp.helo.value_or(plan_->node_name) + "\r\n"}};
}

}  // namespace poise::control::health
