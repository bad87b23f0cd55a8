#pragma once
#include <map>
#include <unordered_set>

#include "config/types/ip.hpp"

namespace poise::l7::rules {

// AddressSet - the addresses of some prefixes: a hash look-up for each prefix length that there is.
class AddressSet {
 public:
  void insert(const IpPrefix& prefix);
  bool contains(const IpAddr& address) const;
  bool is_empty() const { return v4_.empty() && v6_.empty(); }

 private:
  using ByLength = std::map<std::uint8_t, std::unordered_set<IpAddr>>;
  ByLength v4_, v6_;
};

}  // namespace poise::l7::rules
