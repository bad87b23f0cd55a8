#include "l7/rules/condition.hpp"

#include <algorithm>

namespace poise::l7::rules {
namespace {

bool is_one(const TextCondition& condition, const Subject& subject) {
  const auto matches = [&](std::string_view value) { return condition.matcher.matches(value); };
  switch (condition.of) {
    case TextCondition::Of::path:
      return matches(subject.request->path());
    case TextCondition::Of::query:
      return matches(subject.request->query());
    case TextCondition::Of::url:
      return matches(subject.request->url(subject.room));
    case TextCondition::Of::host:
      return matches(subject.request->host());
    case TextCondition::Of::header:
      return any_header(subject.request->fields, condition.name, matches);
    case TextCondition::Of::parameter:
      return any_parameter(subject.request->query(), condition.name, matches);
    case TextCondition::Of::cookie:
      return any_cookie(subject.request->fields, condition.name, matches);
    case TextCondition::Of::response_header:
      return any_header(subject.response->fields, condition.name, matches);
    case TextCondition::Of::sni:
      return !subject.sni.empty() && matches(subject.sni);
  }
  return false;
}

bool is_there(const TextCondition& condition, const Subject& subject) {
  const auto found = [](std::string_view) { return true; };
  switch (condition.of) {
    case TextCondition::Of::header:
      return any_header(subject.request->fields, condition.name, found);
    case TextCondition::Of::parameter:
      return any_parameter(subject.request->query(), condition.name, found);
    case TextCondition::Of::cookie:
      return any_cookie(subject.request->fields, condition.name, found);
    case TextCondition::Of::response_header:
      return any_header(subject.response->fields, condition.name, found);
    default:
      return true;
  }
}

bool holds(const TextCondition& condition, const Subject& subject) {
  if (condition.of == TextCondition::Of::response_header) {
    if (subject.response == nullptr) return false;
  } else if (condition.of != TextCondition::Of::sni && subject.request == nullptr) {
    return false;
  }
  if (condition.present && is_there(condition, subject) != *condition.present) return false;
  return condition.matcher.is_empty() ? condition.present.has_value() : is_one(condition, subject);
}

bool holds(const MethodCondition& condition, const Subject& subject) {
  return subject.request != nullptr &&
         std::ranges::find(condition.methods, subject.request->method()) != condition.methods.end();
}

bool holds(const SourceCondition& condition, const Subject& subject) {
  return subject.ends != nullptr && condition.sources.contains(subject.ends->source);
}

bool is_within(const auto& ranges, std::uint16_t value) {
  return std::ranges::any_of(ranges, [&](const auto& range) { return range.first <= value && value <= range.second; });
}

bool holds(const PortCondition& condition, const Subject& subject) {
  return subject.ends != nullptr && is_within(condition.destination_ports, subject.ends->destination_port);
}

bool holds(const StatusCondition& condition, const Subject& subject) {
  return subject.response != nullptr && is_within(condition.statuses, subject.response->status());
}

bool holds(const CounterCondition& condition, const Subject& subject) {
  const stick::Held& held = subject.tracked.held[condition.counter];
  if (held.table == nullptr || !held.table->shape().stores(condition.data)) return false;
  const std::uint64_t value = held.table->read(held.entry, condition.data, subject.tracked.visit);
  return (!condition.above || value > *condition.above) && (!condition.below || value < *condition.below);
}

bool all_hold(const Group& group, const Subject& subject) {
  return std::ranges::all_of(group, [&](const Condition& condition) {
    return std::visit([&](const auto& each) { return holds(each, subject); }, condition);
  });
}

}  // namespace

bool holds(const Match& match, const Subject& subject) {
  const auto is_met = [&](const Group& group) { return all_hold(group, subject); };
  return all_hold(match.all, subject) && (match.any.empty() || std::ranges::any_of(match.any, is_met)) &&
         std::ranges::none_of(match.none, is_met);
}

}  // namespace poise::l7::rules
