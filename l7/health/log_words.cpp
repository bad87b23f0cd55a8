#include "l7/health/log_words.hpp"

namespace poise::l7::health {
namespace {

using Level = LogLine::Level;

std::string subject(const ServerWords& words) {
  return std::string(words.is_backup ? "Backup " : "") + "Server " + words.backend + "/" + words.server;
}

// What comes from the network stays in one line, and quotable.
void put_quoted(std::string& text, const std::string& from) {
  constexpr char digits[] = "0123456789ABCDEF";
  text += '"';
  for (const unsigned char byte : from) {
    const bool is_plain = byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '#';
    if (is_plain)
      text += char(byte);
    else
      text.append({'#', digits[byte >> 4], digits[byte & 15]});
  }
  text += '"';
}

std::string reason(const ServerWords& words) {
  std::string text;
  if (!words.tracked.empty()) text += " via " + words.tracked;
  if (words.result == nullptr) return text;
  const Result& result = *words.result;
  const StatusInfo& info = info_of(result.status);
  text += std::string(", reason: ") + info.description;
  if (info.has_code) text += ", code: " + std::to_string(result.code);
  if (!result.description.empty()) {
    text += ", info: ";
    put_quoted(text, result.description);
  }
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(result.took).count();
  return text + ", check duration: " + std::to_string(ms) + "ms";
}

std::string consequences(const ServerWords& words, bool is_down) {
  std::string text = ". " + std::to_string(words.active_left) + " active and " + std::to_string(words.backups_left) +
                     " backup servers " + (is_down ? "left." : "online.");
  if (words.active_left == 0 && words.backups_left > 0) text += " Running on backup.";
  if (is_down)
    return text + " " + std::to_string(words.sessions) + " sessions active, " + std::to_string(words.requeued) +
           " requeued, " + std::to_string(words.queued) + " remaining in queue.";
  return text + " " + std::to_string(words.requeued) + " sessions requeued, " + std::to_string(words.queued) +
         " total in queue.";
}

LogLine down(const ServerHealth::Step& step, const ServerWords& words) {
  const bool was_paused = step.before.admin == Admin::drain || step.before.operation == Operation::stopping;
  return {was_paused ? Level::notice : Level::alert,
          subject(words) + " is DOWN" + reason(words) + consequences(words, true)};
}

LogLine into_maintenance(const ServerHealth::Step& step, const ServerWords& words) {
  const std::string via = step.after.is_admin_tracked ? " via " + words.tracked : "";
  if (!step.before.is_up()) return {Level::notice, subject(words) + " was DOWN and now enters maintenance" + via + "."};
  return {step.before.admin == Admin::drain ? Level::notice : Level::alert,
          subject(words) + " is going DOWN for maintenance" + via + consequences(words, true)};
}

LogLine out_of_maintenance(const ServerHealth::Step& step, const ServerWords& words) {
  const std::string state =
      std::string(step.after.is_up() ? "UP" : "DOWN") + "/" + (step.after.admin == Admin::drain ? "DRAIN" : "READY");
  return {Level::notice, subject(words) + " is " + state + " (leaving forced maintenance)."};
}

}  // namespace

LogLine words_of(const ServerHealth::Step& step, const ServerWords& words) {
  const bool was_maint = step.before.admin == Admin::maint, is_maint = step.after.admin == Admin::maint;
  if (is_maint && !was_maint) return into_maintenance(step, words);
  if (was_maint && !is_maint) return out_of_maintenance(step, words);
  if (step.went_down()) return down(step, words);
  const bool stops = step.after.operation == Operation::stopping && step.before.operation != Operation::stopping;
  const bool was_stopping = step.before.operation == Operation::stopping;
  if (stops) return {Level::notice, subject(words) + " is stopping" + reason(words) + consequences(words, true)};
  if (step.came_up() || (was_stopping && step.after.is_up() && !stops && step.is_change())) {
    const char* state = step.after.admin == Admin::drain || words.is_weightless ? " is UP (drained)" : " is UP";
    return {Level::notice, subject(words) + state + reason(words) + consequences(words, false)};
  }
  const bool was_drain = step.before.admin == Admin::drain, is_drain = step.after.admin == Admin::drain;
  if (is_drain && !was_drain)
    return {Level::notice, subject(words) + " enters drain state" + consequences(words, true)};
  if (was_drain && !is_drain)
    return {Level::notice, subject(words) + " is " + (step.after.is_up() ? "UP" : "DOWN") + " (leaving forced drain)."};
  return {};
}

LogLine check_words(const Result& result, const Check& check, const ServerWords& words, bool is_agent) {
  const Outcome outcome = info_of(result.status).outcome;
  std::string text = std::string(is_agent ? "Agent" : "Health") + " check for " +
                     (words.is_backup ? "backup server " : "server ") + words.backend + "/" + words.server + " ";
  if (outcome == Outcome::conditionally_passed) text += "conditionally ";
  text += outcome == Outcome::passed || outcome == Outcome::conditionally_passed ? "succeeded" : "failed";
  ServerWords of_check = words;
  of_check.result = &result;
  of_check.tracked.clear();
  const char* state = !check.is_up() ? "DOWN" : words.is_weightless ? "DRAIN" : "UP";
  return {Level::notice, text + reason(of_check) + ", status: " + std::to_string(check.steps_done()) + "/" +
                             std::to_string(check.steps()) + " " + state + "."};
}

LogLine no_server_words(const std::string& backend) {
  return {Level::emerg, "backend " + backend + " has no server available!"};
}

}  // namespace poise::l7::health
