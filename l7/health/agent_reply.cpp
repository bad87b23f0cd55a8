#include "l7/health/agent_reply.hpp"

#include <algorithm>
#include <charconv>

#include "l7/http1/characters.hpp"

namespace poise::l7::health {
namespace {

constexpr std::string_view between = " \t,";
constexpr std::uint32_t number_max = 1u << 24, weight_max = 256;

std::optional<std::uint32_t> number_of(std::string_view text, std::uint32_t most) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || number > most) return std::nullopt;
  return number;
}

// True: what follows the word is for people.
bool take_word(AgentReply& reply, std::string_view word) {
  using Admin = AgentReply::Admin;
  using Operation = AgentReply::Operation;
  const auto operate = [&](Operation operation) {
    reply.operation = operation;
    reply.word = word;
    return operation == Operation::down;
  };
  if (word == "up") return operate(Operation::up);
  if (word == "down" || word == "stopped" || word == "fail" || word == "failed") return operate(Operation::down);
  if (word == "ready" || word == "drain" || word == "maint") {
    reply.admin = word == "ready" ? Admin::ready : word == "drain" ? Admin::drain : Admin::maint;
    return false;
  }
  const bool is_percent = word.ends_with('%'), is_maximum = word.starts_with("maxconn:");
  if (is_percent) {
    if (const auto number = number_of(word.substr(0, word.size() - 1), 100 * weight_max)) {
      reply.weight = *number;
      reply.is_percent = true;
      return false;
    }
  } else if (is_maximum) {
    if (const auto number = number_of(word.substr(8), number_max)) {
      reply.connections_max = *number;
      return false;
    }
  } else if (const auto number = number_of(word, weight_max)) {
    reply.weight = *number;
    reply.is_percent = false;
    return false;
  }
  if (reply.unknown.empty()) reply.unknown = word;
  return false;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(between);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(between) - first + 1);
}

}  // namespace

AgentReply parse_agent_reply(std::string_view text) {
  AgentReply reply;
  std::string_view line = text.substr(0, text.find_first_of(std::string_view("\r\n\0", 3)));
  if (const std::size_t hash = line.find('#'); hash != std::string_view::npos) {
    reply.text = trimmed(line.substr(hash + 1));
    line = line.substr(0, hash);
  }
  while (!(line = trimmed(line)).empty()) {
    const std::size_t end = std::min(line.find_first_of(between), line.size());
    std::string word(line.substr(0, end));
    std::transform(word.begin(), word.end(), word.begin(), http1::lower);
    const bool is_rest_text = take_word(reply, word);
    line.remove_prefix(end);
    if (!is_rest_text) continue;
    if (reply.text.empty()) reply.text = trimmed(line);
    break;
  }
  return reply;
}

}  // namespace poise::l7::health
