#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace poise::l7::health {

// AgentReply - what an agent says of its server: words in one line, in any order, of which the later ones count. Text
// from "#" on, or behind down, stopped and fail, is for people.
struct AgentReply {
  enum class Admin : std::uint8_t { none, ready, drain, maint } admin = Admin::none;
  enum class Operation : std::uint8_t { none, up, down } operation = Operation::none;
  std::string word;                     // the one that says `operation`: "stopped"
  std::optional<std::uint32_t> weight;  // absolute, or percent of the configured one
  bool is_percent = false;
  std::optional<std::uint32_t> connections_max;
  std::string text;
  std::string unknown;  // the first word that means nothing
  bool operator==(const AgentReply&) const = default;
};

inline constexpr std::size_t agent_reply_max = 4096;

// Of all that came; what is behind the first line end counts for nothing.
AgentReply parse_agent_reply(std::string_view text);

}  // namespace poise::l7::health
