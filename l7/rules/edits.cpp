#include "l7/rules/edits.hpp"

namespace poise::l7::rules {

void HeadEdits::clear() {
  if (count_ == 0) return;
  text_.clear();
  removed_.reset();
  replaced_.reset();
  path_ = query_ = method_ = authority_ = reason_ = std::nullopt;
  status_ = 0;
  added_count_ = count_ = 0;
}

bool HeadEdits::may_edit() {
  if (count_ == limits::rule_edits) return false;
  ++count_;
  return true;
}

std::optional<http1::Text> HeadEdits::keep(std::string_view text) {
  if (text.size() > limits::rule_edit_bytes - text_.size()) return std::nullopt;
  const http1::Text place{std::uint16_t(text_.size()), std::uint16_t(text.size())};
  text_.append(text);
  return place;
}

bool HeadEdits::set(std::optional<http1::Text>& place, std::string_view text) {
  if (!may_edit()) return false;
  const auto kept = keep(text);
  if (kept) place = kept;
  return kept.has_value();
}

std::optional<std::string_view> HeadEdits::get(const std::optional<http1::Text>& place) const {
  return place ? std::optional(text_of(*place)) : std::nullopt;
}

bool HeadEdits::add(std::string_view name, std::string_view value) {
  if (!may_edit()) return false;
  const auto kept_name = keep(name), kept_value = keep(value);
  if (!kept_name || !kept_value) return false;
  added_[added_count_++] = {*kept_name, *kept_value, http1::field_id(name)};
  return true;
}

bool HeadEdits::replace(std::size_t field, std::string_view value) {
  std::optional<http1::Text> kept;
  if (!set(kept, value)) return false;
  values_[field] = *kept;
  replaced_.set(field);
  return true;
}

bool HeadEdits::replace_added(std::size_t added, std::string_view value) {
  std::optional<http1::Text> kept;
  if (!set(kept, value)) return false;
  added_[added].value = *kept;
  return true;
}

// Taking away needs no room: a request with more than enough fields of a kind can't keep one of them.
void HeadEdits::remove(std::size_t field) {
  if (count_ == 0) count_ = 1;
  removed_.set(field);
}

bool HeadEdits::set_status(std::uint16_t status, std::string_view reason) {
  if (!set(reason_, reason)) return false;
  status_ = status;
  return true;
}

std::optional<std::string_view> HeadEdits::replaced(std::size_t field) const {
  return replaced_[field] ? std::optional(text_of(values_[field])) : std::nullopt;
}

}  // namespace poise::l7::rules
