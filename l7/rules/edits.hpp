#pragma once
#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/types/limits.hpp"
#include "l7/http1/fields.hpp"

namespace poise::l7::rules {

// HeadEdits - what rules change in a head. The head itself stays as it came: it is read, and written anew, through
// these. What would exceed a limit is not done, and the function returns false. Owner: a session; its memory is kept
// from one request to the next.
class HeadEdits {
 public:
  HeadEdits() { text_.reserve(1024); }
  void clear();
  bool is_empty() const { return count_ == 0; }

  bool add(std::string_view name, std::string_view value);
  bool replace(std::size_t field, std::string_view value);  // of those that came
  bool replace_added(std::size_t added, std::string_view value);
  void remove(std::size_t field);
  void remove_added(std::size_t added) { added_[added].is_gone = true; }
  bool set_path(std::string_view path) { return set(path_, path); }
  bool set_query(std::string_view query) { return set(query_, query); }
  bool set_method(std::string_view method) { return set(method_, method); }
  bool set_authority(std::string_view authority) { return set(authority_, authority); }
  bool set_status(std::uint16_t status, std::string_view reason);

  struct Added {
    http1::Text name, value;
    http1::FieldId id = http1::FieldId::other;
    bool is_gone = false;
  };
  bool is_removed(std::size_t field) const { return removed_[field]; }
  std::optional<std::string_view> replaced(std::size_t field) const;
  std::size_t added_count() const { return added_count_; }
  const Added& added(std::size_t index) const { return added_[index]; }
  std::string_view text_of(http1::Text text) const { return std::string_view(text_).substr(text.offset, text.length); }
  std::optional<std::string_view> path() const { return get(path_); }
  std::optional<std::string_view> query() const { return get(query_); }
  std::optional<std::string_view> method() const { return get(method_); }
  std::optional<std::string_view> authority() const { return get(authority_); }
  std::optional<std::string_view> reason() const { return get(reason_); }
  std::uint16_t status() const { return status_; }  // 0: as it came

 private:
  bool set(std::optional<http1::Text>& place, std::string_view text);
  std::optional<http1::Text> keep(std::string_view text);
  std::optional<std::string_view> get(const std::optional<http1::Text>& place) const;
  bool may_edit();

  std::string text_;
  std::array<Added, limits::rule_edits> added_;
  std::bitset<http1::fields_max> removed_, replaced_;
  std::array<http1::Text, http1::fields_max> values_;
  std::optional<http1::Text> path_, query_, method_, authority_, reason_;
  std::uint16_t status_ = 0;
  std::uint8_t added_count_ = 0, count_ = 0;
};
static_assert(limits::rule_edits < 255 && limits::rule_edit_bytes <= 65535);

}  // namespace poise::l7::rules
