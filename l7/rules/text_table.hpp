#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace poise::l7::rules {

// TextTable - texts, each with a number, found by a whole text or by how one begins or ends: a hash look-up for each
// length that there is. Immutable once it is filled, and then any number of threads may look into it.
class TextTable {
 public:
  explicit TextTable(bool ignores_case = false);
  void insert(std::string text, std::uint32_t number);  // the first of a text stays
  bool is_empty() const { return numbers_.empty(); }
  std::size_t size() const { return numbers_.size(); }

  std::optional<std::uint32_t> find(std::string_view text) const;
  // The longest that `text` begins, or ends, with.
  std::optional<std::uint32_t> find_prefix_of(std::string_view text) const;
  std::optional<std::uint32_t> find_suffix_of(std::string_view text) const;

 private:
  struct Hash {
    using is_transparent = void;
    bool ignores_case = false;
    std::size_t operator()(std::string_view text) const;
  };
  struct Equal {
    using is_transparent = void;
    bool ignores_case = false;
    bool operator()(std::string_view a, std::string_view b) const;
  };
  std::unordered_map<std::string, std::uint32_t, Hash, Equal> numbers_;
  std::vector<std::size_t> lengths_;  // that there are, from the longest down
};

}  // namespace poise::l7::rules
