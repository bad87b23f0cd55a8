#pragma once
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "l7/rules/address_set.hpp"
#include "l7/rules/subject.hpp"
#include "l7/rules/text_matcher.hpp"

// What a rule asks for, compiled once for a configuration. Immutable; evaluation allocates nothing.
namespace poise::l7::rules {

struct TextCondition {
  enum class Of : std::uint8_t { path, query, url, host, sni, header, parameter, cookie, response_header };
  Of of = Of::path;
  std::string name;             // of a header (in lower case), parameter or cookie
  std::optional<bool> present;  // for those; besides, where the matcher asks for something, a value must be that
  TextMatcher matcher;
};
struct MethodCondition {
  std::vector<std::string> methods;
};
struct SourceCondition {
  AddressSet sources;
};
// Ranges with both their ends.
struct PortCondition {
  std::vector<std::pair<std::uint16_t, std::uint16_t>> destination_ports;
};
struct StatusCondition {
  std::vector<std::pair<std::uint16_t, std::uint16_t>> statuses;
};
// What a tracked entry counts. Without one, or where its table does not store it, the condition does not hold.
struct CounterCondition {
  std::size_t counter = 0;
  stick::Data data = stick::Data::http_req_rate;
  std::optional<std::uint64_t> above, below;
};
// A kind of condition is a struct here and a function `holds` in condition.cpp.
using Condition =
    std::variant<TextCondition, MethodCondition, SourceCondition, PortCondition, StatusCondition, CounterCondition>;

using Group = std::vector<Condition>;  // all must hold

struct Match {
  Group all;
  std::vector<Group> any;   // one of them must hold, where there are any
  std::vector<Group> none;  // none of them may
  bool needs_sni = false;
};

bool holds(const Match& match, const Subject& subject);

}  // namespace poise::l7::rules
