#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "config/types/ip.hpp"

namespace poise::datapath {

// PrefixTable - longest-prefix match for one address family: a multi-bit trie, first step 16 bits, then 8 bits a step,
// leaves pushed down, so that a lookup is one load per step and nothing is compared. Built once from all prefixes, then
// immutable. A value is any number below `none`. (Srinivasan and Varghese 1998, controlled prefix expansion.)
class PrefixTable {
 public:
  static constexpr std::uint32_t none = 0x7fffffff;
  struct Row {
    IpPrefix prefix;  // host bits are ignored
    std::uint32_t value;
  };
  PrefixTable() : PrefixTable(std::span<const Row>{}) {}
  explicit PrefixTable(std::span<const Row> rows);  // all of one family; of equal prefixes the last one counts

  std::uint32_t find(
      const IpAddr& address) const;  // `none`: no prefix covers it. The caller picks the table of the family.
  std::size_t bytes() const { return nodes_.size() * sizeof(std::uint32_t); }
  bool operator==(const PrefixTable&) const = default;  // equal rows make equal tables

 private:
  std::vector<std::uint32_t> nodes_;  // top bit: the rest is the start of a 256-entry node; else a value
};

}  // namespace poise::datapath
